// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/transportsettings.h"

#include "core/config/proxy.h"
#include "core/platform/smallfile.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 largestFile = 4 * 1024 * 1024; // Debian's bundle of all authorities has 0.2 MB.

Expected<QByteArray> readPem(const QString &key, const QString &path)
{
    const auto content = readSmallFile(path, largestFile);
    if (!content)
        return fail(
            Problem{ProblemKind::FileUnreadable, QStringList{key, path} + content.error().fault});
    return *content;
}

Expected<QList<QSslCertificate>> certificatesIn(const QString &key, const QString &path)
{
    return readPem(key, path).and_then(
        [&](const QByteArray &pem) -> Expected<QList<QSslCertificate>> {
            QList<QSslCertificate> certificates = QSslCertificate::fromData(pem, QSsl::Pem);
            if (certificates.isEmpty())
                return fail(Problem{ProblemKind::PemUnfit, {key, path, u"no_certificate"_s}});
            return certificates;
        });
}

Expected<QSslKey> keyIn(const QString &name, const QString &path)
{
    const auto pem = readPem(name, path);
    if (!pem)
        return tl::make_unexpected(pem.error());
    for (const auto algorithm : {QSsl::Rsa, QSsl::Ec}) {
        if (QSslKey key(*pem, algorithm, QSsl::Pem); !key.isNull())
            return key;
    }
    const bool isEncrypted = pem->contains("ENCRYPTED");
    return fail(
        Problem{ProblemKind::PemUnfit, {name, path, isEncrypted ? u"encrypted"_s : u"no_key"_s}});
}

} // namespace

Expected<TransportSettings> resolveTransport(const Endpoint &endpoint)
{
    const TlsOptions &tls = endpoint.tls;
    TransportSettings settings;
    settings.verify = tls.verify;
    const auto proxy = resolveProxy(endpoint.proxy);
    if (!proxy)
        return tl::make_unexpected(proxy.error());
    settings.proxy = *proxy;
    if (!tls.caFile.isEmpty()) {
        const auto authorities = certificatesIn(u"tls.ca_file"_s, tls.caFile);
        if (!authorities)
            return tl::make_unexpected(authorities.error());
        settings.authorities = *authorities;
    }
    if (tls.clientCertificate.isEmpty())
        return settings;
    const auto certificates = certificatesIn(u"tls.client_certificate"_s, tls.clientCertificate);
    const auto key = tls.clientKey.isEmpty()
                         ? keyIn(u"tls.client_certificate"_s, tls.clientCertificate)
                         : keyIn(u"tls.client_key"_s, tls.clientKey);
    if (!certificates || !key)
        return tl::make_unexpected(certificates ? key.error() : certificates.error());
    settings.certificates = *certificates;
    settings.key = *key;
    return settings;
}

QSslConfiguration tlsConfiguration(const TransportSettings &settings)
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    configuration.setPeerVerifyMode(settings.verify ? QSslSocket::VerifyPeer
                                                    : QSslSocket::VerifyNone);
    if (!settings.authorities.isEmpty())
        configuration.setCaCertificates(settings.authorities);
    if (!settings.certificates.isEmpty()) {
        configuration.setLocalCertificateChain(settings.certificates);
        configuration.setPrivateKey(settings.key);
    }
    return configuration;
}

} // namespace trace
