// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/httpserver.h"

#include "core/receiver/httpconnection.h"
#include "core/platform/portholder.h"

#include <QDateTime>
#include <QLocale>
#include <QTcpSocket>

#include <algorithm>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Clients above maxConnections that are still being told so; further ones are just cut off.
constexpr int surplusConnections = 64;

} // namespace

HttpServer::HttpServer(HttpServerOptions options, Handler handler, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_handler(std::move(handler))
    , m_guard{m_options.address.isLoopback(), m_options.bearerToken, m_options.maxBodyBytes}
{
    connect(&m_server, &QTcpServer::newConnection, this, &HttpServer::accept);
}

HttpServer::~HttpServer()
{
    m_server.close();
    // Here, not by ~QObject: they look at the members on their way out.
    const QSet<HttpConnection *> connections = m_connections;
    qDeleteAll(connections);
}

Expected<void> HttpServer::listen()
{
    if (m_server.listen(m_options.address, m_options.port))
        return {};
    const QString where = u"%1 port %2"_s.arg(m_options.address.toString()).arg(m_options.port);
    switch (m_server.serverError()) {
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
        return fail(u"%1: %2"_s.arg(where, m_server.errorString()));
    }
}

QUrl HttpServer::url() const
{
    QUrl url;
    url.setScheme(u"http"_s);
    const QHostAddress address = m_server.serverAddress();
    const bool any = address == QHostAddress::Any || address == QHostAddress::AnyIPv4;
    url.setHost(any ? u"127.0.0.1"_s : address.toString());
    url.setPort(port());
    return url;
}

void HttpServer::accept()
{
    while (QTcpSocket *socket = m_server.nextPendingConnection()) {
        const qsizetype surplus = m_connections.size() - m_options.maxConnections;
        if (surplus >= surplusConnections) {
            socket->abort();
            delete socket;
            continue;
        }
        auto *connection = new HttpConnection(*this, socket, surplus >= 0);
        m_connections.insert(connection);
    }
}

void HttpServer::remove(HttpConnection *connection)
{
    m_connections.remove(connection);
    stopWaiting(connection);
}

void HttpServer::stopWaiting(HttpConnection *connection)
{
    std::erase_if(m_waiting, [=](const Waiting &w) { return w.connection == connection; });
}

bool HttpServer::fits(qsizetype bytes) const
{
    // One body always fits, or one that is larger than the bound would wait for ever.
    return m_bytesInFlight == 0 || m_bytesInFlight + bytes <= m_options.maxBytesInFlight;
}

bool HttpServer::takeRoom(HttpConnection *connection, qsizetype bytes)
{
    // Behind those that wait already: a large body must not starve behind small ones.
    if (!m_waiting.empty() || !fits(bytes)) {
        m_waiting.push_back({connection, bytes});
        return false;
    }
    m_bytesInFlight += bytes;
    return true;
}

void HttpServer::giveBackRoom(qsizetype bytes)
{
    m_bytesInFlight -= bytes;
    while (!m_waiting.empty() && fits(m_waiting.front().bytes)) {
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
