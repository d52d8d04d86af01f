// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>

#include <array>
#include <cstdint>
#include <vector>

namespace trace {

//! No record has a higher number: numbers can be added without an overflow, and a journal that says
//! otherwise is damaged.
inline constexpr std::uint64_t maxSequence = std::uint64_t{1} << 62;

//! A closed range of sequence numbers.
struct SequenceRange
{
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    [[nodiscard]] std::uint64_t count() const { return last - first + 1; }
    friend bool operator==(const SequenceRange &, const SequenceRange &) = default;
};

//! A run as the journal knows it, folded from its records.
struct RunRow
{
    qint64 id = 0; //!< Of the row; rises in the order in which runs appeared.
    QString runId{};
    QString parentRunId{};
    QString workflowName{};
    std::uint64_t firstSequence = 0;
    std::uint64_t lastSequence = 0;
    qint64 firstTime = 0; //!< Earliest record, ns since the epoch.
    qint64 lastTime = 0;  //!< Latest record, ns since the epoch.
    std::array<qint64, allLevels.size()> counts{}; //!< Records per level.

    [[nodiscard]] qint64 records() const
    {
        qint64 sum = 0;
        for (const qint64 count : counts)
            sum += count;
        return sum;
    }
    friend bool operator==(const RunRow &, const RunRow &) = default;
};

//! One request made for a batch.
struct Attempt
{
    QDateTime time{}; //!< UTC.
    int status = 0; //!< HTTP status; 0 when no answer came.
    QString text{};   //!< The outcome in words.

    friend bool operator==(const Attempt &, const Attempt &) = default;
};

//! parked → claimed → settled, by compare-and-set; a crash returns claimed to parked.
enum class FailedState { Parked, Claimed, Settled };

//! A batch that was not delivered, without its records.
struct FailedBatchRow
{
    qint64 id = 0;
    qint64 endpoint = 0; //!< The endpoint's number in the journal.
    QString endpointName{};
    FailedState state = FailedState::Parked;
    QString reason{}; //!< In the service's words where it has some.
    int status = 0; //!< HTTP status of the last answer; 0 when none came.
    QString bodyExcerpt{};
    QList<Attempt> attempts{};
    QDateTime created{}; //!< UTC.
    qint64 records = 0;
    std::uint64_t firstSequence = 0;
    std::uint64_t lastSequence = 0;
    bool mayHaveArrived = false; //!< An answer was lost: a replay may duplicate.
    qint64 originBatch = 0; //!< The failed batch that this is a copy of; 0: none.
    QString origin{};       //!< Where it comes from, in words; empty: from a delivery.

    friend bool operator==(const FailedBatchRow &, const FailedBatchRow &) = default;
};

} // namespace trace

Q_DECLARE_METATYPE(trace::RunRow)
Q_DECLARE_METATYPE(trace::FailedBatchRow)
