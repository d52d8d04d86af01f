// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/journallimits.h"

#include <optional>

namespace trace {

//! Tells whether the wall clock can be trusted to say how old something is: not after it jumped by
//! more than an hour. It is trusted again when it jumps back, or has kept its new time for a day.
class ClockWatch final
{
public:
    explicit ClockWatch(JournalClock clock);

    //! Compares the clocks; to be asked every now and then.
    [[nodiscard]] bool isTrusted();

private:
    struct Jump
    {
        std::chrono::milliseconds offset;
        std::chrono::milliseconds seen; // by the steady clock
    };

    [[nodiscard]] std::chrono::milliseconds offset() const;

    JournalClock m_clock;
    std::chrono::milliseconds m_offset; // of the wall clock from the steady one
    std::optional<Jump> m_jump;
};

} // namespace trace
