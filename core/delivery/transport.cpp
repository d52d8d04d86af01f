// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/transport.h"

#include "core/platform/tcpnodelay.h"

#include <QNetworkReply>
#include <QPointer>
#include <QTimer>

#include <memory>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// An answer larger than this is cut: it is error text, or a server gone mad.
constexpr qint64 maxReplyBytes = 4 * 1024 * 1024;

TransportFault faultOf(QNetworkReply::NetworkError error, bool wasSent)
{
    switch (error) {
    case QNetworkReply::SslHandshakeFailedError:
        return TransportFault::Certificate;
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

quint16 peerPort(const QUrl &url)
{
    return quint16(url.port(url.scheme() == u"https" ? 443 : 80));
}

} // namespace

Transport::Transport(QObject *parent)
    : QObject(parent)
{
    m_manager.setAutoDeleteReplies(false);
    m_manager.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
}

void Transport::send(const HttpRequest &request, std::chrono::milliseconds timeout,
                     QObject *context, Done done)
{
    QNetworkRequest outgoing(request.url);
    for (const auto &[name, value] : request.headers)
        outgoing.setRawHeader(name, value);
    outgoing.setRawHeader("User-Agent", "TraceConsole/" TRACE_VERSION);
    outgoing.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    outgoing.setTransferTimeout(int(timeout.count()));

    QNetworkReply *reply = m_manager.sendCustomRequest(outgoing, request.method, request.body);
    reply->setReadBufferSize(maxReplyBytes);
    const auto sent = std::make_shared<int>(0);
    const auto overdue = std::make_shared<bool>(false);
    const quint16 port = peerPort(request.url);
    // Qt hides the socket; both signals, because a connection may still be opening at the first.
    connect(reply, &QNetworkReply::socketStartedConnecting, this,
            [port] { setTcpNoDelayTowards(port); });
    connect(reply, &QNetworkReply::requestSent, this, [sent, port] {
        ++*sent;
        setTcpNoDelayTowards(port);
    });
    // The transfer time-out starts anew with every byte; this one does not.
    auto *deadline = new QTimer(reply);
    deadline->setSingleShot(true);
    deadline->callOnTimeout(reply, [reply, overdue] {
        *overdue = true;
        reply->abort();
    });
    deadline->start(timeout * 3);
    connect(context, &QObject::destroyed, reply, [reply] { reply->abort(); });

    QPointer<QObject> guard(context);
    connect(reply, &QNetworkReply::finished, this, [=, done = std::move(done)] {
        reply->deleteLater();
        if (!guard)
            return;
        HttpReply answer;
        answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        if (reply->isOpen()) // not after abort()
            answer.body = reply->read(maxReplyBytes);
        for (const auto &[name, value] : reply->rawHeaderPairs())
            answer.headers.append({name, value});
        const bool aborted = reply->error() == QNetworkReply::OperationCanceledError;
        if (answer.status == 0 || aborted ||
            reply->error() == QNetworkReply::RemoteHostClosedError) {
            answer.fault = faultOf(reply->error(), *sent > 0 || aborted);
            answer.faultText = aborted
                                   ? u"no answer within %1 s"_s.arg(
                                         double((*overdue ? timeout * 3 : timeout).count()) / 1000)
                                   : reply->errorString();
        }
        done(answer, std::max(*sent, 1));
    });
}

} // namespace trace
