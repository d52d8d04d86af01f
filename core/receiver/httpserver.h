// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/receiver/requestguard.h"
#include "core/service/http.h"

#include <QHostAddress>
#include <QObject>
#include <QSet>
#include <QTcpServer>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>

namespace trace {

class HttpConnection;
struct HttpExchange;

//! Limits of the HTTP server; the defaults are design.md section 3's.
struct HttpServerOptions
{
    QHostAddress address{QHostAddress::LocalHost};
    quint16 port = 0; //!< 0: any free one.
    qsizetype maxHeaderBytes = 16 * 1024;
    qsizetype maxBodyBytes = 16 * 1024 * 1024;
    qsizetype maxBytesInFlight = 128 * 1024 * 1024; //!< Over all bodies; then reading stops.
    int maxConnections = 256;
    std::chrono::milliseconds idleTimeout{30000};
    QByteArray bearerToken; //!< Required from every client when set.
};

//! Answers one request, once, now or later, from the server's thread. Copies stand for the same
//! request; when the last one goes unanswered, the connection is closed without an answer. May
//! outlive the connection and the server; then it does nothing.
class HttpResponder final
{
public:
    explicit HttpResponder(std::shared_ptr<HttpExchange> exchange);

    //! Names and values of \a headers must hold no line breaks. The second answer is ignored.
    void answer(int status, const QByteArray &contentType, const QByteArray &body,
                const HttpHeaders &headers = {});
    void drop(); //!< Closes the connection without an answer.
    //! Ends the sending side without an answer, and takes in what comes until the client closes
    //! too.
    void halfClose();

    //! False once answered, dropped, or when the client has gone.
    [[nodiscard]] bool isWaiting() const;

private:
    std::shared_ptr<HttpExchange> m_exchange;
};

//! HTTP/1.1 on loopback: parsing by Boost.Beast, sockets by Qt. Refuses foreign Host and Origin
//! headers and ambiguous Transfer-Encodings before the handler sees a request; answers 413, 431,
//! 400, 401, 403, 408, 417 and 503 by itself. Keep-alive, chunked bodies, pipelining and
//! `Expect: 100-continue` work. Lives on one thread; the handler must not destroy the server.
//!
//! A body takes its room (`maxBytesInFlight`) as a whole before it is read, so that bodies never
//! wait for each other half read; the room is given back when the request is answered.
class HttpServer final : public QObject
{
    Q_OBJECT
public:
    using Handler = std::function<void(HttpRequest &&request, HttpResponder responder)>;

    HttpServer(HttpServerOptions options, Handler handler, QObject *parent = nullptr);
    ~HttpServer() override;

    //! The error says which address is taken and, where the system tells, by whom.
    [[nodiscard]] Expected<void> listen();
    [[nodiscard]] quint16 port() const { return m_server.serverPort(); }
    [[nodiscard]] QUrl url() const; //!< "http://127.0.0.1:PORT"

    //! Body bytes of requests that are being read or not answered yet.
    [[nodiscard]] qsizetype bytesInFlight() const { return m_bytesInFlight; }
    [[nodiscard]] qsizetype connectionCount() const { return m_connections.size(); }

private:
    friend class HttpConnection;
    friend struct HttpExchange;

    struct Waiting
    {
        HttpConnection *connection;
        qsizetype bytes;
    };

    void accept();
    void remove(HttpConnection *connection); //!< From its destructor.
    void stopWaiting(HttpConnection *connection);
    [[nodiscard]] bool takeRoom(HttpConnection *connection, qsizetype bytes);
    void giveBackRoom(qsizetype bytes);
    [[nodiscard]] bool fits(qsizetype bytes) const;
    [[nodiscard]] const QByteArray &date();

    const HttpServerOptions m_options;
    const Handler m_handler;
    const RequestGuard m_guard;
    QTcpServer m_server;
    QSet<HttpConnection *> m_connections;
    std::deque<Waiting> m_waiting; //!< For room, in the order in which they came.
    qsizetype m_bytesInFlight = 0;
    qint64 m_dateSecond = -1;
    QByteArray m_date;
};

} // namespace trace
