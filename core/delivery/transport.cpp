// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/transport.h"

#include "core/config/proxy.h"
#include "core/delivery/secretmask.h"
#include "core/delivery/tlsfault.h"
#include "core/platform/tcpnodelay.h"

#include <QCoreApplication>
#include <QNetworkReply>
#include <QPointer>
#include <QTimer>

#include <memory>

namespace trace {

using namespace Qt::StringLiterals;

//! Each with a manager of its own, because that is what keeps connections.
struct Transport::Line
{
    TransportSettings settings; // with a proxy in any case
    std::unique_ptr<QNetworkAccessManager> manager;
    int underWay = 0;
};

//! One request under way, until its answer has been given.
struct Transport::Exchange
{
    Line &line;
    QNetworkReply *reply;
    QUrl url;
    std::chrono::milliseconds timeout;
    SecretMask mask;
    bool hasBody = true;
    int sent = 0; // told of requests with a body only
    bool isOverdue = false;
    QList<QSslError> sslErrors{};
};

namespace {

// An answer larger than this is cut: it is error text, or a server gone mad.
constexpr qint64 maxReplyBytes = 4 * 1024 * 1024;
// As many sets of connections that nobody uses are kept.
constexpr std::size_t mostLines = 16;

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

//! The port that our sockets are connected to.
quint16 peerPort(const QUrl &url, const QNetworkProxy &proxy)
{
    if (proxy.type() != QNetworkProxy::NoProxy)
        return proxy.port();
    return quint16(url.port(url.scheme() == u"https" ? 443 : 80));
}

void setFault(HttpReply &answer, TransportFault fault, const Error &problem)
{
    answer.fault = fault;
    answer.faultText = problem.text;
    answer.faultAction = problem.action;
}

} // namespace

Transport::Transport(QObject *parent)
    : QObject(parent)
{}

Transport::~Transport() = default;

Transport::Line &Transport::lineFor(const TransportSettings &settings)
{
    const auto known = std::find_if(m_lines.begin(), m_lines.end(),
                                    [&](const Line &line) { return line.settings == settings; });
    if (known != m_lines.end()) {
        m_lines.splice(m_lines.begin(), m_lines, known);
        return m_lines.front();
    }
    for (auto line = m_lines.end(); m_lines.size() >= mostLines && line != m_lines.begin();) {
        --line;
        if (line->underWay == 0)
            line = m_lines.erase(line);
    }
    Line &line = m_lines.emplace_front(Line{settings, std::make_unique<QNetworkAccessManager>()});
    line.manager->setAutoDeleteReplies(false);
    line.manager->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    line.manager->setProxy(*settings.proxy);
    return line;
}

std::shared_ptr<Transport::Exchange> Transport::start(Line &line, const HttpRequest &request,
                                                      std::chrono::milliseconds timeout)
{
    QNetworkRequest outgoing(request.url);
    for (const auto &[name, value] : request.headers)
        outgoing.setRawHeader(name, value);
    outgoing.setRawHeader("User-Agent", "TraceConsole/" TRACE_VERSION);
    outgoing.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    // The attribute is also for the proxy's name and password; there are none for the server.
    if (line.settings.proxy->user().isEmpty())
        outgoing.setAttribute(QNetworkRequest::AuthenticationReuseAttribute,
                              QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    outgoing.setTransferTimeout(int(timeout.count()));
    if (request.url.scheme() == u"https")
        outgoing.setSslConfiguration(tlsConfiguration(line.settings));

    QNetworkReply *reply = line.manager->sendCustomRequest(outgoing, request.method, request.body);
    reply->setReadBufferSize(maxReplyBytes);
    auto exchange = std::make_shared<Exchange>(
        Exchange{line, reply, request.url, timeout, SecretMask(request), !request.body.isEmpty()});
    ++line.underWay;
    const quint16 port = peerPort(request.url, *line.settings.proxy);
    // Qt hides the socket; both signals, because a connection may still be opening at the first.
    connect(reply, &QNetworkReply::socketStartedConnecting, this,
            [port] { setTcpNoDelayTowards(port); });
    connect(reply, &QNetworkReply::requestSent, this, [exchange, port] {
        ++exchange->sent;
        setTcpNoDelayTowards(port);
    });
    connect(reply, &QNetworkReply::sslErrors, this,
            [exchange](const QList<QSslError> &errors) { exchange->sslErrors = errors; });
    // The transfer time-out starts anew with every byte; this one does not.
    auto *deadline = new QTimer(reply);
    deadline->setSingleShot(true);
    deadline->callOnTimeout(reply, [exchange] {
        exchange->isOverdue = true;
        exchange->reply->abort();
    });
    deadline->start(timeout * 3);
    return exchange;
}

void Transport::send(const HttpRequest &request, const TransportSettings &settings,
                     std::chrono::milliseconds timeout, QObject *context, Done done)
{
    TransportSettings complete = settings;
    if (!complete.proxy)
        complete.proxy = m_systemProxy.towards(request.url);
    const auto exchange = start(lineFor(complete), request, timeout);
    connect(context, &QObject::destroyed, exchange->reply,
            [reply = exchange->reply] { reply->abort(); });
    QPointer<QObject> guard(context);
    connect(exchange->reply, &QNetworkReply::finished, this,
            [exchange, guard, done = std::move(done)] {
                --exchange->line.underWay;
                exchange->reply->deleteLater();
                if (guard)
                    done(exchange->mask.masked(answerOf(*exchange)), std::max(exchange->sent, 1));
            });
}

HttpReply Transport::answerOf(const Exchange &exchange)
{
    QNetworkReply *const reply = exchange.reply;
    const TransportSettings &settings = exchange.line.settings;
    const auto error = reply->error();
    HttpReply answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (reply->isOpen()) // not after abort()
        answer.body = reply->read(maxReplyBytes);
    for (const auto &[name, value] : reply->rawHeaderPairs())
        answer.headers.append({name, value});
    if (answer.status == 407 && settings.proxy->type() != QNetworkProxy::NoProxy) {
        setFault(answer, TransportFault::Proxy, proxyPasswordProblem(*settings.proxy));
        return answer;
    }
    if (exchange.url.scheme() == u"https" && error != QNetworkReply::NoError) {
        if (const auto problem = handshakeProblem(answer, settings))
            setFault(answer, TransportFault::Certificate, *problem);
    }
    const bool aborted = error == QNetworkReply::OperationCanceledError;
    if (answer.status != 0 && !aborted && error != QNetworkReply::RemoteHostClosedError)
        return answer;
    const bool wasHeard = !exchange.hasBody && error == QNetworkReply::RemoteHostClosedError;
    answer.fault = faultOf(error, exchange.sent > 0 || aborted || wasHeard);
    answer.faultText = reply->errorString();
    if (aborted) {
        const auto waited = exchange.isOverdue ? exchange.timeout * 3 : exchange.timeout;
        answer.faultText = u"no answer within %1 s"_s.arg(double(waited.count()) / 1000);
    } else if (error == QNetworkReply::ProxyAuthenticationRequiredError) {
        setFault(answer, TransportFault::Proxy, proxyPasswordProblem(*settings.proxy));
    } else if (isProxyFailure(error, exchange.url, *settings.proxy)) {
        answer.faultText = u"the proxy %1: %2"_s.arg(placeOf(*settings.proxy), answer.faultText);
    } else if (!exchange.sslErrors.isEmpty() && settings.verify) {
        setFault(answer, TransportFault::Certificate,
                 certificateProblem(exchange.sslErrors, exchange.url.host()));
    } else if (const auto problem = handshakeProblem(answer.faultText, settings)) {
        setFault(answer, TransportFault::Certificate, *problem);
    }
    // Of a connection that the server resets while it is written to, Qt knows no more than this.
    const bool isUnknown =
        error == QNetworkReply::UnknownNetworkError &&
        answer.faultText == QCoreApplication::translate("QIODevice", "Unknown error");
    answer.wasClosed = answer.fault == TransportFault::Lost &&
                       (isUnknown || error == QNetworkReply::RemoteHostClosedError);
    if (answer.wasClosed && isUnknown)
        answer.faultText = u"the connection broke before there was an answer"_s;
    return answer;
}

} // namespace trace
