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
    return names.join(u", "_s);
}

//! The name of what is wrong with it, and what of the certificate tells that.
QStringList faultOf(const QSslError &error)
{
    const QSslCertificate certificate = error.certificate();
    switch (error.error()) {
    case QSslError::CertificateExpired:
        return {u"expired"_s, day(certificate.expiryDate())};
    case QSslError::CertificateNotYetValid:
        return {u"not_yet_valid"_s, day(certificate.effectiveDate())};
    case QSslError::HostNameMismatch:
        return {u"of_others"_s, namesOf(certificate)};
    case QSslError::SelfSignedCertificate:
    case QSslError::SelfSignedCertificateInChain:
    case QSslError::UnableToGetIssuerCertificate:
    case QSslError::UnableToGetLocalIssuerCertificate:
    case QSslError::UnableToVerifyFirstCertificate:
    case QSslError::CertificateUntrusted: {
        const QString issuer = certificate.issuerDisplayName();
        return {issuer.isEmpty() ? u"untrusted_unnamed"_s : u"untrusted"_s, issuer};
    }
    default:
        return {u"certificate_fault"_s, error.errorString()};
    }
}

bool saysOneOf(const QString &text, std::initializer_list<QLatin1StringView> words)
{
    return std::any_of(words.begin(), words.end(), [&](QLatin1StringView word) {
        return text.contains(word, Qt::CaseInsensitive);
    });
}

Error noCertificate()
{
    return wordingOf({ProblemKind::ClientCertificateNone});
}

Error refusedCertificate(const QString &words)
{
    return wordingOf({ProblemKind::ClientCertificateRefused, {words}});
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
    QStringList arguments{host};
    for (const QSslError &error : errors)
        arguments += faultOf(error);
    return wordingOf({ProblemKind::CertificateRefused, arguments});
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
        return wordingOf({ProblemKind::ClientKeyUnfit, {reason}});
    if (!saysOneOf(text, {"alert handshake failure"_L1, "no shared cipher"_L1}))
        return std::nullopt;
    // TLS 1.2 has no word of its own for a missing certificate.
    if (hasOwn)
        return refusedCertificate(reason);
    return wordingOf({ProblemKind::HandshakeRefused, {reason}});
}

std::optional<Error> handshakeProblem(const QString &text, const TransportSettings &settings)
{
    if (const auto problem = clientProblem(text, settings))
        return problem;
    if (!saysOneOf(text, {"protocol version"_L1, "unsupported protocol"_L1,
                          "unsupported ssl version"_L1, "wrong ssl version"_L1}))
        return std::nullopt;
    return wordingOf({ProblemKind::TlsTooOld, {reasonIn(text)}});
}

std::optional<Error> noTlsProblem(const QString &text)
{
    if (!saysOneOf(text, {"wrong version number"_L1, "packet length too long"_L1,
                          "unknown protocol"_L1, "http request"_L1}))
        return std::nullopt;
    return wordingOf({ProblemKind::NoTls, {reasonIn(text)}});
}

std::optional<Error> brokenTls(const QString &text)
{
    if (!text.contains("SSL routines"_L1))
        return std::nullopt;
    return wordingOf({ProblemKind::TlsBroken, {reasonIn(text)}});
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
