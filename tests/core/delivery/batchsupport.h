// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/batchprogress.h"

#include <functional>
#include <numeric>

namespace trace {

using Kind = Outcome::Kind;
using Next = BatchProgress::Next;

inline const QDateTime now = QDateTime::fromMSecsSinceEpoch(1'700'000'000'000, Qt::UTC);

inline std::shared_ptr<const Service> generic()
{
    ServiceOptions options;
    options.url = QUrl(QStringLiteral("http://logs.example/in"));
    return makeService(QStringLiteral("generic"), options).value();
}

//! A batch that starts at sequence number 100 and owns its bytes.
inline std::unique_ptr<Batch> batchOf(int count, const std::function<bool(int)> &isBad)
{
    RecordBlockBuilder builder;
    for (int i = 0; i < count; ++i) {
        Record record;
        record.timestamp = i + 1;
        record.message = (isBad(i) ? "bad " : "fine ") + std::to_string(i);
        builder.append(viewOf(record));
    }
    auto batch = std::make_unique<Batch>();
    batch->blocks.push_back(RecordBlockReader::open(builder.finish().data, 100).value());
    batch->records = batch->blocks.front().records();
    batch->shares = generic()->plan(batch->records).shares;
    return batch;
}

inline bool holdsBad(const BatchProgress &progress)
{
    const auto &indices = progress.current().indices;
    return std::any_of(indices.begin(), indices.end(), [&](std::size_t index) {
        return progress.batch().records[index].message.starts_with("bad");
    });
}

inline Outcome outcomeOf(Kind kind, const QString &reason = {})
{
    Outcome outcome;
    outcome.kind = kind;
    outcome.reason = reason;
    return outcome;
}

inline HttpReply replyOf(int status, const QByteArray &body = {})
{
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    return reply;
}

struct Run
{
    int requests = 0;
    Next next = Next::Proceed;
};

//! A service that refuses every request with a record whose message starts with "bad".
inline Run sendAll(BatchProgress &progress)
{
    Run run;
    while (!progress.isDone() && run.next == Next::Proceed) {
        ++run.requests;
        run.next = holdsBad(progress)
                       ? progress.apply(outcomeOf(Kind::Rejected, QStringLiteral("no")),
                                        replyOf(400, "no"), 1, now)
                       : progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
    }
    return run;
}

inline std::vector<std::size_t> numbers(std::size_t count)
{
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t(0));
    return all;
}

} // namespace trace
