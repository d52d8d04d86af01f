// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/httpconnection.h"

#include "core/platform/logging.h"

#include <QScopedValueRollback>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// An answer of so many bytes goes out in one piece with its header.
constexpr qsizetype smallAnswer = 64 * 1024;
// So much shows that a client does not drip.
constexpr qint64 goodPiece = 16 * 1024;
// Then other clients have their turn.
constexpr int stepsAtOnce = 64;
// Answers that the client has not taken; above this its next request must wait.
constexpr qint64 maxUnsent = 4 * 1024 * 1024;
// How long a refused body is still read, so that the client sees the answer and no reset.
constexpr auto lingerForBody = 1s;
constexpr auto lingerForUnknown = 100ms;

constexpr qint64 unknownLength = RequestReader::unknownLength;

const Refusal tooSlow{408, u"the rest of the request did not come in time"_s, {}};

} // namespace

HttpConnection::HttpConnection(HttpServer &server, qintptr descriptor, bool surplus)
    : QObject(&server)
    , m_server(server)
    , m_socket(descriptor)
    , m_reader(server.m_options, server.m_guard, m_socket, server.m_scratch)
    , m_activeAt(server.now())
    , m_requestAt(m_activeAt)
    , m_quietSince(m_activeAt)
{
    connect(&m_socket, &StreamSocket::readable, this, &HttpConnection::readable);
    connect(&m_socket, &StreamSocket::written, this, &HttpConnection::written);
    if (surplus) {
        refuse({503,
                u"at most %1 connections at a time"_s.arg(server.m_options.maxConnections),
                {{"Retry-After"_ba, "1"_ba}}},
               unknownLength);
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
    switch (m_state) {
    case State::Reading:
        return !m_waitsForRoom && read();
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
    if (m_reader.isMidRequest())
        refuse({400, u"the request ends before it is complete"_s, {}}, 0);
    else
        close();
}

bool HttpConnection::waitsForUs() const
{
    // Who sends no more may have gone altogether.
    return m_waitsForRoom || (m_state == State::Handling && !m_socket.hasInputEnded());
}

bool HttpConnection::read()
{
    const bool isNew = !m_reader.isMidRequest();
    m_awaitsWriting = isNew && m_socket.bytesToWrite() > maxUnsent;
    if (m_awaitsWriting) {
        m_socket.pauseReading();
        return false;
    }
    const RequestReader::Step step = m_reader.step();
    if (const qint64 count = m_reader.takeCount(); count > 0)
        tookBytes(count);
    if (isNew && m_reader.isMidRequest())
        m_requestAt = m_server.now();
    switch (step) {
    case RequestReader::Step::Again:
        return true;
    case RequestReader::Step::NeedsInput:
        return false;
    case RequestReader::Step::NeedsRoom:
        return takeRoom();
    case RequestReader::Step::Complete:
        dispatch();
        return true;
    case RequestReader::Step::Refused:
        refuse(m_reader.refusal(), m_reader.abandon());
        return true;
    }
    return false;
}

//! False when the body has to wait for it.
bool HttpConnection::takeRoom()
{
    const qsizetype bytes = m_reader.wantedRoom();
    if (m_server.takeRoom(this, bytes)) {
        m_reader.addRoom(bytes);
        return true;
    }
    m_waitsForRoom = true;
    m_waitsSince = m_server.now();
    m_socket.pauseReading();
    return false;
}

void HttpConnection::grantRoom(qsizetype bytes)
{
    m_waitsForRoom = false;
    m_activeAt = m_server.now();
    m_quietSince = m_activeAt;
    m_requestAt += m_activeAt - m_waitsSince;
    m_reader.addRoom(bytes);
    processLater();
}

void HttpConnection::dispatch()
{
    m_state = State::Handling;
    m_quietSince = m_server.now();
    m_keepsAlive = m_reader.keepsAlive();
    if (m_socket.isReadingPaused())
        static_cast<void>(m_socket.watch()); // so that its end is seen
    HttpRequest request = m_reader.takeRequest();
    const qsizetype size = request.body.size();
    auto exchange = std::make_shared<HttpExchange>(m_server, *this, size);
    m_exchange = exchange;
    const qsizetype surplus = m_reader.takeRoom() - size;
    if (surplus > 0)
        m_server.giveBackRoom(surplus);
    m_server.m_handler(std::move(request), HttpResponder(std::move(exchange)));
}

void HttpConnection::answer(const HttpAnswer &answer)
{
    if (m_state != State::Handling)
        return;
    m_requestAt = m_server.now();
    m_activeAt = m_requestAt;
    m_quietSince = m_requestAt;
    m_bytesSinceMark = 0;
    m_state = State::Reading;
    qCDebug(logging::receiver) << "answered" << answer.status;
    write(answer);
    if (!m_keepsAlive)
        close();
    else if (m_reader.hasInput() || m_socket.isReadingPaused() || !m_socket.isOpen())
        processLater();
}

void HttpConnection::drop()
{
    m_socket.close();
    leave();
}

void HttpConnection::evict()
{
    if (m_reader.isMidRequest()) {
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
    static_cast<void>(m_reader.abandon());
    m_requestAt = m_server.now();
    m_toDiscard = unknownLength;
    m_state = State::Draining;
    processLater(); // A pipelined request may wait in the socket.
}

void HttpConnection::refuse(const Refusal &refusal, qint64 toDiscard)
{
    m_keepsAlive = false;
    if (std::exchange(m_waitsForRoom, false))
        m_server.stopWaiting(this);
    if (room() > 0)
        m_server.giveBackRoom(m_reader.takeRoom());
    write({refusal.status, "text/plain; charset=utf-8"_ba, refusal.text.toUtf8() + '\n',
           refusal.headers});
    static_cast<void>(m_reader.abandon());
    m_toDiscard = toDiscard;
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
    const QByteArray connection = !m_keepsAlive         ? "close"_ba
                                  : m_reader.isHttp10() ? "keep-alive"_ba
                                                        : QByteArray();
    QByteArray head = answerHead(answer, m_server.date(), connection);
    const bool sendsBody = mayHaveBody(answer.status) && !m_reader.isHead();
    const bool together = answer.body.size() <= smallAnswer; // One packet where it fits.
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
    if (room() > 0)
        m_server.giveBackRoom(m_reader.takeRoom());
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
            refuse({503, u"too much is under way here"_s, {{"Retry-After"_ba, "1"_ba}}},
                   m_reader.abandon());
        return;
    }
    const bool isQuiet = quiet >= options.idleTimeout;
    switch (m_state) {
    case State::Reading:
        if (m_reader.isMidRequest()) {
            if (isQuiet ||
                total >= (m_reader.isMidBody() ? options.requestTimeout : options.headerTimeout))
                refuse(tooSlow, unknownLength);
        } else if (m_socket.bytesToWrite() > 0) {
            if (isQuiet)
                drop(); // It does not take its answer.
        } else if (total >= options.keepAliveTimeout) {
            close();
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
