// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/requestreader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype headerPiece = 64 * 1024;
constexpr qsizetype bodyPiece = 256 * 1024;
// Room of a body of which nothing has come yet.
constexpr qsizetype firstRoom = 64 * 1024;

} // namespace

RequestReader::RequestReader(const HttpServerOptions &options, const RequestGuard &guard,
                             StreamSocket &socket, QByteArray &scratch)
    : m_options(options)
    , m_guard(guard)
    , m_socket(socket)
    , m_scratch(scratch)
{}

RequestReader::Step RequestReader::step()
{
    switch (m_place) {
    case Place::Header:
        return readHeader();
    case Place::SizedBody:
        return readSizedBody();
    case Place::ChunkedBody:
        return readChunkedBody();
    }
    return Step::NeedsInput;
}

// Moves up to \a bytes from the socket to m_input and returns how many.
qint64 RequestReader::fill(qsizetype bytes)
{
    const qint64 got = m_socket.read(m_scratch.data(), std::min(bytes, m_scratch.size()));
    if (got > 0)
        m_input.append(m_scratch.constData(), got);
    m_count += got;
    return got;
}

RequestReader::Step RequestReader::readHeader()
{
    if (m_needsMore && fill(headerPiece) == 0)
        return Step::NeedsInput;
    if (!m_parser) {
        // RFC 9112, 2.2: empty lines before a request are ignored.
        const auto start = std::find_if(m_input.cbegin(), m_input.cend(),
                                        [](char c) { return c != '\r' && c != '\n'; });
        m_input.remove(0, start - m_input.cbegin());
        m_needsMore = m_input.isEmpty();
        if (m_needsMore)
            return Step::Again;
        m_parser = std::make_unique<HttpRequestParser>(m_options.maxHeaderBytes);
        m_isHead = false;
    }
    return parse();
}

RequestReader::Step RequestReader::parse()
{
    using Result = HttpRequestParser::Result;
    const Result result = m_parser->parse(m_input);
    m_needsMore = result == Result::NeedsMore;
    switch (result) {
    case Result::NeedsMore:
        return Step::Again;
    case Result::HeaderIsThere:
        return headerComplete();
    case Result::BodyIsThere:
        m_body = m_parser->takeBody();
        return Step::Complete;
    case Result::HeaderTooLong:
        return refuse({431, u"a header of more than %1 bytes"_s.arg(m_options.maxHeaderBytes), {}});
    case Result::BodyTooLong:
        return refuse({413, u"the body is longer than %1 bytes"_s.arg(m_options.maxBodyBytes), {}});
    case Result::Malformed:
        break;
    }
    return refuse({400, u"malformed HTTP: "_s + m_parser->errorText(), {}});
}

RequestReader::Step RequestReader::headerComplete()
{
    m_request = m_parser->head();
    m_keepsAlive = m_parser->keepsAlive();
    m_isHttp10 = m_parser->version() == 10;
    m_isHead = m_request.method == "HEAD";
    m_bodyBytes = m_parser->isChunked() ? -1 : m_parser->contentLength();
    if (auto refusal =
            m_guard.check(m_request, m_parser->target(), m_parser->version(), m_bodyBytes))
        return refuse(*refusal, refusal->status != 400 && m_bodyBytes >= 0);
    m_needsMore = m_input.isEmpty();
    if (m_bodyBytes < 0) {
        m_parser->expectChunkedBody(m_options.maxBodyBytes);
        m_place = Place::ChunkedBody;
    } else {
        m_parser.reset();
        m_place = Place::SizedBody;
    }
    return m_bodyBytes == 0 ? Step::Complete : askForRoom(firstRoom);
}

qsizetype RequestReader::missingRoom() const
{
    return (m_bodyBytes < 0 ? m_options.maxBodyBytes : m_bodyBytes) - m_room;
}

RequestReader::Step RequestReader::askForRoom(qsizetype bytes)
{
    m_wantedRoom = std::min(bytes, missingRoom());
    return Step::NeedsRoom;
}

void RequestReader::addRoom(qsizetype bytes)
{
    const QByteArray expect = m_room == 0 ? headerValue(m_request.headers, "Expect") : QByteArray();
    m_room += bytes;
    // A body that comes already needs no invitation.
    if (!expect.isEmpty() && !m_isHttp10 && m_input.isEmpty() && m_socket.watch())
        m_socket.write("HTTP/1.1 100 Continue\r\n\r\n");
}

RequestReader::Step RequestReader::readSizedBody()
{
    // As much room as has come takes already, so that who drips holds little.
    if (m_filled == m_room)
        return askForRoom(m_room);
    m_body.resize(m_room);
    const qsizetype there = std::min(m_input.size(), m_room - m_filled);
    if (there > 0) {
        std::memcpy(m_body.data() + m_filled, m_input.constData(), std::size_t(there));
        m_input.remove(0, there);
        m_filled += there;
    } else {
        const qint64 got = m_socket.read(m_body.data() + m_filled, m_room - m_filled);
        if (got == 0)
            return Step::NeedsInput;
        m_count += got;
        m_filled += got;
    }
    return m_filled == m_bodyBytes ? Step::Complete : Step::Again;
}

RequestReader::Step RequestReader::readChunkedBody()
{
    if (m_needsMore && fill(bodyPiece) == 0)
        return Step::NeedsInput;
    m_needsMore = false;
    const qsizetype wanted = m_parser->bodyBytes() + m_input.size() - m_room;
    if (wanted > 0 && missingRoom() > 0)
        return askForRoom(std::max(wanted, m_room));
    return parse();
}

HttpRequest RequestReader::takeRequest()
{
    m_parser.reset();
    m_place = Place::Header;
    m_filled = 0;
    m_needsMore = m_input.isEmpty();
    m_request.body = std::exchange(m_body, {});
    return std::exchange(m_request, {});
}

RequestReader::Step RequestReader::refuse(Refusal refusal, bool hasKnownLength)
{
    m_refusal = std::move(refusal);
    if (!hasKnownLength)
        m_bodyBytes = -1;
    return Step::Refused;
}

qint64 RequestReader::abandon()
{
    // A body that waits for "100 Continue" will not come.
    const bool waits = !headerValue(m_request.headers, "Expect").isEmpty() && m_bodyBytes > 0;
    const qint64 left =
        m_bodyBytes < 0 || waits ? unknownLength : m_bodyBytes - m_filled - m_input.size();
    m_parser.reset();
    m_body.clear();
    m_input.clear();
    m_place = Place::Header;
    return std::max<qint64>(left, 0);
}

} // namespace trace
