// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/recordreceiver.h"

#include "core/journal/freshblocks.h"
#include "core/receiver/servicepaths.h"

#include <mutex>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

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

//! Where the word about a block is left. It may come from any thread and after the receiver.
struct RecordReceiver::Mailbox
{
    std::mutex mutex; // Guards receiver.
    RecordReceiver *receiver = nullptr;
};

//! A request that is answered when its last block is done.
struct RecordReceiver::Pending
{
    std::shared_ptr<const Service> service;
    HttpRequest request; // Without its body.
    HttpResponder responder;
    ServiceAnswer accepted;
    std::size_t blocks = 0;
    std::optional<Error> error; // The first one.
};

RecordReceiver::RecordReceiver(RecordReceiverOptions options, Append append, QObject *parent)
    : QObject(parent)
    , m_append(std::move(append))
    , m_redaction(options.redaction)
    , m_mailbox(std::make_shared<Mailbox>())
    , m_server(serverOptions(options), [this](HttpRequest &&request, HttpResponder responder) {
        handle(std::move(request), std::move(responder));
    })
{
    m_mailbox->receiver = this;
}

RecordReceiver::~RecordReceiver()
{
    const std::scoped_lock lock(m_mailbox->mutex);
    m_mailbox->receiver = nullptr;
}

void RecordReceiver::handle(HttpRequest &&request, HttpResponder responder)
{
    const QString path = request.url.path();
    const bool asks = request.method == "GET" || request.method == "HEAD";
    if (const auto probe = probeAnswer(path); probe && asks) {
        send(responder, *probe);
        return;
    }
    const auto service = servedService(serviceForRequest(request));
    if (!service || request.method != "POST") {
        send(responder, unknownPathAnswer(request.method, path));
        return;
    }
    ++m_counts.requests;
    store(service, request, std::move(responder));
}

void RecordReceiver::store(const std::shared_ptr<const Service> &service,
                           const HttpRequest &request, HttpResponder responder)
{
    const auto redaction = m_redaction ? m_redaction->current() : RedactionRules::Rules();
    if (!redaction) {
        refuseForNow(*service, request, responder, redaction.error());
        return;
    }
    m_masker.setRedaction(*redaction);
    RecordBlockBuilder builder;
    std::vector<RecordBlock> blocks;
    std::size_t bytes = 0;
    const auto finishBlock = [&] {
        blocks.push_back(builder.finish());
        bytes += blocks.back().frames->size();
        if (bytes > FreshBlocks::maxBytes) // the journal would not take them
            blocks.back().frames.reset();
    };
    const auto decoded = service->decode(request, [&](const RecordView &record) {
        builder.append(m_masker.apply(record));
        if (builder.isFull())
            finishBlock();
    });
    m_counts.masked = qint64(m_masker.maskedRecords());
    if (!decoded) {
        ++m_counts.refused;
        const DecodeError &error = decoded.error();
        const ServiceAnswer answer = service->refusedFor(request, error.status, error.text);
        responder.answer(answer.status, answer.contentType, answer.body, answer.headers);
        return;
    }
    if (!builder.isEmpty())
        finishBlock();
    ServiceAnswer accepted = service->accepted(request);
    if (blocks.empty()) {
        responder.answer(accepted.status, accepted.contentType, accepted.body, accepted.headers);
        return;
    }
    HttpRequest head{request.method, request.url, request.headers, {}};
    const quint64 id = ++m_lastId;
    m_pending.insert(id, std::make_shared<Pending>(Pending{service,
                                                           std::move(head),
                                                           std::move(responder),
                                                           std::move(accepted),
                                                           blocks.size(),
                                                           {}}));
    for (RecordBlock &block : blocks) {
        const quint32 records = block.count;
        m_append(std::move(block), doneFor(id, records));
    }
}

RecordReceiver::Done RecordReceiver::doneFor(quint64 id, quint32 records)
{
    return [mailbox = m_mailbox, id, records](const std::optional<Error> &error) {
        const std::scoped_lock lock(mailbox->mutex);
        RecordReceiver *receiver = mailbox->receiver;
        if (!receiver)
            return;
        // Queued from the receiver's own thread too: m_append is still at work on this request.
        QMetaObject::invokeMethod(
            receiver, [=] { receiver->blockDone(id, records, error); }, Qt::QueuedConnection);
    };
}

void RecordReceiver::blockDone(quint64 id, quint32 records, const std::optional<Error> &error)
{
    const auto pending = m_pending.value(id);
    if (!pending)
        return;
    if (!error)
        m_counts.records += records;
    else if (!pending->error)
        pending->error = error;
    if (--pending->blocks > 0)
        return;
    m_pending.remove(id);
    if (!pending->error) {
        const ServiceAnswer &answer = pending->accepted;
        pending->responder.answer(answer.status, answer.contentType, answer.body, answer.headers);
        return;
    }
    refuseForNow(*pending->service, pending->request, pending->responder, *pending->error);
}

void RecordReceiver::refuseForNow(const Service &service, const HttpRequest &request,
                                  HttpResponder &responder, const Error &problem)
{
    ++m_counts.refused;
    const ServiceAnswer answer = service.refusedFor(request, 503, problem.message());
    responder.answer(answer.status, answer.contentType, answer.body, {{"Retry-After"_ba, "1"_ba}});
}

} // namespace trace
