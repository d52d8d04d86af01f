// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/flushreport.h"

#include "core/delivery/ledger.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString counted(qint64 records, const QString &one, const QString &several)
{
    return records == 1 ? one : several.arg(records);
}

Ledger less(const Ledger &ledger, const Ledger &before)
{
    Ledger change;
    change.discardedByOperator = ledger.discardedByOperator - before.discardedByOperator;
    change.discardedShed = ledger.discardedShed - before.discardedShed;
    change.discardedDamaged = ledger.discardedDamaged - before.discardedDamaged;
    change.discardedExpired = ledger.discardedExpired - before.discardedExpired;
    return change;
}

QString whyWaiting(const FlushEnd &end, const EndpointStatus *status)
{
    if (!end.stopped.isEmpty())
        return end.stopped;
    if (!status)
        return u"the endpoint is not configured"_s;
    return status->problem.isEmpty() ? stateName(status->state)
                                     : stateName(status->state) + u": "_s + status->problem;
}

//! \a discarded are those for which the flush must answer.
void judge(FlushReport::Part &part, const FlushEnd &end, const EndpointStatus *status,
           const QString &failedReason, const Ledger &discarded)
{
    QStringList problems;
    if (const qint64 waiting = part.ledger.waiting + part.ledger.inFlight; waiting > 0) {
        problems.append(counted(waiting, u"1 record waits: "_s, u"%1 records wait: "_s) +
                        whyWaiting(end, status));
        if (end.stopped.isEmpty())
            part.action = status ? status->action : u"Configure the endpoint again."_s;
    }
    if (part.ledger.failed > 0) {
        problems.append(counted(part.ledger.failed, u"1 record is in a failed batch: "_s,
                                u"%1 records are in failed batches: "_s) +
                        failedReason);
        if (part.action.isEmpty())
            part.action = u"Replay or discard its failed batches."_s;
    }
    for (const auto &[records, reason] : {std::pair(discarded.discardedByOperator, u"operator"_s),
                                          std::pair(discarded.discardedShed, u"shed"_s),
                                          std::pair(discarded.discardedDamaged, u"damaged"_s),
                                          std::pair(discarded.discardedExpired, u"expired"_s)}) {
        if (records > 0) {
            problems.append(counted(records, u"1 record was discarded (%2)"_s,
                                    u"%1 records were discarded (%2)"_s)
                                .replace(u"%2"_s, reason));
        }
    }
    part.problem = problems.join(u"; "_s);
}

const EndpointStatus *statusIn(const FlushEnd &end, qint64 endpoint)
{
    const auto found = end.status.find(endpoint);
    return found == end.status.end() ? nullptr : &found->second;
}

Expected<void> addRun(JournalReader &reader, const FlushEnd &end, FlushReport &report)
{
    const auto ledgers = readRunLedgers(reader, end.runId);
    if (!ledgers)
        return tl::make_unexpected(ledgers.error());
    for (const RunLedger &run : *ledgers) {
        report.endpoints.append(
            {.id = run.endpoint.identity, .name = run.endpoint.name, .ledger = run.ledger});
        judge(report.endpoints.last(), end, statusIn(end, run.endpoint.id), run.failedReason,
              run.ledger);
    }
    return {};
}

Expected<void> addAll(JournalReader &reader, const FlushEnd &end, FlushReport &report)
{
    const auto rows = reader.endpoints();
    const auto batches = reader.failedBatches();
    if (!rows || !batches)
        return tl::make_unexpected(rows ? batches.error() : rows.error());
    for (const EndpointRow &row : *rows) {
        const auto ledger = readLedger(reader, row.id);
        if (!ledger)
            return tl::make_unexpected(ledger.error());
        const auto failed =
            std::find_if(batches->begin(), batches->end(),
                         [&](const FailedBatchRow &batch) { return batch.endpoint == row.id; });
        const auto before = end.before.find(row.id);
        report.endpoints.append({.id = row.identity, .name = row.name, .ledger = *ledger});
        judge(report.endpoints.last(), end, statusIn(end, row.id),
              failed == batches->end() ? QString() : failed->reason,
              before == end.before.end() ? Ledger() : less(*ledger, before->second));
    }
    return {};
}

} // namespace

bool FlushReport::isDelivered() const
{
    return !problem && std::all_of(endpoints.begin(), endpoints.end(),
                                   [](const Part &part) { return part.problem.isEmpty(); });
}

QStringList FlushReport::problems() const
{
    QStringList result;
    if (problem)
        result.append(problem->message());
    for (const Part &part : endpoints) {
        if (!part.problem.isEmpty())
            result.append(part.name + u": "_s + part.problem);
    }
    return result;
}

FlushReport readFlushReport(const QString &folder, const FlushEnd &end)
{
    FlushReport report{
        .runId = end.runId, .firstSequence = end.range.first, .lastSequence = end.range.last};
    const auto reader = JournalReader::open(folder);
    auto done = reader ? Expected<void>() : tl::make_unexpected(reader.error());
    if (done)
        done = end.runId ? addRun(**reader, end, report) : addAll(**reader, end, report);
    if (!done)
        report.problem = done.error();
    else if (report.endpoints.isEmpty() && end.range.last > 0)
        report.problem = Error{u"the records were for no endpoint"_s,
                               u"Configure one, then replay the run to it."_s};
    return report;
}

} // namespace trace
