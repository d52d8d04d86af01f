// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/journalreader.h"

#include <map>
#include <string>
#include <string_view>

namespace trace {

class RecordBlockReader;

//! What a record without a run id stands under: its workflow, else its service, job, stage or host;
//! empty when it names none.
[[nodiscard]] std::string_view sourceOf(const RunContext &context);

//! Counts what a journal keeps without a run id, by source. The run table has all of these records
//! in one row, which is named after the first of them, so they are read themselves, step by step.
class SourceCounts final
{
public:
    //! Reads some MiB on, up to the record with the number \a last, with which a step may end
    //! early; tells whether it did.
    [[nodiscard]] Expected<bool> readOn(JournalReader &reader, std::uint64_t last);

    //! A row for each source, in the order in which they appeared: without run id, the source as
    //! workflow name, and negative ids, which no run has.
    [[nodiscard]] const QList<RunRow> &rows() const { return m_rows; }

private:
    void add(const RecordBlockReader &block, SequenceRange range);
    RunRow &rowOf(const RunContext &context, const RecordView &first);

    std::uint64_t m_readTo = 0;
    QList<RunRow> m_rows;
    std::map<std::string, qsizetype, std::less<>> m_rowOfSource;
};

} // namespace trace
