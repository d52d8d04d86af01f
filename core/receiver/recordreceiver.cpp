// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/recordreceiver.h"

#include "core/receiver/crossorigin.h"
#include "core/receiver/requestdecoding.h"
#include "core/receiver/requestguard.h"
#include "core/receiver/servicepaths.h"

#include <QPointer>

#include <atomic>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr int decodersAtOnce = 2;

HttpServerOptions serverOptions(const RecordReceiverOptions &options)
{
    HttpServerOptions server = options.limits;
    server.port = options.port;
    server.bearerToken = options.token;
    return server;
}

void send(HttpResponder &responder, const HttpAnswer &answer)
{
    responder.answer(answer.status, answer.contentType, answer.body, answer.headers);
}

} // namespace

//! Where word is left for the receiver. It may come from any thread and after the receiver.
struct RecordReceiver::Mailbox
{
    using Work = std::function<void(RecordReceiver &)>;

    std::mutex mutex; // Guards the following.
    RecordReceiver *receiver = nullptr;
    std::vector<Work> left;
    std::atomic<bool> isClosed = false;

    //! Has \a work done on the receiver's thread, later, if it is still there.
    void post(Work work)
    {
        const std::scoped_lock lock(mutex);
        if (!receiver)
            return;
        left.push_back(std::move(work));
        if (left.size() == 1)
            QMetaObject::invokeMethod(receiver, [to = receiver] { to->readMail(); },
                                      Qt::QueuedConnection);
    }

    std::vector<Work> take()
    {
        const std::scoped_lock lock(mutex);
        return std::exchange(left, {});
    }
};

//! A request on its way from the client to the journal.
struct RecordReceiver::Task
{
    std::shared_ptr<const Service> service;
    HttpRequest request; // Without its body once that is decoded.
    HttpResponder responder;
    std::shared_ptr<const Redaction> redaction{};
    DecodedRequest decoded{};
};

RecordReceiver::RecordReceiver(RecordReceiverOptions options, Append append, QObject *parent)
    : QObject(parent)
    , m_append(std::move(append))
    , m_redaction(options.redaction)
    , m_mailbox(std::make_shared<Mailbox>())
    , m_server(serverOptions(options), [this](HttpRequest &&request, HttpResponder responder) {
        handle(std::move(request), std::move(responder));
    })
    , m_decoders(decodersAtOnce)
{
    m_mailbox->receiver = this;
}

RecordReceiver::~RecordReceiver()
{
    // Here, because who has a request last may be another thread, and clients are this one's.
    for (const TaskPtr &task : m_open)
        task->responder.drop();
    m_mailbox->isClosed = true;
    const std::scoped_lock lock(m_mailbox->mutex);
    m_mailbox->receiver = nullptr;
    m_mailbox->left.clear();
}

void RecordReceiver::readMail()
{
    const QPointer self(this); // the last answer may be what its owner waits for
    for (const Mailbox::Work &work : m_mailbox->take()) {
        if (!self)
            return;
        work(*this);
    }
}

void RecordReceiver::handle(HttpRequest &&request, HttpResponder responder)
{
    const QString path = request.url.path();
    const bool asks = request.method == "GET" || request.method == "HEAD";
    if (const auto probe = probeAnswer(path); probe && asks) {
        send(responder, *probe);
        return;
    }
    if (isPreflight(request) && !serviceForPath(path).isEmpty()) {
        send(responder, {204, {}, {}, preflightHeaders(request)});
        return;
    }
    const QString serviceName = serviceForRequest(request);
    const auto service = servedService(serviceName);
    // As Python's HTTPHandler sends records, unless it is told otherwise.
    const bool isQuery =
        serviceName == "generic"_L1 && request.method == "GET" && request.url.hasQuery();
    if (const auto refusal = isQuery ? refusalOfQuery(request) : std::nullopt) {
        Q_EMIT refused(path, refusal->status, refusal->text);
        send(responder, {refusal->status, "text/plain; charset=utf-8"_ba,
                         refusal->text.toUtf8() + '\n', refusal->headers});
        return;
    }
    if (!service || (request.method != "POST" && !isQuery)) {
        const HttpAnswer answer = unknownPathAnswer(request.method, path);
        if (!asks) // a client that means to bring records
            Q_EMIT refused(path, answer.status, QString::fromUtf8(answer.body).trimmed());
        send(responder, answer);
        return;
    }
    ++m_counts.requests;
    const auto task =
        std::make_shared<Task>(Task{service, std::move(request), std::move(responder)});
    m_open.insert(task);
    if (m_isFinishing) {
        stored(task, Error{u"the receiver ends"_s, {}});
        return;
    }
    const auto redaction = m_redaction ? m_redaction->current() : RedactionRules::Rules();
    if (!redaction) {
        stored(task, redaction.error());
        return;
    }
    task->redaction = *redaction;
    if (isSoonDecoded(task->request)) {
        task->decoded = decodeRequest(*service, task->request, task->redaction, m_mailbox->isClosed);
        decoded(task);
        return;
    }
    m_toDecode.push_back(task);
    decodeNext();
}

//! Begins with what waits, as far as there is room for what it may become.
void RecordReceiver::decodeNext()
{
    while (!m_toDecode.empty() && m_decoding < decodersAtOnce) {
        const TaskPtr task = m_toDecode.front();
        const qsizetype room = decodingRoom(task->request);
        if (m_decoding > 0 && !m_server.hasRoom(room))
            return;
        m_toDecode.pop_front();
        ++m_decoding;
        task->responder.setRoom(task->request.body.size() + room);
        std::ignore = m_decoders.start([task, mailbox = m_mailbox] {
            task->decoded =
                decodeRequest(*task->service, task->request, task->redaction, mailbox->isClosed);
            mailbox->post([task](RecordReceiver &receiver) {
                --receiver.m_decoding;
                receiver.decoded(task);
                receiver.decodeNext();
            });
        });
    }
}

void RecordReceiver::decoded(const TaskPtr &task)
{
    task->request.body.clear();
    const DecodedRequest &result = task->decoded;
    m_counts.masked += result.masked;
    if (result.error) {
        ++m_counts.refused;
        Q_EMIT refused(task->request.url.path(), result.error->status, result.error->text);
        conclude(task, task->service->refusedFor(task->request, result.error->status,
                                                 result.error->text));
        return;
    }
    if (result.problems != InputProblems())
        Q_EMIT bent(task->request.url.path(), result.problems);
    if (result.blocks.empty()) {
        conclude(task, result.accepted);
    } else if (!task->responder.isWaiting()) {
        ++m_counts.refused; // Who has gone without an answer sends it again.
        conclude(task, {});
    } else {
        store(task);
    }
}

void RecordReceiver::store(const TaskPtr &task)
{
    task->responder.setRoom(task->decoded.bytes);
    m_append(std::exchange(task->decoded.blocks, {}), [mailbox = m_mailbox,
                                                       task](const std::optional<Error> &error) {
        mailbox->post([task, error](RecordReceiver &receiver) { receiver.stored(task, error); });
    });
}

void RecordReceiver::stored(const TaskPtr &task, const std::optional<Error> &error)
{
    if (!error) {
        m_counts.records += task->decoded.records;
        conclude(task, task->decoded.accepted);
        return;
    }
    ++m_counts.refused;
    Q_EMIT refused(task->request.url.path(), 503, error->message());
    ServiceAnswer answer = task->service->refusedFor(task->request, 503, error->message());
    answer.headers.append({"Retry-After"_ba, "1"_ba});
    conclude(task, answer);
}

void RecordReceiver::conclude(const TaskPtr &task, const ServiceAnswer &answer)
{
    task->responder.answer(answer.status, answer.contentType, answer.body,
                           answer.headers + crossOriginHeaders(task->request));
    m_open.erase(task);
    if (m_open.empty() && m_quiet)
        std::exchange(m_quiet, {})();
}

void RecordReceiver::finish(std::function<void()> quiet)
{
    m_isFinishing = true;
    m_server.stopListening();
    if (m_open.empty())
        quiet();
    else
        m_quiet = std::move(quiet);
}

} // namespace trace
