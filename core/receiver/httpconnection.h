// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/streamsocket.h"
#include "core/receiver/httpanswer.h"
#include "core/receiver/httpserver.h"
#include "core/receiver/requestreader.h"

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
    //! Of a body that is being read, and the most that it may need yet.
    [[nodiscard]] qsizetype room() const { return m_reader.room(); }
    [[nodiscard]] qsizetype missingRoom() const { return m_reader.missingRoom(); }
    //! Not the client, but this side is the one that is waited for.
    [[nodiscard]] bool waitsForUs() const;
    //! When it last sent or took a good piece, had a request complete or an answer, in now().
    [[nodiscard]] qint64 quietSince() const { return m_quietSince; }
    void checkTime(); //!< Ends it when it is beyond its deadlines.
    void evict();     //!< At once, for the good of others.

private:
    enum class State
    {
        Reading,
        Handling,
        Draining, //!< What comes is of no use.
        Closing,  //!< What was written goes out yet.
        Closed
    };

    void process();
    void processLater();
    // Each does one step and returns whether there may be another one.
    [[nodiscard]] bool step();
    [[nodiscard]] bool read();
    [[nodiscard]] bool takeRoom();
    [[nodiscard]] bool discard();

    void readable();
    void written();
    void inputEnded();
    void tookBytes(qint64 bytes);
    void dispatch();
    //! \a toDiscard bytes of the request may come yet.
    void refuse(const Refusal &refusal, qint64 toDiscard);
    void write(const HttpAnswer &answer);
    void close();
    void leave();

    HttpServer &m_server;
    StreamSocket m_socket;
    RequestReader m_reader;
    std::weak_ptr<HttpExchange> m_exchange; //!< The request that waits for its answer.
    qint64 m_toDiscard = 0;
    State m_state = State::Reading;
    bool m_keepsAlive = true;
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
