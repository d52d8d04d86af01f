// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session/recordpage.h"

namespace trace {

//! The record that a test's journal has at \a sequence.
inline Record madeRecord(quint64 sequence)
{
    Record record;
    record.sequence = sequence;
    record.timestamp = 1'763'823'845'000'000'000 + std::int64_t(sequence) * 1'000'000;
    record.level = allLevels[sequence % allLevels.size()];
    record.context.runId = "run-1";
    record.context.workflowName = "orders";
    record.context.stageName = "load";
    record.message = "message " + std::to_string(sequence);
    return record;
}

//! A page as the journal's reader makes it.
inline RecordPagePointer madePage(quint64 number, quint64 upTo)
{
    auto page = std::make_shared<RecordPage>();
    page->number = number;
    page->loadedTo = std::min(upTo, page->first() + RecordPage::size - 1);
    for (quint64 sequence = page->first(); sequence <= page->loadedTo; ++sequence)
        page->rows.push_back(makeRecordRow(madeRecord(sequence)));
    return page;
}

} // namespace trace
