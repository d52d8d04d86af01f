// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/sequenceset.h"

#include <vector>

namespace trace {

//! Which records endpoints wait for, as the journal told it at one moment. Later it can only be
//! fewer, of those up to last().
class Needed final
{
public:
    struct Backlog
    {
        qint64 endpoint = 0;
        SequenceSet unsettled{};
    };

    [[nodiscard]] static Expected<Needed> read(Connection &connection);

    //! Somebody waits for a record of \a range.
    [[nodiscard]] bool isNeeded(SequenceRange range) const;
    [[nodiscard]] const std::vector<Backlog> &backlogs() const { return m_backlogs; }
    //! The endpoint for which most records wait; null when none wait.
    [[nodiscard]] const Backlog *largest() const;
    //! The newest record that this knows about.
    [[nodiscard]] std::uint64_t last() const { return m_last; }

private:
    std::vector<Backlog> m_backlogs{};
    std::uint64_t m_last = 0;
};

} // namespace trace
