// SPDX-License-Identifier: LGPL-3.0-or-later
// The half of ClientExchange that tells what came, or why nothing did.
#include "core/config/proxy.h"
#include "core/delivery/answerbody.h"
#include "core/delivery/clientexchange.h"
#include "core/delivery/tlsfault.h"

#include <QCoreApplication>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

TransportFault faultOf(QNetworkReply::NetworkError error, bool wasSent)
{
    switch (error) {
    case QNetworkReply::SslHandshakeFailedError:
    case QNetworkReply::ConnectionRefusedError:
    case QNetworkReply::HostNotFoundError:
    case QNetworkReply::TemporaryNetworkFailureError:
    case QNetworkReply::ProxyConnectionRefusedError:
    case QNetworkReply::ProxyNotFoundError:
        return TransportFault::Unreachable;
    default:
        return wasSent ? TransportFault::Lost : TransportFault::Unreachable;
    }
}

//! Whether the proxy itself failed. Qt tells only of tunnels; plain requests are sent to an HTTP
//! proxy as if it were the server.
bool isProxyFailure(QNetworkReply::NetworkError error, const QUrl &url, const QNetworkProxy &proxy)
{
    const bool isPlain = proxy.type() == QNetworkProxy::HttpProxy && url.scheme() == u"http";
    if (isPlain && (error == QNetworkReply::ConnectionRefusedError ||
                    error == QNetworkReply::HostNotFoundError))
        return true;
    return error >= QNetworkReply::ProxyConnectionRefusedError &&
           error <= QNetworkReply::UnknownProxyError;
}

} // namespace

HttpReply ClientExchange::answer() const
{
    HttpReply answer;
    answer.status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.body = m_leftOff;
    if (m_reply->isOpen()) // not after abort()
        answer.body = m_reply->read(maxReplyBytes);
    answer.wasLeftOff = answer.body.size() == maxReplyBytes;
    for (const auto &[name, value] : m_reply->rawHeaderPairs())
        answer.headers.append({name, value});
    const bool isWhole = hasItsLength(answer);
    const bool isReadable = decompress(answer);
    // By ourselves, when there was enough of it.
    const bool isLeft = !m_leftOff.isEmpty();
    const auto error = isLeft ? QNetworkReply::NoError : m_reply->error();
    const bool isTunnelled = m_settings.proxy->type() != QNetworkProxy::NoProxy;
    if (answer.status == 407 && isTunnelled) {
        setFault(answer, TransportFault::Proxy, proxyPasswordProblem(*m_settings.proxy));
        return answer;
    }
    if (m_request.url.scheme() == u"https" && error != QNetworkReply::NoError) {
        if (const auto problem = handshakeProblem(answer, m_settings))
            setFault(answer, TransportFault::Certificate, *problem);
    }
    const bool isGood = answer.status / 100 == 2;
    const bool isCut = error == QNetworkReply::OperationCanceledError ||
                       error == QNetworkReply::RemoteHostClosedError ||
                       (error == QNetworkReply::UnknownNetworkError &&
                        brokenTls(m_reply->errorString()));
    const QString status = QString::number(answer.status);
    const bool isThere = answer.status != 0 || error == QNetworkReply::NoError;
    if (isThere && (answer.status < 100 || answer.status > 599)) {
        setFault(answer, TransportFault::Lost, wordingOf({ProblemKind::NoStatus, {status}}));
    } else if (answer.status / 100 == 1) {
        setFault(answer, TransportFault::Lost, wordingOf({ProblemKind::InterimOnly, {status}}));
    } else if (isGood && !isBodyOut()) {
        setFault(answer, TransportFault::Lost, wordingOf({ProblemKind::TooEarly, {status}}));
    } else if (answer.status == 0 || isCut || (isGood && error != QNetworkReply::NoError)) {
        setFault(answer);
    } else if (isGood && !isWhole) {
        setFault(answer, TransportFault::Lost, wordingOf({ProblemKind::WrongLength, {status}}));
    } else if (isGood && !isReadable) {
        setFault(answer, TransportFault::Lost, wordingOf({ProblemKind::Undecodable, {status}}));
    }
    return answer;
}

void ClientExchange::setFault(HttpReply &answer, TransportFault fault, const Error &problem)
{
    answer.fault = fault;
    answer.faultText = problem.text;
    answer.faultProblem = problem.problem;
    answer.faultAction = problem.action;
}

//! What OpenSSL says, where it says something. Only a handshake tells that there is no TLS: where
//! it was done, rubbish is a connection that broke.
void ClientExchange::setTlsFault(HttpReply &answer) const
{
    const QString told = answer.faultText;
    const bool isHandshake = m_reply->error() == QNetworkReply::SslHandshakeFailedError;
    const auto problem =
        isHandshake ? handshakeProblem(told, m_settings) : clientProblem(told, m_settings);
    if (problem)
        setFault(answer, TransportFault::Certificate, *problem);
    else if (const auto noTls = isHandshake ? noTlsProblem(told) : std::nullopt)
        setFault(answer, TransportFault::NoTls, *noTls);
    else if (const auto broken = isHandshake ? std::nullopt : brokenTls(told))
        setFault(answer, answer.fault, *broken);
}

//! There is no answer, or no whole one.
void ClientExchange::setFault(HttpReply &answer) const
{
    const auto error = m_reply->error();
    const bool hasBody = !m_request.body.isEmpty();
    const bool wasAborted = error == QNetworkReply::OperationCanceledError;
    const bool wasHeard = !hasBody && error == QNetworkReply::RemoteHostClosedError;
    answer.fault = faultOf(error, m_sent > 0 || wasAborted || wasHeard);
    answer.faultText = m_reply->errorString();
    answer.wasCutWhileSending = m_wasCutWhileSending;
    if (m_wasCutWhileSending) {
        setFault(answer, answer.fault, wordingOf({ProblemKind::StillSending, {seconds(m_waited)}}));
    } else if (wasAborted) {
        setFault(answer, answer.fault, wordingOf({ProblemKind::TimedOut, {seconds(m_waited)}}));
    } else if (error == QNetworkReply::ProxyAuthenticationRequiredError) {
        setFault(answer, TransportFault::Proxy, proxyPasswordProblem(*m_settings.proxy));
    } else if (isProxyFailure(error, m_request.url, *m_settings.proxy)) {
        setFault(answer, answer.fault,
                 wordingOf(
                     {ProblemKind::ProxyNoAnswer, {placeOf(*m_settings.proxy), answer.faultText}}));
    } else if (!m_sslErrors.isEmpty() && m_settings.verify) {
        setFault(answer, TransportFault::Certificate,
                 certificateProblem(m_sslErrors, m_request.url.host()));
    } else {
        setTlsFault(answer);
    }
    // Of a connection that the server resets while it is written to, Qt knows no more than this;
    // and when a body is not to be sent again, that.
    const bool isUnknown =
        error == QNetworkReply::ContentReSendError ||
        (error == QNetworkReply::UnknownNetworkError &&
         answer.faultText == QCoreApplication::translate("QIODevice", "Unknown error"));
    answer.wasClosed = answer.fault == TransportFault::Lost &&
                       (isUnknown || error == QNetworkReply::RemoteHostClosedError);
    if (answer.wasClosed && isUnknown)
        setFault(answer, answer.fault, wordingOf({ProblemKind::Closed}));
}

} // namespace trace
