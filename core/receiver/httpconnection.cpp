// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/httpconnection.h"

#include "core/platform/logging.h"
#include "core/receiver/httprequestparser.h"
#include "core/receiver/requestguard.h"

#include <QScopeGuard>
#include <QScopedValueRollback>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype headerPiece = 64 * 1024;
constexpr qsizetype bodyPiece = 256 * 1024;
// Room of a body of which nothing has come yet.
constexpr qsizetype firstRoom = 64 * 1024;
// So much shows that a client does not drip.
constexpr qint64 goodPiece = 16 * 1024;
// Then other clients have their turn.
constexpr int stepsAtOnce = 64;
// Answers that the client has not taken; above this its next request must wait.
constexpr qint64 maxUnsent = 4 * 1024 * 1024;
// How long a refused body is still read, so that the client sees the answer and no reset.
constexpr auto lingerForBody = 1s;
constexpr auto lingerForUnknown = 100ms;

constexpr qint64 unknownLength = std::numeric_limits<qint64>::max();

const Refusal tooSlow{408, u"the rest of the request did not come in time"_s, {}};

} // namespace

HttpConnection::HttpConnection(HttpServer &server, qintptr descriptor, bool surplus)
    : QObject(&server)
    , m_server(server)
    , m_socket(descriptor)
    , m_activeAt(server.now())
    , m_requestAt(m_activeAt)
    , m_quietSince(m_activeAt)
{
    connect(&m_socket, &StreamSocket::readable, this, &HttpConnection::readable);
    connect(&m_socket, &StreamSocket::written, this, &HttpConnection::written);
    if (surplus) {
        m_bodyBytes = -1;
        refuse({503,
                u"at most %1 connections at a time"_s.arg(server.m_options.maxConnections),
                {{"Retry-After"_ba, "1"_ba}}});
    }
}

HttpConnection::~HttpConnection()
{
    leave();
}

void HttpConnection::readable()
{
    if (waitsForUs() || m_awaitsWriting || m_state == State::Handling) {
        // Not read before its turn has come.
        static_cast<void>(m_socket.watch());
        if (m_socket.hasInputEnded())
            m_activeAt = m_server.now();
        else if (!m_socket.isOpen())
            leave();
        return;
    }
    process();
}

void HttpConnection::written()
{
    tookBytes(1);
    if (m_awaitsWriting || m_state == State::Closing || !m_socket.isOpen())
        process();
}

void HttpConnection::tookBytes(qint64 bytes)
{
    m_activeAt = m_server.now();
    m_bytesSinceMark += bytes;
    if (m_bytesSinceMark < goodPiece)
        return;
    m_bytesSinceMark = 0;
    m_quietSince = m_activeAt;
}

void HttpConnection::process()
{
    // Answers that are given inside the handler come back here.
    if (m_processing)
        return;
    const QScopedValueRollback<bool> guard(m_processing, true);
    int steps = 0;
    while (m_socket.isOpen() && step()) {
        if (++steps == stepsAtOnce) {
            processLater();
            return;
        }
    }
    if (!m_socket.isOpen())
        leave();
    else if (m_socket.hasInputEnded())
        inputEnded();
}

// Not at once: the caller may be in the midst of something.
void HttpConnection::processLater()
{
    if (std::exchange(m_isQueued, true))
        return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_isQueued = false;
            process();
        },
        Qt::QueuedConnection);
}

bool HttpConnection::step()
{
    if (m_waitsForRoom)
        return false;
    switch (m_state) {
    case State::Header:
        return readHeader();
    case State::SizedBody:
        return readSizedBody();
    case State::ChunkedBody:
        return readChunkedBody();
    case State::Draining:
        return discard();
    case State::Closing:
        if (m_socket.bytesToWrite() == 0)
            m_socket.close();
        return false;
    case State::Handling:
    case State::Closed:
        return false;
    }
    return false;
}

//! The client sends no more, and all of it was read.
void HttpConnection::inputEnded()
{
    if (waitsForUs() || m_awaitsWriting || m_state == State::Handling || m_state == State::Closing)
        return;
    if (!isMidRequest()) {
        close();
        return;
    }
    m_bodyBytes = 0;
    refuse({400, u"the request ends before it is complete"_s, {}});
}

bool HttpConnection::isMidRequest() const
{
    return m_parser || m_state == State::SizedBody;
}

bool HttpConnection::waitsForUs() const
{
    // Who sends no more may have gone altogether.
    return m_waitsForRoom || (m_state == State::Handling && !m_socket.hasInputEnded());
}

// Moves up to \a bytes from the socket to m_input and returns how many.
qint64 HttpConnection::fill(qsizetype bytes)
{
    QByteArray &scratch = m_server.m_scratch;
    const qint64 got = m_socket.read(scratch.data(), std::min(bytes, scratch.size()));
    if (got > 0) {
        m_input.append(scratch.constData(), got);
        tookBytes(got);
    }
    return got;
}

bool HttpConnection::readHeader()
{
    m_awaitsWriting = m_socket.bytesToWrite() > maxUnsent;
    if (m_awaitsWriting) {
        m_socket.pauseReading();
        return false;
    }
    if (m_needsMore && fill(headerPiece) == 0)
        return false;
    if (!m_parser) {
        // RFC 9112, 2.2: empty lines before a request are ignored.
        const auto start = std::find_if(m_input.cbegin(), m_input.cend(),
                                        [](char c) { return c != '\r' && c != '\n'; });
        m_input.remove(0, start - m_input.cbegin());
        m_needsMore = m_input.isEmpty();
        if (m_needsMore)
            return true;
        m_parser = std::make_unique<HttpRequestParser>(m_server.m_options.maxHeaderBytes);
        m_requestAt = m_server.now();
    }
    return act(m_parser->parse(m_input));
}

bool HttpConnection::act(HttpRequestParser::Result result)
{
    using Result = HttpRequestParser::Result;
    m_needsMore = result == Result::NeedsMore;
    if (m_state == State::Header)
        m_isHead = false;
    switch (result) {
    case Result::NeedsMore:
        break;
    case Result::HeaderIsThere:
        headerComplete();
        break;
    case Result::BodyIsThere:
        m_body = m_parser->takeBody();
        m_parser.reset();
        dispatch();
        break;
    case Result::HeaderTooLong:
        m_bodyBytes = -1;
        refuse(
            {431, u"a header of more than %1 bytes"_s.arg(m_server.m_options.maxHeaderBytes), {}});
        break;
    case Result::BodyTooLong:
        refuse(
            {413, u"the body is longer than %1 bytes"_s.arg(m_server.m_options.maxBodyBytes), {}});
        break;
    case Result::Malformed:
        m_bodyBytes = -1;
        refuse({400, u"malformed HTTP: "_s + m_parser->errorText(), {}});
        break;
    }
    return true;
}

void HttpConnection::headerComplete()
{
    m_request = m_parser->head();
    m_keepsAlive = m_parser->keepsAlive();
    m_isHttp10 = m_parser->version() == 10;
    m_isHead = m_request.method == "HEAD";
    m_bodyBytes = m_parser->isChunked() ? -1 : m_parser->contentLength();
    const auto refusal =
        m_server.m_guard.check(m_request, m_parser->target(), m_parser->version(), m_bodyBytes);
    if (refusal) {
        if (refusal->status == 400)
            m_bodyBytes = -1;
        refuse(*refusal);
        return;
    }
    m_filled = 0;
    m_needsMore = m_input.isEmpty();
    if (m_bodyBytes < 0) {
        m_parser->expectChunkedBody(m_server.m_options.maxBodyBytes);
        m_state = State::ChunkedBody;
    } else {
        m_parser.reset();
        m_state = State::SizedBody;
    }
    if (m_bodyBytes == 0)
        dispatch();
    else if (takeRoom(std::min(firstRoom, missingRoom())))
        invite();
}

qsizetype HttpConnection::missingRoom() const
{
    return (m_bodyBytes < 0 ? m_server.m_options.maxBodyBytes : m_bodyBytes) - m_room;
}

//! Room for so many bytes in all. Else it comes later, and the body waits.
bool HttpConnection::takeRoom(qsizetype total)
{
    if (m_server.takeRoom(this, total - m_room)) {
        m_room = total;
        return true;
    }
    m_waitsForRoom = true;
    m_waitsSince = m_server.now();
    m_socket.pauseReading();
    return false;
}

void HttpConnection::grantRoom(qsizetype bytes)
{
    const bool isFirst = m_room == 0;
    m_room += bytes;
    m_waitsForRoom = false;
    m_activeAt = m_server.now();
    m_quietSince = m_activeAt;
    m_requestAt += m_activeAt - m_waitsSince;
    if (isFirst)
        invite();
    processLater();
}

void HttpConnection::invite()
{
    const QByteArray expect = headerValue(m_request.headers, "Expect");
    // A body that comes already needs no invitation.
    if (!expect.isEmpty() && !m_isHttp10 && m_input.isEmpty() && m_socket.watch())
        m_socket.write("HTTP/1.1 100 Continue\r\n\r\n");
}

bool HttpConnection::readSizedBody()
{
    // As much room as has come takes already, so that who drips holds little.
    if (m_filled == m_room && !takeRoom(m_room + std::min(m_room, missingRoom())))
        return false;
    m_body.resize(m_room);
    const qsizetype there = std::min(m_input.size(), m_room - m_filled);
    if (there > 0) {
        std::memcpy(m_body.data() + m_filled, m_input.constData(), std::size_t(there));
        m_input.remove(0, there);
        m_filled += there;
    } else {
        const qint64 got = m_socket.read(m_body.data() + m_filled, m_room - m_filled);
        if (got == 0)
            return false;
        tookBytes(got);
        m_filled += got;
    }
    if (m_filled == m_bodyBytes)
        dispatch();
    return true;
}

bool HttpConnection::readChunkedBody()
{
    if (m_needsMore && fill(bodyPiece) == 0)
        return false;
    m_needsMore = false;
    const qsizetype wanted = m_parser->bodyBytes() + m_input.size() - m_room;
    if (wanted > 0 && missingRoom() > 0 &&
        !takeRoom(m_room + std::min(std::max(wanted, m_room), missingRoom())))
        return false;
    return act(m_parser->parse(m_input));
}

void HttpConnection::dispatch()
{
    m_state = State::Handling;
    m_quietSince = m_server.now();
    m_needsMore = m_input.isEmpty();
    if (m_socket.isReadingPaused())
        static_cast<void>(m_socket.watch()); // so that its end is seen
    m_request.body = std::exchange(m_body, {});
    const qsizetype size = m_request.body.size();
    auto exchange = std::make_shared<HttpExchange>(m_server, *this, size);
    m_exchange = exchange;
    const qsizetype surplus = std::exchange(m_room, 0) - size;
    if (surplus > 0)
        m_server.giveBackRoom(surplus);
    m_server.m_handler(std::move(m_request), HttpResponder(std::move(exchange)));
}

void HttpConnection::answer(const HttpAnswer &answer)
{
    if (m_state != State::Handling)
        return;
    m_requestAt = m_server.now();
    m_activeAt = m_requestAt;
    m_quietSince = m_requestAt;
    m_bytesSinceMark = 0;
    m_state = State::Header;
    qCDebug(logging::receiver) << "answered" << answer.status;
    write(answer);
    if (!m_keepsAlive)
        close();
    else if (!m_input.isEmpty() || m_socket.isReadingPaused() || !m_socket.isOpen())
        processLater();
}

void HttpConnection::drop()
{
    m_socket.close();
    leave();
}

void HttpConnection::evict()
{
    if (isMidRequest()) {
        m_keepsAlive = false;
        write({tooSlow.status, "text/plain; charset=utf-8"_ba, tooSlow.text.toUtf8() + '\n', {}});
    }
    drop();
}

void HttpConnection::halfClose()
{
    if (m_state != State::Handling)
        return;
    if (m_socket.bytesToWrite() > 0 || !m_socket.endSending()) {
        drop();
        return;
    }
    m_input.clear();
    m_requestAt = m_server.now();
    m_toDiscard = unknownLength;
    m_state = State::Draining;
    processLater(); // A pipelined request may wait in the socket.
}

void HttpConnection::refuse(const Refusal &refusal)
{
    m_keepsAlive = false;
    if (std::exchange(m_waitsForRoom, false))
        m_server.stopWaiting(this);
    m_parser.reset();
    m_body.clear();
    if (m_room > 0)
        m_server.giveBackRoom(std::exchange(m_room, 0));
    write({refusal.status, "text/plain; charset=utf-8"_ba, refusal.text.toUtf8() + '\n',
           refusal.headers});
    // A body that waits for "100 Continue" will not come.
    const bool waits = !headerValue(m_request.headers, "Expect").isEmpty() && m_bodyBytes > 0;
    m_toDiscard =
        m_bodyBytes < 0 || waits ? unknownLength : m_bodyBytes - m_filled - m_input.size();
    m_input.clear();
    if (m_toDiscard <= 0) {
        close();
        return;
    }
    m_state = State::Draining;
    QTimer::singleShot(m_toDiscard == unknownLength ? lingerForUnknown : lingerForBody, this,
                       &HttpConnection::close);
    processLater();
}

void HttpConnection::write(const HttpAnswer &answer)
{
    const QByteArray connection = !m_keepsAlive ? "close"_ba
                                  : m_isHttp10  ? "keep-alive"_ba
                                                : QByteArray();
    QByteArray head = answerHead(answer, m_server.date(), connection);
    const bool sendsBody = mayHaveBody(answer.status) && !m_isHead;
    const bool together = answer.body.size() <= headerPiece; // One packet where it fits.
    if (sendsBody && together)
        head += answer.body;
    m_socket.write(head);
    if (sendsBody && !together)
        m_socket.write(answer.body);
}

bool HttpConnection::discard()
{
    QByteArray &scratch = m_server.m_scratch;
    const qint64 got = m_socket.read(scratch.data(), std::min<qint64>(m_toDiscard, scratch.size()));
    tookBytes(got);
    m_toDiscard -= m_toDiscard == unknownLength ? 0 : got;
    if (m_toDiscard <= 0)
        close();
    return got > 0;
}

//! Once what was written has gone out.
void HttpConnection::close()
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closing;
    if (m_socket.bytesToWrite() == 0)
        drop();
}

//! Gives back all that it has of the server; is deleted later.
void HttpConnection::leave()
{
    if (std::exchange(m_state, State::Closed) == State::Closed)
        return;
    m_waitsForRoom = false;
    m_server.remove(this);
    if (m_room > 0)
        m_server.giveBackRoom(std::exchange(m_room, 0));
    // A handler may keep its responder long after the client has given up.
    if (const auto exchange = m_exchange.lock())
        exchange->release();
    deleteLater();
}

void HttpConnection::checkTime()
{
    const HttpServerOptions &options = m_server.m_options;
    const std::chrono::milliseconds quiet{m_server.now() - m_activeAt};
    const std::chrono::milliseconds total{m_server.now() - m_requestAt};
    if (m_waitsForRoom) {
        const std::chrono::milliseconds waited{m_server.now() - m_waitsSince};
        if (waited >= options.roomTimeout)
            refuse({503, u"too much is under way here"_s, {{"Retry-After"_ba, "1"_ba}}});
        return;
    }
    const bool isQuiet = quiet >= options.idleTimeout;
    switch (m_state) {
    case State::Header:
        if (m_parser && (isQuiet || total >= options.headerTimeout)) {
            m_bodyBytes = -1; // it may go on to send
            refuse(tooSlow);
        } else if (m_socket.bytesToWrite() > 0 && isQuiet) {
            drop(); // It does not take its answer.
        } else if (!m_parser && m_socket.bytesToWrite() == 0 && total >= options.keepAliveTimeout) {
            close();
        }
        break;
    case State::SizedBody:
    case State::ChunkedBody:
        if (isQuiet || total >= options.requestTimeout) {
            m_bodyBytes = -1; // it may go on to send
            refuse(tooSlow);
        }
        break;
    case State::Handling:
        if (m_socket.hasInputEnded() && isQuiet)
            drop(); // Most likely it has gone.
        break;
    case State::Draining:
    case State::Closing:
        if (isQuiet || total >= options.requestTimeout)
            drop();
        break;
    case State::Closed:
        break;
    }
}

} // namespace trace
