// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/receiver/httpanswer.h"
#include "core/receiver/httprequestparser.h"
#include "core/receiver/httpserver.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QTimer>

#include <memory>

class QTcpSocket;

namespace trace {

//! A request that waits for its answer. Shared by the copies of its responder.
struct HttpExchange
{
    HttpExchange(HttpServer &owner, HttpConnection &from, qsizetype bodyBytes);
    ~HttpExchange();
    Q_DISABLE_COPY_MOVE(HttpExchange)

    void release(); //!< Gives back the room of the body and forgets the connection.

    QPointer<HttpServer> server;
    QPointer<HttpConnection> connection;
    qsizetype bytes; //!< Room that the body holds.
};

//! One client of an HttpServer: reads a request, hands it to the handler, writes the answer, and
//! only then reads the next one. Deletes itself when the client has gone.
class HttpConnection final : public QObject
{
    Q_OBJECT
public:
    //! Takes over \a socket. One that is \a surplus is told so (503) and closed.
    HttpConnection(HttpServer &server, QTcpSocket *socket, bool surplus);
    ~HttpConnection() override;

    void answer(const HttpAnswer &answer);
    void drop();
    void halfClose();
    //! From the server: \a bytes of room are this connection's now.
    void grantRoom(qsizetype bytes);

private:
    enum class State
    {
        Header,
        Room,
        SizedBody,
        ChunkedBody,
        Handling,
        Draining,
        Closed
    };

    void process();
    void processLater();
    // Each does one step and returns whether there may be another one.
    bool readHeader();
    bool takeRoom();
    bool readSizedBody();
    bool readChunkedBody();

    [[nodiscard]] qsizetype fill(qsizetype bytes);
    bool act(HttpRequestParser::Result result);
    bool headerComplete();
    void dispatch();
    void refuse(const Refusal &refusal);
    void write(const HttpAnswer &answer);
    void discard();
    void close();
    void checkIdle();

    HttpServer &m_server;
    QTcpSocket *const m_socket;
    std::unique_ptr<HttpRequestParser> m_parser;
    std::weak_ptr<HttpExchange> m_exchange; //!< The request that waits for its answer.
    HttpRequest m_request;
    QByteArray m_input;     //!< Read from the socket and not parsed yet.
    QByteArray m_body;      //!< A sized body is as long as announced from the start.
    qsizetype m_filled = 0; //!< Bytes of a sized body that are there.
    qsizetype m_room = 0;   //!< Bytes taken from the server's bound.
    qint64 m_bodyBytes = 0; //!< As announced; -1 for a chunked body.
    qint64 m_toDiscard = 0;
    State m_state = State::Header;
    bool m_needsMore = true; //!< The parser has seen all of m_input.
    bool m_keepsAlive = true;
    bool m_isHttp10 = false;
    bool m_isHead = false;
    bool m_awaitsWriting = false; //!< The next request waits until answers are taken.
    bool m_processing = false;
    QTimer m_idle;
    QElapsedTimer m_sinceActivity;
};

} // namespace trace
