// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/httpserver.h"

#include "core/platform/logging.h"
#include "core/platform/portholder.h"
#include "core/platform/streamsocket.h"
#include "core/receiver/httpconnection.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// Clients above maxConnections that are told so; further ones are just cut off.
constexpr int surplusConnections = 64;
// Connections that wait for a place; further ones are cut off.
constexpr std::size_t maxArrived = 256;
// So long a client may show that it is one before another one takes its place.
constexpr auto grace = 200ms;
// Who holds room that others wait for, and is quiet for so long, goes.
constexpr auto roomGrace = 1s;
constexpr auto retryInterval = 50ms;
constexpr auto descriptorInterval = 200ms;
constexpr qsizetype scratchBytes = 256 * 1024;

} // namespace

HttpServer::HttpServer(HttpServerOptions options, Handler handler, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_handler(std::move(handler))
    , m_guard{m_options.address.isLoopback(), m_options.bearerToken, m_options.maxBodyBytes}
    , m_scratch(scratchBytes, Qt::Uninitialized)
{
    m_clock.start();
    m_listener.setListenBacklogSize(m_options.maxConnections);
    connect(&m_arrivals, &QSocketNotifier::activated, this, &HttpServer::accept);
    m_retry.setSingleShot(true);
    m_retry.callOnTimeout(this, &HttpServer::admit);
    const auto shortest =
        std::min({m_options.keepAliveTimeout, m_options.idleTimeout, m_options.headerTimeout,
                  m_options.requestTimeout, m_options.roomTimeout});
    m_check.setInterval(std::clamp<std::chrono::milliseconds>(shortest / 4, 10ms, 1s));
    m_check.callOnTimeout(this, &HttpServer::checkTime);
}

HttpServer::~HttpServer()
{
    stopListening();
    // Here, not by ~QObject: they look at the members on their way out.
    const QSet<HttpConnection *> connections = m_connections;
    qDeleteAll(connections);
}

Expected<void> HttpServer::listen()
{
    if (m_listener.listen(m_options.address, m_options.port)) {
        m_listener.pauseAccepting();
        m_arrivals.setSocket(m_listener.socketDescriptor());
        m_arrivals.setEnabled(true);
        return {};
    }
    const QString where = u"%1 port %2"_s.arg(m_options.address.toString()).arg(m_options.port);
    switch (m_listener.serverError()) {
    case QAbstractSocket::AddressInUseError: {
        const QString holder = portHolder(m_options.port);
        return fail(holder.isEmpty() ? u"%1 is in use by another program"_s.arg(where)
                                     : u"%1 is in use by %2"_s.arg(where, holder),
                    u"Stop that program or choose another port; --port 0 takes any free one."_s);
    }
    case QAbstractSocket::SocketAccessError:
        return fail(u"%1: no permission to listen there"_s.arg(where),
                    u"Choose a port above 1023; --port 0 takes any free one."_s);
    case QAbstractSocket::SocketAddressNotAvailableError:
        return fail(u"%1: this machine has no such address"_s.arg(where),
                    u"Listen on 127.0.0.1 or on an address of this machine."_s);
    default:
        return fail(u"%1: %2"_s.arg(where, m_listener.errorString()));
    }
}

QUrl HttpServer::url() const
{
    QUrl url;
    url.setScheme(u"http"_s);
    const QHostAddress address = m_listener.serverAddress();
    const bool any = address == QHostAddress::Any || address == QHostAddress::AnyIPv4;
    url.setHost(any ? u"127.0.0.1"_s : address.toString());
    url.setPort(port());
    return url;
}

void HttpServer::stopListening()
{
    m_retry.stop();
    m_arrivals.setEnabled(false);
    m_listener.close();
    for (const qintptr descriptor : std::exchange(m_arrived, {}))
        StreamSocket(descriptor).close();
}

void HttpServer::accept()
{
    while (m_arrivals.isEnabled()) { // not when the places are taken
        const StreamSocket::Arrival arrival = StreamSocket::accept(m_listener.socketDescriptor());
        if (arrival.isExhausted)
            acceptFailed();
        if (arrival.descriptor < 0)
            return;
        m_arrived.push_back(arrival.descriptor);
        admit();
    }
}

//! Lets in who has come, as far as there is a place.
void HttpServer::admit()
{
    while (!m_arrived.empty()) {
        const bool hasPlace = m_connections.size() < m_options.maxConnections || makePlace();
        const bool mayComeLater = !hasPlace && quietest(0ms) != nullptr;
        if (mayComeLater && m_arrived.size() <= maxArrived) {
            m_arrivals.setEnabled(false);
            m_retry.start(retryInterval);
            return;
        }
        const qintptr descriptor = m_arrived.front();
        m_arrived.pop_front();
        if (mayComeLater || m_connections.size() >= m_options.maxConnections + surplusConnections) {
            StreamSocket(descriptor).close();
            continue;
        }
        m_connections.insert(new HttpConnection(*this, descriptor, !hasPlace));
        if (!m_check.isActive())
            m_check.start();
    }
    m_arrivals.setEnabled(m_listener.isListening());
}

//! Takes the place of a client that uses it least.
bool HttpServer::makePlace()
{
    HttpConnection *connection = quietest(grace);
    if (connection)
        connection->evict();
    return connection != nullptr;
}

//! Of those that wait for nothing here and are quiet for that long, the one that is so for longest.
HttpConnection *HttpServer::quietest(std::chrono::milliseconds least) const
{
    HttpConnection *found = nullptr;
    for (HttpConnection *connection : m_connections) {
        if (!connection->waitsForUs() && now() - connection->quietSince() >= least.count() &&
            (!found || connection->quietSince() < found->quietSince()))
            found = connection;
    }
    return found;
}

//! There is no descriptor left. The system would tell at once again.
void HttpServer::acceptFailed()
{
    qCWarning(logging::receiver) << "cannot accept a connection: no descriptor is left";
    // Some at a time, or others who need descriptors take what one leaves.
    qsizetype toGo = m_connections.size() / 4 + 1;
    while (toGo-- > 0 && makePlace()) {
    }
    m_arrivals.setEnabled(false);
    m_retry.start(descriptorInterval);
}

void HttpServer::remove(HttpConnection *connection)
{
    m_connections.remove(connection);
    stopWaiting(connection);
    if (m_connections.isEmpty())
        m_check.stop();
}

void HttpServer::stopWaiting(HttpConnection *connection)
{
    if (std::erase_if(m_waiting, [=](const Waiting &w) { return w.connection == connection; }) > 0)
        grantWaiting(); // behind a large one there may be small ones
}

void HttpServer::checkTime()
{
    const QSet<HttpConnection *> connections = m_connections;
    for (HttpConnection *connection : connections)
        connection->checkTime();
    relieve();
}

//! Sees to it that those who wait for room do not wait for who brings nothing, or for each other.
void HttpServer::relieve()
{
    if (m_waiting.empty())
        return;
    qsizetype readBytes = 0; // room of bodies that are not there yet
    bool isComing = false;
    const QSet<HttpConnection *> connections = m_connections;
    for (HttpConnection *connection : connections) {
        if (connection->room() == 0)
            continue;
        if (!connection->waitsForUs() &&
            now() - connection->quietSince() >= milliseconds(roomGrace).count()) {
            connection->evict();
            continue;
        }
        readBytes += connection->room();
        isComing = isComing || !connection->waitsForUs();
    }
    if (isComing || m_waiting.empty() || m_bytesInFlight > readBytes)
        return;
    HttpConnection *const first = m_waiting.front().connection;
    m_waiting.pop_front();
    const qsizetype rest = first->missingRoom();
    m_bytesInFlight += rest;
    first->grantRoom(rest);
}

bool HttpServer::takeRoom(HttpConnection *connection, qsizetype bytes)
{
    // Behind those that wait already: a large body must not starve behind small ones.
    if (!m_waiting.empty() || !(hasRoom(bytes) || m_bytesInFlight == 0)) {
        m_waiting.push_back({connection, bytes});
        QMetaObject::invokeMethod(this, &HttpServer::relieve, Qt::QueuedConnection);
        return false;
    }
    m_bytesInFlight += bytes;
    return true;
}

void HttpServer::giveBackRoom(qsizetype bytes)
{
    m_bytesInFlight -= bytes;
    grantWaiting();
}

void HttpServer::grantWaiting()
{
    while (!m_waiting.empty() && (hasRoom(m_waiting.front().bytes) || m_bytesInFlight == 0)) {
        const Waiting next = m_waiting.front();
        m_waiting.pop_front();
        m_bytesInFlight += next.bytes;
        next.connection->grantRoom(next.bytes);
    }
}

const QByteArray &HttpServer::date()
{
    const qint64 second = QDateTime::currentSecsSinceEpoch();
    if (second != m_dateSecond) {
        m_dateSecond = second;
        const QDateTime now = QDateTime::fromSecsSinceEpoch(second, Qt::UTC);
        m_date = QLocale::c().toString(now, u"ddd, dd MMM yyyy hh:mm:ss 'GMT'"_s).toLatin1();
    }
    return m_date;
}

HttpExchange::HttpExchange(HttpServer &owner, HttpConnection &from, qsizetype bodyBytes)
    : server(&owner)
    , connection(&from)
    , bytes(bodyBytes)
{}

HttpExchange::~HttpExchange()
{
    const QPointer<HttpConnection> unanswered = connection;
    release();
    if (unanswered)
        unanswered->drop();
}

void HttpExchange::release()
{
    connection.clear();
    const qsizetype room = std::exchange(bytes, 0);
    if (server && room > 0)
        server->giveBackRoom(room);
}

HttpResponder::HttpResponder(std::shared_ptr<HttpExchange> exchange)
    : m_exchange(std::move(exchange))
{}

void HttpResponder::answer(int status, const QByteArray &contentType, const QByteArray &body,
                           const HttpHeaders &headers)
{
    const QPointer<HttpConnection> connection = m_exchange->connection;
    m_exchange->release();
    if (connection)
        connection->answer({status, contentType, body, headers});
}

void HttpResponder::drop()
{
    const QPointer<HttpConnection> connection = m_exchange->connection;
    m_exchange->release();
    if (connection)
        connection->drop();
}

void HttpResponder::setRoom(qsizetype bytes)
{
    if (!m_exchange->server || !m_exchange->connection)
        return;
    HttpServer &server = *m_exchange->server;
    const qsizetype less = std::exchange(m_exchange->bytes, bytes) - bytes;
    if (less > 0)
        server.giveBackRoom(less);
    else
        server.m_bytesInFlight -= less;
}

void HttpResponder::halfClose()
{
    const QPointer<HttpConnection> connection = m_exchange->connection;
    m_exchange->release();
    if (connection)
        connection->halfClose();
}

bool HttpResponder::isWaiting() const
{
    return !m_exchange->connection.isNull();
}

} // namespace trace
