// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/streamsocket.h"
#include "core/receiver/httpanswer.h"
#include "core/receiver/httprequestparser.h"
#include "core/receiver/httpserver.h"

#include <QPointer>

#include <memory>

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
    //! Takes over \a descriptor. One that is \a surplus is told so (503) and closed.
    HttpConnection(HttpServer &server, qintptr descriptor, bool surplus);
    ~HttpConnection() override;

    void answer(const HttpAnswer &answer);
    void drop();
    void halfClose();

    // For the server, which weighs its clients against each other.
    //! \a bytes of room are this connection's now.
    void grantRoom(qsizetype bytes);
    [[nodiscard]] qsizetype room() const { return m_room; } //!< Of a body that is being read.
    [[nodiscard]] qsizetype missingRoom() const; //!< The most that the body may need yet.
    //! Not the client, but this side is the one that is waited for.
    [[nodiscard]] bool waitsForUs() const;
    //! When it last sent or took a good piece, had a request complete or an answer, in now().
    [[nodiscard]] qint64 quietSince() const { return m_quietSince; }
    void checkTime(); //!< Ends it when it is beyond its deadlines.
    void evict();     //!< At once, for the good of others.

private:
    enum class State
    {
        Header,
        SizedBody,
        ChunkedBody,
        Handling,
        Draining, //!< What comes is of no use.
        Closing,  //!< What was written goes out yet.
        Closed
    };

    void process();
    void processLater();
    // Each does one step and returns whether there may be another one.
    [[nodiscard]] bool step();
    [[nodiscard]] bool readHeader();
    [[nodiscard]] bool readSizedBody();
    [[nodiscard]] bool readChunkedBody();
    [[nodiscard]] bool discard();

    void readable();
    void written();
    void inputEnded();
    void tookBytes(qint64 bytes);
    [[nodiscard]] qint64 fill(qsizetype bytes);
    bool act(HttpRequestParser::Result result);
    void headerComplete();
    [[nodiscard]] bool takeRoom(qsizetype total);
    void invite();
    void dispatch();
    void refuse(const Refusal &refusal);
    void write(const HttpAnswer &answer);
    void close();
    void leave();
    [[nodiscard]] bool isMidRequest() const;

    HttpServer &m_server;
    StreamSocket m_socket;
    std::unique_ptr<HttpRequestParser> m_parser;
    std::weak_ptr<HttpExchange> m_exchange; //!< The request that waits for its answer.
    HttpRequest m_request;
    QByteArray m_input;     //!< Read from the socket and not parsed yet.
    QByteArray m_body;      //!< A sized one; as long as its room.
    qsizetype m_filled = 0; //!< Bytes of a sized body that are there.
    qsizetype m_room = 0;   //!< Bytes taken from the server's bound.
    qint64 m_bodyBytes = 0; //!< As announced; -1 for a chunked body.
    qint64 m_toDiscard = 0;
    State m_state = State::Header;
    bool m_needsMore = true; //!< The parser has seen all of m_input.
    bool m_keepsAlive = true;
    bool m_isHttp10 = false;
    bool m_isHead = false;
    bool m_waitsForRoom = false;
    bool m_awaitsWriting = false; //!< The next request waits until answers are taken.
    bool m_processing = false;
    bool m_isQueued = false; //!< process() will be called.
    // In the server's now().
    qint64 m_activeAt;  //!< The last byte came or went.
    qint64 m_requestAt; //!< The first byte of this request came, or the last answer was given.
    qint64 m_quietSince;
    qint64 m_waitsSince = 0;     //!< For room.
    qint64 m_bytesSinceMark = 0; //!< Came and went since m_quietSince.
};

} // namespace trace
