// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/discardtable.h"
#include "core/journal/journalrows.h"
#include "core/platform/error.h"

#include <optional>
#include <vector>

namespace trace {

//! How a journal is doing. Told when it changes, so that an operator gets one notice, not many.
struct JournalCondition
{
    enum class Kind
    {
        Fine,
        Shedding, //!< Full; waiting records are given up.
        Full,     //!< Full; new records are refused.
        DiskFull, //!< Records wait in memory until there is space on the disk.
        Gone,     //!< Its file was removed or replaced; nothing is accepted.
    };

    Kind kind = Kind::Fine;
    Error problem{}; //!< In words; empty when fine.

    friend bool operator==(const JournalCondition &, const JournalCondition &) = default;
};

//! Records that the journal wants to be rid of although endpoints wait for them.
struct GiveUp
{
    struct Part
    {
        qint64 endpoint = 0;
        std::vector<SequenceRange> ranges{};
    };

    //! Shed, when the journal is full, or expired, when older than the journal keeps records.
    DiscardReason reason = DiscardReason::Shed;
    std::vector<Part> parts{};
};

} // namespace trace

Q_DECLARE_METATYPE(trace::JournalCondition)
Q_DECLARE_METATYPE(trace::GiveUp)
