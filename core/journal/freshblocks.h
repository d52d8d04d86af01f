// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/recordblock.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace trace {

//! A block that was just written, as it was before compression.
struct FreshBlock
{
    std::uint64_t first = 0; //!< Sequence number of its first record.
    std::uint32_t count = 0;
    std::shared_ptr<const BlockFrames> frames{};

    [[nodiscard]] std::uint64_t last() const { return first + count - 1; }
};

//! What was just written and is about to be sent: who takes it from here need neither read nor
//! unpack it. Small; what is not here, the journal has. For all threads.
class FreshBlocks final
{
public:
    //! Of frames that are alive, here or with those who took them.
    static constexpr std::size_t maxBytes = std::size_t{8} << 20;

    //! Gives the frames back as the ones to be kept, or nothing when there is no room for them.
    [[nodiscard]] std::shared_ptr<const BlockFrames>
    admit(std::shared_ptr<const BlockFrames> frames);
    //! The block is in the journal now.
    void add(FreshBlock block);

    //! The block with that record, for the first who asks.
    [[nodiscard]] std::optional<FreshBlock> take(std::uint64_t sequence);
    //! The first record here behind \a sequence; the greatest number when there is none.
    [[nodiscard]] std::uint64_t nextBehind(std::uint64_t sequence) const;
    void clear();

private:
    // Shared with frames, which may outlive this object.
    const std::shared_ptr<std::atomic<std::size_t>> m_bytes =
        std::make_shared<std::atomic<std::size_t>>(0);
    mutable std::mutex m_mutex;                   // guards the following
    std::map<std::uint64_t, FreshBlock> m_blocks; // by their first record
    std::size_t m_refused = 0;                    // bytes since something was taken
};

} // namespace trace
