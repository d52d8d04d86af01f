// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/service/http.h"

#include <QHostAddress>
#include <QObject>
#include <QPointer>
#include <QTcpServer>

#include <chrono>
#include <functional>

namespace trace {

class HttpConnection;

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

//! Answers one request, once, now or later, from the server's thread. Dropping it unanswered
//! closes the connection without an answer.
class HttpResponder final
{
public:
    explicit HttpResponder(HttpConnection *connection);

    void answer(int status, const QByteArray &contentType, const QByteArray &body,
                const HttpHeaders &headers = {});
    void drop(); //!< Closes the connection without an answer.

private:
    QPointer<HttpConnection> m_connection;
};

//! HTTP/1.1 on loopback: parsing by Boost.Beast, sockets by Qt. Refuses foreign Host and Origin
//! headers and ambiguous Transfer-Encodings before the handler sees a request; answers 413, 431,
//! 400, 401, 403 by itself. Keep-alive, chunked bodies, pipelining and `Expect: 100-continue` work.
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

private:
    friend class HttpConnection;
    void accept();

    HttpServerOptions m_options;
    Handler m_handler;
    QTcpServer m_server;
    qsizetype m_bytesInFlight = 0;
};

} // namespace trace
