// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/streamsocket.h"
#include "core/receiver/httprequestparser.h"
#include "core/receiver/httpserver.h"
#include "core/receiver/requestguard.h"

#include <limits>
#include <memory>

namespace trace {

//! Reads the requests of one client, one after the other, in small steps. Asks for room before it
//! keeps bytes of a body.
class RequestReader final
{
public:
    enum class Step
    {
        Again,
        NeedsInput, //!< The socket has nothing for now.
        NeedsRoom,  //!< wantedRoom() is to be given with addRoom().
        Complete,   //!< takeRequest() gives it.
        Refused     //!< refusal() says why; nothing more is read here.
    };
    static constexpr qint64 unknownLength = std::numeric_limits<qint64>::max();

    //! \a scratch is what is read into; readers may share it.
    RequestReader(const HttpServerOptions &options, const RequestGuard &guard, StreamSocket &socket,
                  QByteArray &scratch);

    [[nodiscard]] Step step();
    [[nodiscard]] HttpRequest takeRequest();

    [[nodiscard]] bool isMidRequest() const { return m_parser || isMidBody(); }
    [[nodiscard]] bool isMidBody() const { return m_place != Place::Header; }
    [[nodiscard]] bool hasInput() const { return !m_input.isEmpty(); }
    //! Bytes that came since it was last asked.
    [[nodiscard]] qint64 takeCount() { return std::exchange(m_count, 0); }

    [[nodiscard]] qsizetype room() const { return m_room; }
    [[nodiscard]] qsizetype wantedRoom() const { return m_wantedRoom; }
    [[nodiscard]] qsizetype missingRoom() const; //!< The most that the body may need yet.
    void addRoom(qsizetype bytes);
    [[nodiscard]] qsizetype takeRoom() { return std::exchange(m_room, 0); }

    [[nodiscard]] const Refusal &refusal() const { return m_refusal; }
    //! Forgets the request; how much of it may come yet, or unknownLength.
    [[nodiscard]] qint64 abandon();

    // Of the last request with a header.
    [[nodiscard]] bool keepsAlive() const { return m_keepsAlive; }
    [[nodiscard]] bool isHttp10() const { return m_isHttp10; }
    [[nodiscard]] bool isHead() const { return m_isHead; }

private:
    enum class Place
    {
        Header,
        SizedBody,
        ChunkedBody
    };

    [[nodiscard]] Step readHeader();
    [[nodiscard]] Step readSizedBody();
    [[nodiscard]] Step readChunkedBody();
    [[nodiscard]] Step parse();
    [[nodiscard]] Step headerComplete();
    [[nodiscard]] Step refuse(Refusal refusal, bool hasKnownLength = false);
    [[nodiscard]] Step askForRoom(qsizetype bytes);
    [[nodiscard]] qint64 fill(qsizetype bytes);

    const HttpServerOptions &m_options;
    const RequestGuard &m_guard;
    StreamSocket &m_socket;
    QByteArray &m_scratch;
    std::unique_ptr<HttpRequestParser> m_parser;
    HttpRequest m_request;
    Refusal m_refusal;
    QByteArray m_input;     //!< Read from the socket and not parsed yet.
    QByteArray m_body;      //!< A sized one; as long as its room.
    qsizetype m_filled = 0; //!< Bytes of a sized body that are there.
    qsizetype m_room = 0;
    qsizetype m_wantedRoom = 0;
    qint64 m_bodyBytes = 0; //!< As announced; -1 for a chunked body.
    qint64 m_count = 0;
    Place m_place = Place::Header;
    bool m_needsMore = true; //!< The parser has seen all of m_input.
    bool m_keepsAlive = true;
    bool m_isHttp10 = false;
    bool m_isHead = false;
};

} // namespace trace
