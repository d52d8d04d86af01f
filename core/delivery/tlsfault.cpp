// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/tlsfault.h"

#include <QDateTime>
#include <QSslCertificate>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString day(const QDateTime &time)
{
    return time.toUTC().toString(u"yyyy-MM-dd hh:mm 'UTC'"_s);
}

QString namesOf(const QSslCertificate &certificate)
{
    QStringList names = certificate.subjectAlternativeNames().values();
    if (names.isEmpty())
        names = certificate.subjectInfo(QSslCertificate::CommonName);
    return names.isEmpty() ? u"nobody"_s : names.join(u", "_s);
}

QString issuerOf(const QSslCertificate &certificate)
{
    const QString name = certificate.issuerDisplayName();
    return name.isEmpty() ? QString() : u" (%1)"_s.arg(name);
}

Error described(const QSslError &error, const QString &host)
{
    const QSslCertificate certificate = error.certificate();
    switch (error.error()) {
    case QSslError::CertificateExpired:
        return {u"it expired on %1"_s.arg(day(certificate.expiryDate())),
                u"Renew it on the server, or set this computer's clock."_s};
    case QSslError::CertificateNotYetValid:
        return {u"it is not valid before %1"_s.arg(day(certificate.effectiveDate())),
                u"Set the clocks of this computer and the server."_s};
    case QSslError::HostNameMismatch:
        return {u"it is for %1, not for %2"_s.arg(namesOf(certificate), host),
                u"Use a name in the url that the certificate has."_s};
    case QSslError::SelfSignedCertificate:
    case QSslError::SelfSignedCertificateInChain:
    case QSslError::UnableToGetIssuerCertificate:
    case QSslError::UnableToGetLocalIssuerCertificate:
    case QSslError::UnableToVerifyFirstCertificate:
    case QSslError::CertificateUntrusted:
        return {u"its authority%1 is not trusted here"_s.arg(issuerOf(certificate)),
                u"Name the authority's certificate in tls.ca_file."_s};
    default:
        return {error.errorString(), u"Check the server's certificate."_s};
    }
}

void addOnce(QStringList &texts, const QString &text)
{
    if (!text.isEmpty() && !texts.contains(text))
        texts.append(text);
}

bool saysOneOf(const QString &text, std::initializer_list<QLatin1StringView> words)
{
    return std::any_of(words.begin(), words.end(), [&](QLatin1StringView word) {
        return text.contains(word, Qt::CaseInsensitive);
    });
}

Error noCertificate()
{
    return {u"the server wants a client certificate"_s,
            u"Name it and its key in tls.client_certificate and tls.client_key."_s};
}

Error refusedCertificate(const QString &words)
{
    return {u"the server does not accept our client certificate (%1)"_s.arg(words),
            u"Check tls.client_certificate: its authority, its end, and its chain."_s};
}

// "error:0A000410:SSL routines::sslv3 alert handshake failure": the part that tells something.
QString reasonIn(const QString &text)
{
    const qsizetype place = text.lastIndexOf(u"::"_s);
    return place < 0 ? text.simplified() : text.mid(place + 2).simplified();
}

} // namespace

Error certificateProblem(const QList<QSslError> &errors, const QString &host)
{
    QStringList reasons;
    QStringList actions;
    for (const QSslError &error : errors) {
        const Error one = described(error, host);
        addOnce(reasons, one.text);
        addOnce(actions, one.action);
    }
    return {u"the certificate of %1 is not accepted: %2"_s.arg(host, reasons.join(u"; "_s)),
            actions.join(u' ')};
}

std::optional<Error> clientProblem(const QString &text, const TransportSettings &settings)
{
    const bool hasOwn = !settings.certificates.isEmpty();
    const QString reason = reasonIn(text);
    if (saysOneOf(text, {"certificate required"_L1, "alert bad certificate"_L1,
                         "alert unknown ca"_L1, "alert certificate expired"_L1,
                         "alert certificate revoked"_L1, "alert certificate unknown"_L1,
                         "alert unsupported certificate"_L1, "alert access denied"_L1}))
        return hasOwn ? refusedCertificate(reason) : noCertificate();
    if (saysOneOf(text, {"key values mismatch"_L1, "private key"_L1}))
        return Error{u"tls.client_key does not belong to tls.client_certificate (%1)"_s.arg(reason),
                     u"Name the key with which the certificate was made."_s};
    if (!saysOneOf(text, {"alert handshake failure"_L1, "no shared cipher"_L1}))
        return std::nullopt;
    // TLS 1.2 has no word of its own for a missing certificate.
    if (hasOwn)
        return refusedCertificate(reason);
    return Error{u"the server refuses the handshake (%1); mostly because it wants a client "
                 "certificate"_s.arg(reason),
                 noCertificate().action};
}

std::optional<Error> handshakeProblem(const QString &text, const TransportSettings &settings)
{
    if (const auto problem = clientProblem(text, settings))
        return problem;
    if (!saysOneOf(text, {"protocol version"_L1, "unsupported protocol"_L1,
                          "unsupported ssl version"_L1, "wrong ssl version"_L1}))
        return std::nullopt;
    return Error{u"the server speaks no TLS that is safe enough (%1)"_s.arg(reasonIn(text)),
                 u"It must offer TLS 1.2 or newer."_s};
}

std::optional<Error> noTlsProblem(const QString &text)
{
    if (!saysOneOf(text, {"wrong version number"_L1, "packet length too long"_L1,
                          "unknown protocol"_L1, "http request"_L1}))
        return std::nullopt;
    return Error{u"the server does not speak TLS at this port (%1)"_s.arg(reasonIn(text)),
                 u"Check the port and whether the url begins with https:// rightly."_s};
}

QString brokenTls(const QString &text)
{
    if (!text.contains("SSL routines"_L1))
        return {};
    return u"the TLS connection broke (%1)"_s.arg(reasonIn(text));
}

std::optional<Error> handshakeProblem(const HttpReply &reply, const TransportSettings &settings)
{
    if (reply.status != 400)
        return std::nullopt;
    if (reply.body.contains("No required SSL certificate was sent"))
        return noCertificate();
    if (reply.body.contains("The SSL certificate error") && !settings.certificates.isEmpty())
        return refusedCertificate(u"HTTP 400: The SSL certificate error"_s);
    return std::nullopt;
}

} // namespace trace
