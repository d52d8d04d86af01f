// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/httpconnection.h"

#include "core/platform/halfclose.h"
#include "core/platform/logging.h"
#include "core/receiver/httprequestparser.h"
#include "core/receiver/requestguard.h"

#include <QScopedValueRollback>
#include <QTcpSocket>

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
// Answers that the client has not taken; above this its next request must wait.
constexpr qint64 maxUnsent = 4 * 1024 * 1024;
// How long a refused body is still read, so that the client sees the answer and no reset.
constexpr auto lingerForBody = 1s;
constexpr auto lingerForUnknown = 100ms;

constexpr qint64 unknownLength = std::numeric_limits<qint64>::max();

} // namespace

HttpConnection::HttpConnection(HttpServer &server, QTcpSocket *socket, bool surplus)
    : QObject(&server)
    , m_server(server)
    , m_socket(socket)
{
    socket->setParent(this);
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    socket->setReadBufferSize(bodyPiece);
    connect(socket, &QTcpSocket::readyRead, this, [this] {
        m_sinceActivity.start();
        process();
    });
    connect(socket, &QTcpSocket::bytesWritten, this, [this] {
        m_sinceActivity.start();
        if (m_awaitsWriting)
            processLater();
    });
    connect(socket, &QTcpSocket::disconnected, this, [this] {
        m_state = State::Closed;
        m_server.stopWaiting(this);
        deleteLater();
    });
    connect(&m_idle, &QTimer::timeout, this, &HttpConnection::checkIdle);
    m_idle.setSingleShot(true);
    m_idle.start(m_server.m_options.idleTimeout);
    m_sinceActivity.start();
    if (surplus) {
        m_bodyBytes = -1;
        refuse({503,
                u"at most %1 connections at a time"_s.arg(server.m_options.maxConnections),
                {{"Retry-After"_ba, "1"_ba}}});
    }
    processLater(); // Bytes may have come before the signals were connected.
    if (socket->state() != QAbstractSocket::ConnectedState)
        deleteLater();
}

HttpConnection::~HttpConnection()
{
    m_socket->disconnect(this);
    m_server.remove(this);
    if (m_room > 0)
        m_server.giveBackRoom(m_room);
    // A handler may keep its responder long after the client has given up.
    if (const auto exchange = m_exchange.lock())
        exchange->release();
}

void HttpConnection::process()
{
    // Answers that are given inside the handler come back here.
    if (m_processing)
        return;
    const QScopedValueRollback<bool> guard(m_processing, true);
    for (bool more = true; more;) {
        switch (m_state) {
        case State::Header:
            more = readHeader();
            break;
        case State::SizedBody:
            more = readSizedBody();
            break;
        case State::ChunkedBody:
            more = readChunkedBody();
            break;
        case State::Draining:
            discard();
            more = false;
            break;
        case State::Room:
        case State::Handling:
        case State::Closed:
            more = false;
            break;
        }
    }
}

// Not at once: the caller may be in the midst of something.
void HttpConnection::processLater()
{
    if (!m_processing)
        QMetaObject::invokeMethod(this, &HttpConnection::process, Qt::QueuedConnection);
}

// Moves up to \a bytes from the socket to m_input and returns how many.
qsizetype HttpConnection::fill(qsizetype bytes)
{
    const qsizetype available = std::min<qsizetype>(bytes, m_socket->bytesAvailable());
    if (available <= 0)
        return 0;
    const qsizetype old = m_input.size();
    m_input.resize(old + available);
    const qint64 got = m_socket->read(m_input.data() + old, available);
    m_input.resize(old + std::max<qint64>(got, 0));
    return m_input.size() - old;
}

bool HttpConnection::readHeader()
{
    m_awaitsWriting = m_socket->bytesToWrite() > maxUnsent;
    if (m_awaitsWriting)
        return false;
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
    }
    return act(m_parser->parse(m_input));
}

bool HttpConnection::readChunkedBody()
{
    if (m_needsMore && fill(bodyPiece) == 0)
        return false;
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
        return headerComplete();
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

bool HttpConnection::headerComplete()
{
    m_request = m_parser->head();
    m_keepsAlive = m_parser->keepsAlive();
    m_isHttp10 = m_parser->version() == 10;
    m_isHead = m_request.method == "HEAD";
    m_bodyBytes = m_parser->isChunked() ? -1 : m_parser->contentLength();
    const auto refusal = m_server.m_guard.check(m_request, m_parser->version(), m_bodyBytes);
    if (refusal) {
        if (refusal->status == 400)
            m_bodyBytes = -1;
        refuse(*refusal);
        return true;
    }
    if (m_parser->isChunked())
        m_parser->expectChunkedBody(m_server.m_options.maxBodyBytes);
    else
        m_parser.reset();
    return takeRoom();
}

bool HttpConnection::takeRoom()
{
    m_filled = 0;
    if (m_bodyBytes == 0) {
        dispatch();
        return true;
    }
    const qsizetype bytes = m_bodyBytes < 0 ? m_server.m_options.maxBodyBytes : m_bodyBytes;
    m_state = State::Room;
    if (!m_server.takeRoom(this, bytes))
        return false;
    grantRoom(bytes);
    return true;
}

void HttpConnection::grantRoom(qsizetype bytes)
{
    m_room = bytes;
    m_sinceActivity.start();
    const bool chunked = m_bodyBytes < 0;
    m_state = chunked ? State::ChunkedBody : State::SizedBody;
    m_needsMore = m_input.isEmpty();
    const QByteArray expect = headerValue(m_request.headers, "Expect");
    if (!expect.isEmpty() && !m_isHttp10 && m_input.isEmpty() && m_socket->bytesAvailable() == 0) {
        m_socket->write("HTTP/1.1 100 Continue\r\n\r\n");
        m_socket->flush();
    }
    if (!chunked) {
        // As long as announced at once; the system provides the pages as they are filled.
        m_body.resize(m_bodyBytes);
        m_filled = std::min(m_input.size(), m_body.size());
        std::memcpy(m_body.data(), m_input.constData(), std::size_t(m_filled));
        m_input.remove(0, m_filled);
    }
    processLater();
}

bool HttpConnection::readSizedBody()
{
    if (m_filled < m_body.size()) {
        const qint64 got = m_socket->read(m_body.data() + m_filled, m_body.size() - m_filled);
        if (got <= 0)
            return false;
        m_filled += got;
    }
    if (m_filled == m_body.size())
        dispatch();
    return true;
}

void HttpConnection::dispatch()
{
    m_state = State::Handling;
    m_needsMore = m_input.isEmpty();
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
    m_sinceActivity.start();
    m_state = State::Header;
    qCDebug(logging::receiver) << "answered" << answer.status;
    write(answer);
    if (!m_keepsAlive)
        close();
    else if (!m_input.isEmpty() || m_socket->bytesAvailable() > 0)
        processLater();
}

void HttpConnection::drop()
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closed;
    m_socket->abort();
}

void HttpConnection::halfClose()
{
    if (m_state != State::Handling)
        return;
    if (!closeSending(*m_socket)) {
        drop();
        return;
    }
    m_input.clear();
    m_toDiscard = unknownLength;
    m_state = State::Draining;
    processLater(); // A pipelined request may wait in the socket.
}

void HttpConnection::refuse(const Refusal &refusal)
{
    m_keepsAlive = false;
    m_parser.reset();
    m_body.clear();
    if (m_room > 0)
        m_server.giveBackRoom(std::exchange(m_room, 0));
    write({refusal.status, "text/plain; charset=utf-8"_ba, refusal.text.toUtf8() + '\n',
           refusal.headers});
    // A body that waits for "100 Continue" will not come.
    const bool waits = !headerValue(m_request.headers, "Expect").isEmpty() && m_bodyBytes > 0;
    m_toDiscard = m_bodyBytes < 0 || waits ? unknownLength : m_bodyBytes - m_input.size();
    m_input.clear();
    if (m_toDiscard <= 0) {
        close();
        return;
    }
    m_state = State::Draining;
    QTimer::singleShot(m_toDiscard == unknownLength ? lingerForUnknown : lingerForBody, this,
                       &HttpConnection::close);
}

void HttpConnection::write(const HttpAnswer &answer)
{
    if (m_socket->state() != QAbstractSocket::ConnectedState)
        return;
    const QByteArray connection = !m_keepsAlive ? "close"_ba
                                  : m_isHttp10  ? "keep-alive"_ba
                                                : QByteArray();
    QByteArray head = answerHead(answer, m_server.date(), connection);
    const bool sendsBody = mayHaveBody(answer.status) && !m_isHead;
    const bool together = answer.body.size() <= headerPiece; // One packet where it fits.
    if (sendsBody && together)
        head += answer.body;
    m_socket->write(head);
    if (sendsBody && !together)
        m_socket->write(answer.body);
    m_socket->flush();
}

void HttpConnection::discard()
{
    while (m_toDiscard > 0 && m_socket->bytesAvailable() > 0) {
        const qint64 got = m_socket->skip(std::min<qint64>(m_toDiscard, bodyPiece));
        if (got <= 0)
            break;
        m_toDiscard -= got;
    }
    if (m_toDiscard <= 0)
        close();
}

void HttpConnection::close()
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closed;
    m_socket->disconnectFromHost();
}

void HttpConnection::checkIdle()
{
    const std::chrono::milliseconds limit = m_server.m_options.idleTimeout;
    const std::chrono::milliseconds quiet{m_sinceActivity.elapsed()};
    const bool waitsForUs = m_state == State::Handling || m_state == State::Room;
    if (waitsForUs || quiet < limit) {
        m_idle.start(waitsForUs ? limit : limit - quiet);
        return;
    }
    m_idle.start(limit);
    const bool isMidRequest = m_parser || m_state == State::SizedBody;
    if (m_state == State::Closed || m_socket->bytesToWrite() > 0) {
        m_state = State::Closed; // The client does not take its answer.
        m_socket->abort();
    } else if (isMidRequest) {
        m_bodyBytes = 0;
        refuse({408, u"the rest of the request did not come in time"_s, {}});
    } else {
        close();
    }
}

} // namespace trace
