// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/blocktable.h"
#include "core/journal/journalcondition.h"
#include "core/journal/needed.h"

#include <map>

namespace trace {

//! Chooses which waiting records go when a journal is full of them: of the endpoint for which most
//! wait, the lowest level first, the oldest first within a level.
class Shedding final
{
public:
    //! Records whose blocks take about \a bytes, or fewer so that it does not take long; ask again
    //! when they are settled. No parts when none are left.
    [[nodiscard]] Expected<GiveUp> choose(Connection &connection, const Needed &needed,
                                          qint64 bytes);

    //! The first sequence numbers of the blocks that the last choice touched.
    [[nodiscard]] const std::vector<std::uint64_t> &blocks() const { return m_blocks; }

private:
    struct Choice
    {
        GiveUp::Part part{};
        qint64 bytes = 0;
    };

    [[nodiscard]] Expected<void> scan(Connection &connection, const Needed &needed, unsigned level,
                                      qint64 bytes, Choice &choice);

    std::map<std::pair<qint64, unsigned>, std::uint64_t> m_scanned; // by endpoint and level
    std::vector<std::uint64_t> m_blocks;
};

//! The block with what nobody needs in it emptied: those records keep their place, time, level and
//! context, and say in their text that they were removed. Nothing when that saves no space.
[[nodiscard]] Expected<std::optional<RecordBlock>> emptied(const StoredBlock &block,
                                                           const Needed &needed);

//! Whether that is all that is left of a record.
[[nodiscard]] bool isRemoved(const RecordView &record);

} // namespace trace
