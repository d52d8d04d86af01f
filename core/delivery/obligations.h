// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/journalreader.h"

#include <functional>
#include <limits>

namespace trace {

//! Packs records that are owed to an endpoint beyond what the journal's routes say (a replay to
//! elsewhere, an edited copy, an import) into batches for Engine::oblige().
class ObligationBuilder final
{
public:
    using Sink = std::function<void(FailedBatch)>;

    //! \a origin tells in words where the records come from, \a originBatch the failed batch that
    //! they are copies of; 0: none.
    ObligationBuilder(QString origin, qint64 originBatch, Sink sink);

    //! With its sequence number where it has one.
    void append(const RecordView &record);
    //! Gives what is left to the sink.
    void finish();
    [[nodiscard]] qint64 records() const { return m_records; }

private:
    QString m_origin;
    qint64 m_originBatch = 0;
    Sink m_sink;
    RecordBlockBuilder m_block;
    std::vector<std::uint64_t> m_sequences;
    qint64 m_records = 0;
};

//! Records of the journal, whoever they were for.
struct HistoryQuery
{
    std::optional<QString> runId{};
    std::int64_t since =
        std::numeric_limits<std::int64_t>::min(); //!< ns since the epoch, inclusive.
    std::int64_t until = std::numeric_limits<std::int64_t>::max(); //!< Likewise, exclusive.
};

//! Records of the history that cannot be had any more.
struct HistoryGaps
{
    qint64 damaged = 0; //!< In blocks that cannot be read, whoever's they are.
    qint64 removed = 0; //!< When the journal was full.
};

//! Calls \a visit for each, in journal order, but those that are gone, and counts these in
//! \a gaps. The error names the run that is not there, or what cannot be read.
[[nodiscard]] Expected<void> forEachInHistory(JournalReader &reader, const HistoryQuery &query,
                                              const std::function<void(const RecordView &)> &visit,
                                              HistoryGaps &gaps);

} // namespace trace
