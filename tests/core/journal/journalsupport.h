// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/journal/journal.h"
#include "core/journal/journalreader.h"

#include <future>
#include <optional>
#include <string>

namespace trace {

//! \a count records of a run with the times from, from + 1 …; every third one is a warning.
inline std::vector<Record> recordsOf(int count, const std::string &run = "run-1", int from = 1)
{
    std::vector<Record> records;
    for (int i = 0; i < count; ++i) {
        Record record;
        record.timestamp = from + i;
        record.level = i % 3 == 2 ? Level::Warning : Level::Info;
        record.message = run + " message " + std::to_string(from + i);
        record.context.runId = run;
        records.push_back(record);
    }
    return records;
}

inline RecordBlock blockOf(const std::vector<Record> &records)
{
    RecordBlockBuilder builder;
    for (const Record &record : records)
        builder.append(viewOf(record));
    return builder.finish();
}

//! Waits for the writer: the error that the work ended with, empty when there is none.
template <typename Start>
QString finish(Start &&start)
{
    std::promise<std::optional<Error>> promise;
    start([&promise](const std::optional<Error> &error) { promise.set_value(error); });
    const auto error = promise.get_future().get();
    return error ? error->message() : QString();
}

inline QString append(Journal &journal, RecordBlock block, std::vector<qint64> route)
{
    return finish([&](Journal::Done done) {
        journal.append(std::move(block), std::move(route), std::move(done));
    });
}

inline QString settle(Journal &journal, Settlement settlement)
{
    return finish(
        [&](Journal::Done done) { journal.settle(std::move(settlement), std::move(done)); });
}

inline QString settleReplay(Journal &journal, ReplaySettlement settlement)
{
    return finish(
        [&](Journal::Done done) { journal.settleReplay(std::move(settlement), std::move(done)); });
}

inline qint64 enrol(Journal &journal, const QString &identity)
{
    return journal
        .enrol(identity, identity, QStringLiteral("generic"),
               QUrl(QStringLiteral("http://logs.example/") + identity))
        .value_or(0);
}

//! What the journal file says of an endpoint.
inline EndpointRow endpointRow(const QString &folder, qint64 id)
{
    const auto reader = JournalReader::open(folder).value();
    const auto rows = reader->endpoints().value();
    for (const EndpointRow &row : rows) {
        if (row.id == id)
            return row;
    }
    return {};
}

//! Records with these numbers, parked for \a endpoint.
inline FailedBatch failedBatchOf(qint64 endpoint, const std::vector<std::uint64_t> &sequences)
{
    FailedBatch batch;
    batch.row.endpoint = endpoint;
    batch.row.reason = QStringLiteral("too old");
    batch.row.status = 400;
    batch.row.bodyExcerpt = QStringLiteral("{\"error\":\"too old\"}");
    batch.row.created = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123, Qt::UTC);
    batch.row.attempts = {{batch.row.created, 503, QStringLiteral("busy")},
                          {batch.row.created.addMSecs(7), 400, QStringLiteral("too old")}};
    batch.row.records = qint64(sequences.size());
    batch.row.firstSequence = sequences.front();
    batch.row.lastSequence = sequences.back();
    batch.configuration = "{\"name\":\"a\"}";
    batch.sequences = sequences;
    batch.data = blockOf(recordsOf(int(sequences.size()), "failed")).data;
    return batch;
}

} // namespace trace
