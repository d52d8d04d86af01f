// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/clientexchange.h"

#include "core/config/proxy.h"
#include "core/delivery/answerbody.h"
#include "core/delivery/secretmask.h"
#include "core/delivery/uploadbody.h"
#include "core/platform/namelookup.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Three time-outs are the whole time; an upload that moves gets as many again so often.
constexpr int mostExtensions = 10;
constexpr int ticksPerTimeout = 8;
// Behind a request TLS may have written the end of the connection, which is no part of the body.
constexpr qint64 mostFarewell = 64;

} // namespace

QString ClientExchange::seconds(std::chrono::milliseconds time)
{
    return QString::number(double(time.count()) / 1000);
}

ClientExchange::ClientExchange(std::shared_ptr<ConnectionPool> pool, HttpRequest request,
                               TransportSettings settings, std::chrono::milliseconds timeout,
                               QObject *context, Done done, QObject *parent)
    : QObject(parent)
    , m_pool(std::move(pool))
    , m_request(std::move(request))
    , m_settings(std::move(settings))
    , m_timeout(timeout)
    , m_context(context)
    , m_done(std::move(done))
{
    m_lookUpTime.setSingleShot(true);
    m_deadline.setSingleShot(true);
    connect(context, &QObject::destroyed, this, &ClientExchange::giveUp);
    m_connection = m_pool->resting(m_settings, m_request.url);
    if (m_connection)
        send();
    else
        lookUpHost();
}

ClientExchange::~ClientExchange()
{
    stop();
}

//! Nobody waits for the answer any more.
void ClientExchange::giveUp()
{
    stop();
    deleteLater();
}

void ClientExchange::stop()
{
    m_isOver = true;
    m_lookUpTime.stop();
    m_tick.stop();
    m_deadline.stop();
    if (m_reply)
        letGo();
}

void ClientExchange::letGo()
{
    m_reply->disconnect(this);
    m_reply->abort();
    m_reply->deleteLater();
    m_reply.clear();
}

//! A proxy looks the server's name up itself; here it may be unknown.
void ClientExchange::lookUpHost()
{
    const bool isDirect = m_settings.proxy->type() == QNetworkProxy::NoProxy;
    const QString host = isDirect ? m_request.url.host() : m_settings.proxy->hostName();
    if (NameLookup::isKnown(host)) {
        sendOnNew();
        return;
    }
    const QString proxy = isDirect ? QString() : placeOf(*m_settings.proxy);
    const auto failed = [this](const Problem &why) {
        HttpReply answer;
        setFault(answer, TransportFault::Unreachable, wordingOf(why));
        finish(answer, false);
    };
    m_lookUpTime.callOnTimeout(this, [this, host, proxy, failed] {
        const QString time = seconds(m_timeout);
        failed(proxy.isEmpty() ? Problem{ProblemKind::NotLookedUp, {host, time}}
                               : Problem{ProblemKind::ProxyNotLookedUp, {proxy, host, time}});
    });
    m_lookUpTime.start(m_timeout);
    NameLookup::start(host, this, [this, host, proxy, failed](const FoundHost &found) {
        m_lookUpTime.stop();
        if (m_isOver)
            return;
        if (found.addresses.isEmpty())
            failed(proxy.isEmpty() ? Problem{ProblemKind::HostNotFound, {host, found.problem}}
                                   : Problem{ProblemKind::ProxyNoAnswer, {proxy, found.problem}});
        else
            sendOnNew();
    });
}

void ClientExchange::sendOnNew()
{
    m_connection = m_pool->opened(m_settings, m_request.url);
    send();
}

void ClientExchange::send()
{
    QNetworkRequest outgoing(m_request.url);
    for (const auto &[name, value] : m_request.headers)
        outgoing.setRawHeader(name, value);
    // Named here, the body comes as it is: what Qt itself decompresses may break off unnoticed.
    // What else an endpoint's headers may ask for could not be read.
    if (headerValue(m_request.headers, "Accept-Encoding").trimmed().toLower() != "identity")
        outgoing.setRawHeader("Accept-Encoding", "gzip, deflate");
    outgoing.setRawHeader("User-Agent", "TraceConsole/" TRACE_VERSION);
    outgoing.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    // The attribute is also for the proxy's name and password; there are none for the server.
    const bool hasPassword = !m_settings.proxy->user().isEmpty();
    if (!hasPassword)
        outgoing.setAttribute(QNetworkRequest::AuthenticationReuseAttribute,
                              QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    // One request at a time: what a connection tells is of that one.
    outgoing.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    if (m_request.url.scheme() == u"https")
        outgoing.setSslConfiguration(tlsConfiguration(m_settings));

    // A proxy that wants a password asks for it after the body.
    QIODevice *const body =
        m_request.body.isEmpty() ? nullptr : new UploadBody(m_request.body, hasPassword, this);
    m_isBodyRead = !body;
    m_reply = m_connection->manager().sendCustomRequest(outgoing, m_request.method, body);
    if (body)
        body->setParent(m_reply);
    m_reply->setReadBufferSize(maxReplyBytes);
    watch();
}

void ClientExchange::watch()
{
    // Qt hides the socket; both signals, because a connection may still be opening at the first.
    connect(m_reply, &QNetworkReply::socketStartedConnecting, this, [this] {
        m_pool->look(*m_connection);
        heardSomething();
    });
    connect(m_reply, &QNetworkReply::requestSent, this, &ClientExchange::wentOut);
    connect(m_reply, &QNetworkReply::uploadProgress, this, &ClientExchange::uploaded);
    connect(m_reply, &QNetworkReply::metaDataChanged, this, &ClientExchange::heardSomething);
    connect(m_reply, &QNetworkReply::readyRead, this, [this] {
        heardSomething();
        leaveRest();
    });
    connect(m_reply, &QNetworkReply::sslErrors, this,
            [this](const QList<QSslError> &errors) { m_sslErrors = errors; });
    connect(m_reply, &QNetworkReply::finished, this, &ClientExchange::finished);
    m_tick.callOnTimeout(this, &ClientExchange::lookAround);
    m_deadline.callOnTimeout(this, &ClientExchange::timeIsOver);
    m_tick.start(m_timeout / ticksPerTimeout);
    m_deadline.start(m_timeout * 3); // a dripping server is never silent
    m_clock.start();
    m_sinceMove.start();
}

void ClientExchange::wentOut()
{
    ++m_sent;
    m_pool->look(*m_connection);
    heardSomething();
}

void ClientExchange::uploaded(qint64 bytes, qint64 total)
{
    if (bytes <= m_uploaded)
        return;
    m_uploaded = bytes;
    m_isBodyRead = bytes == total;
    heardSomething();
}

void ClientExchange::heardSomething()
{
    m_sinceMove.start();
}

//! Qt keeps all that comes of a body whose length it does not know.
void ClientExchange::leaveRest()
{
    if (m_reply->bytesAvailable() < maxReplyBytes)
        return;
    m_leftOff = m_reply->read(maxReplyBytes);
    m_reply->abort(); // and finished() comes
}

//! What the other side has got; as far as Qt tells where nothing else does.
quint64 ClientExchange::out() const
{
    const auto state = m_connection->state();
    return state ? state->confirmed : quint64(m_uploaded);
}

//! The system may hold megabytes of a body that Qt takes for sent.
void ClientExchange::lookAround()
{
    if (!m_isOut && isBodyOut()) {
        m_isOut = true;
        m_wasSlow = m_clock.hasExpired(m_timeout.count());
    }
    const quint64 before = std::exchange(m_mark, out());
    if (before < m_mark)
        heardSomething();
    else if (m_sinceMove.hasExpired(m_timeout.count()))
        cut(m_timeout);
}

void ClientExchange::timeIsOver()
{
    const quint64 before = std::exchange(m_deadlineMark, out());
    const bool isUploading = before < m_deadlineMark && (m_wasSlow || !isBodyOut());
    if (isUploading && m_extensions < mostExtensions) {
        ++m_extensions;
        m_deadline.start(m_timeout * 3);
    } else {
        cut(m_timeout * 3 * (m_extensions + 1));
    }
}

bool ClientExchange::isBodyOut() const
{
    const auto state = m_connection->state();
    return m_isBodyRead && (!state || state->unconfirmed <= mostFarewell);
}

void ClientExchange::cut(std::chrono::milliseconds waited)
{
    m_waited = waited;
    m_wasCutWhileSending = m_sent > 0 && !isBodyOut();
    m_reply->abort(); // and finished() comes
}

void ClientExchange::finished()
{
    m_tick.stop();
    m_deadline.stop();
    m_pool->look(*m_connection);
    const HttpReply told = answer();
    const bool isClosedBeforeIt = told.wasClosed && told.status == 0;
    // It may have closed while this was on its way, as connections that rested do.
    if (isClosedBeforeIt && m_connection->wasUsed() && !std::exchange(m_isRepeated, true)) {
        letGo();
        m_tick.disconnect(this);
        m_deadline.disconnect(this);
        m_former = std::move(m_connection);
        m_uploaded = 0;
        m_mark = 0;
        m_deadlineMark = 0;
        m_isOut = false;
        lookUpHost();
        return;
    }
    finish(told, told.fault == TransportFault::None && m_leftOff.isEmpty() && isBodyOut());
}

void ClientExchange::finish(const HttpReply &answer, bool keepsConnection)
{
    stop();
    deleteLater();
    if (keepsConnection) // and stays until this goes: the answer may be amid its signal
        m_pool->giveBack(m_connection);
    if (m_context)
        m_done(SecretMask(m_request).masked(answer), std::max(m_sent, 1));
}

} // namespace trace
