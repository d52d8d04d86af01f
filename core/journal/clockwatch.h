// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/journallimits.h"

#include <optional>

namespace trace {

//! Tells whether the wall clock can be trusted to say how old something is: not after it jumped by
//! more than an hour, nor at a start more than a day behind the last time that was right, nor
//! before that. It is trusted again when it jumps back, when a server tells the same time, or when
//! it has kept its new time for a day and no server says otherwise.
class ClockWatch final
{
public:
    //! \a known: the last time that was right, in ms since the epoch.
    explicit ClockWatch(JournalClock clock, std::optional<qint64> known = {});

    //! Compares the clocks; to be asked every now and then.
    [[nodiscard]] bool isTrusted();
    //! A server's clock is ahead of our steady one by so much.
    void compare(std::chrono::milliseconds servers);

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
    std::optional<std::chrono::milliseconds> m_denied; // the offset that a server called wrong
};

} // namespace trace
