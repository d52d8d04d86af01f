// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/receiver/requestguard.h"
#include "core/service/http.h"

#include <QElapsedTimer>
#include <QHostAddress>
#include <QObject>
#include <QSet>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTimer>

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
    int maxConnections = 256; //!< Above it the one that sent least for longest goes.
    std::chrono::milliseconds keepAliveTimeout{30000}; //!< Between requests.
    std::chrono::milliseconds idleTimeout{30000};      //!< Without a byte of a request or answer.
    std::chrono::milliseconds headerTimeout{15000};    //!< From the first byte of a request on.
    std::chrono::milliseconds requestTimeout{120000};  //!< Likewise, till the end of its body.
    std::chrono::milliseconds roomTimeout{5000};       //!< Then who waits for room is told 503.
    QByteArray bearerToken;                            //!< Required from every client when set.
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

    //! Of the server's bound, from now on: for what is made of a body and waits in its place. It is
    //! taken even where there is none.
    void setRoom(qsizetype bytes);

    //! False once answered, dropped, or when the client has gone, as far as the system tells.
    [[nodiscard]] bool isWaiting() const;

private:
    std::shared_ptr<HttpExchange> m_exchange;
};

//! HTTP/1.1 on loopback: parsing by Boost.Beast, sockets by Qt. Refuses foreign Host and Origin
//! headers and ambiguous Transfer-Encodings before the handler sees a request; answers 413, 431,
//! 400, 401, 403, 408, 417 and 503 by itself. Keep-alive, chunked bodies, pipelining and
//! `Expect: 100-continue` work, and a client may close its sending side while it waits for its
//! answer. Lives on one thread; the handler must not destroy the server.
//!
//! A body takes room (`maxBytesInFlight`) as it comes, no more than it was announced to need, and
//! gives it back when the request is answered. Where there is none, it waits; who holds room and
//! sends nothing goes; and when all wait for each other, the first one is read to its end.
class HttpServer final : public QObject
{
    Q_OBJECT
public:
    using Handler = std::function<void(HttpRequest &&request, HttpResponder responder)>;

    HttpServer(HttpServerOptions options, Handler handler, QObject *parent = nullptr);
    ~HttpServer() override;

    //! The error says which address is taken and, where the system tells, by whom.
    [[nodiscard]] Expected<void> listen();
    //! From now on nobody is let in; who is there gets its answers.
    void stopListening();
    [[nodiscard]] quint16 port() const { return m_listener.serverPort(); }
    [[nodiscard]] QUrl url() const; //!< "http://127.0.0.1:PORT"

    //! Room that is taken: bytes of requests that are being read or not answered yet.
    [[nodiscard]] qsizetype bytesInFlight() const { return m_bytesInFlight; }
    [[nodiscard]] bool hasRoom(qsizetype bytes) const
    {
        return m_bytesInFlight + bytes <= m_options.maxBytesInFlight;
    }
    [[nodiscard]] qsizetype connectionCount() const { return m_connections.size(); }

private:
    friend class HttpConnection;
    friend class HttpResponder;
    friend struct HttpExchange;

    struct Waiting
    {
        HttpConnection *connection;
        qsizetype bytes;
    };

    void accept();
    void admit();
    [[nodiscard]] bool makePlace();
    [[nodiscard]] HttpConnection *quietest(std::chrono::milliseconds least) const;
    void acceptFailed();
    void remove(HttpConnection *connection); //!< It has gone.
    void stopWaiting(HttpConnection *connection);
    void checkTime();
    void relieve();
    [[nodiscard]] bool takeRoom(HttpConnection *connection, qsizetype bytes);
    void giveBackRoom(qsizetype bytes);
    void grantWaiting();
    [[nodiscard]] qint64 now() const { return m_clock.elapsed(); } //!< In ms.
    [[nodiscard]] const QByteArray &date();

    const HttpServerOptions m_options;
    const Handler m_handler;
    const RequestGuard m_guard;
    QElapsedTimer m_clock;
    QTcpServer m_listener;      //!< Listens; it does not accept.
    QSocketNotifier m_arrivals{QSocketNotifier::Read};
    std::deque<qintptr> m_arrived; //!< Connections that there is no place for yet.
    QTimer m_retry;                //!< To accept again.
    QTimer m_check;                //!< Of the clients' deadlines; runs while there are clients.
    QSet<HttpConnection *> m_connections;
    std::deque<Waiting> m_waiting; //!< For room, in the order in which they came.
    qsizetype m_bytesInFlight = 0;
    QByteArray m_scratch; //!< What connections read into, one after the other.
    qint64 m_dateSecond = -1;
    QByteArray m_date;
};

} // namespace trace
