// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/freshblocks.h"

#include <limits>
#include <utility>

namespace trace {

std::shared_ptr<const BlockFrames> FreshBlocks::admit(std::shared_ptr<const BlockFrames> frames)
{
    const std::size_t size = frames->size();
    if (m_bytes->fetch_add(size) + size > maxBytes) {
        m_bytes->fetch_sub(size);
        const std::scoped_lock lock(m_mutex);
        // The oldest are sent next, so the newest has to give way; unless nobody sends at all.
        m_refused += size;
        if (m_refused > maxBytes) {
            m_blocks.clear();
            m_refused = 0;
        }
        return {};
    }
    const BlockFrames *kept = frames.get();
    return {kept, [frames = std::move(frames), bytes = m_bytes, size](const BlockFrames *) {
                bytes->fetch_sub(size);
            }};
}

void FreshBlocks::add(FreshBlock block)
{
    const std::scoped_lock lock(m_mutex);
    m_blocks.insert_or_assign(block.first, std::move(block));
}

std::optional<FreshBlock> FreshBlocks::take(std::uint64_t sequence)
{
    const std::scoped_lock lock(m_mutex);
    auto found = m_blocks.upper_bound(sequence);
    if (found == m_blocks.begin() || (--found)->second.last() < sequence)
        return std::nullopt;
    FreshBlock block = std::move(found->second);
    m_blocks.erase(found);
    m_refused = 0;
    return block;
}

std::uint64_t FreshBlocks::nextBehind(std::uint64_t sequence) const
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_blocks.upper_bound(sequence);
    return found == m_blocks.end() ? std::numeric_limits<std::uint64_t>::max() : found->first;
}

void FreshBlocks::clear()
{
    const std::scoped_lock lock(m_mutex);
    m_blocks.clear();
}

} // namespace trace
