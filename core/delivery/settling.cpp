// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/settling.h"

#include "core/config/endpointstore.h"
#include "core/journal/sequenceset.h"

namespace trace {

namespace {

std::vector<SequenceRange> sequencesOf(const BatchProgress &progress,
                                       const std::vector<std::size_t> &indices)
{
    std::vector<std::uint64_t> sequences;
    sequences.reserve(indices.size());
    for (const std::size_t index : indices)
        sequences.push_back(progress.batch().records[index].sequence);
    return toRanges(sequences);
}

} // namespace

QByteArray configurationToKeep(const Endpoint &endpoint)
{
    return endpointsToJson({withoutSecrets(endpoint)});
}

Settlement deliveredSettlement(const BatchProgress &progress,
                               const std::vector<std::size_t> &indices)
{
    Settlement settlement;
    settlement.ranges = sequencesOf(progress, indices);
    settlement.counts.delivered = qint64(indices.size());
    return settlement;
}

Settlement parkedSettlement(const BatchProgress &progress, qint64 journalId,
                            const Endpoint &endpoint)
{
    Settlement settlement;
    for (const BatchProgress::Parked &parked : progress.parked()) {
        const auto ranges = sequencesOf(progress, parked.indices);
        settlement.ranges.insert(settlement.ranges.end(), ranges.begin(), ranges.end());
        settlement.failed.push_back(
            progress.toFailedBatch(parked, journalId, QDateTime::currentDateTimeUtc()));
        settlement.failed.back().configuration = configurationToKeep(endpoint);
    }
    return settlement;
}

ReplaySettlement replaySettlement(const BatchProgress &progress, qint64 journalId,
                                  const QString &problem)
{
    const FailedBatch &origin = *progress.batch().origin;
    const auto undelivered = progress.undelivered();
    ReplaySettlement settlement{.endpoint = journalId,
                                .delivered = origin.row.records - qint64(undelivered.size()),
                                .remaining = {},
                                .batch = origin.row.id};
    if (undelivered.empty())
        return settlement;
    BatchProgress::Parked rest{undelivered, problem, origin.row.status, origin.row.bodyExcerpt,
                               origin.row.mayHaveArrived || !progress.uncertain().empty()};
    if (!progress.parked().empty()) {
        rest.status = progress.parked().front().status;
        rest.bodyExcerpt = progress.parked().front().bodyExcerpt;
    } else if (!progress.attempts().empty()) {
        rest.status = progress.attempts().last().status;
    }
    FailedBatch remaining = progress.toFailedBatch(rest, journalId, origin.row.created);
    remaining.row.id = origin.row.id;
    remaining.row.attempts = origin.row.attempts + progress.attempts();
    remaining.configuration = origin.configuration;
    settlement.remaining = std::move(remaining);
    return settlement;
}

} // namespace trace
