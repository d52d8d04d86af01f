// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Retention that goes by age.
#include "core/journal/retention.h"

#include <algorithm>

namespace trace {

using namespace std::chrono_literals;

namespace {

constexpr auto expiryInterval = 10min;

} // namespace

bool Retention::expire()
{
    const auto endRound = [this] {
        m_expiredTo = 0;
        m_nextExpiry = m_limits.clock.steady() + expiryInterval;
        m_needed.reset();
        return false;
    };
    if (!m_clockWatch.isTrusted())
        return endRound();
    const qint64 oldest = m_limits.clock.wall() - m_limits.maxAge.count();
    auto blocks = retentiontable::facts(m_connection, m_expiredTo, blocksPerStep);
    if (!blocks)
        return endRound();
    blocks->erase(std::find_if(blocks->begin(), blocks->end(),
                               [&](const BlockFacts &block) { return block.acceptedMs >= oldest; }),
                  blocks->end());
    if (blocks->empty()) {
        // What was just given up goes in a second round.
        const bool again = std::exchange(m_askedToExpire, false);
        m_expiresOnly = again;
        endRound();
        if (again)
            m_nextExpiry = {};
        return again || removeSettledBatches(oldest);
    }
    if (!refreshNeeded())
        return endRound();
    m_expiredTo = blocks->back().range.first;
    std::vector<std::uint64_t> victims;
    GiveUp expired{.reason = DiscardReason::Expired, .parts = {}};
    for (const BlockFacts &block : *blocks) {
        if (!m_needed->isNeeded(block.range))
            victims.push_back(block.range.first);
        else if (!m_expiresOnly)
            addNeeded(expired, block.range);
    }
    if (!victims.empty() && !remove(victims))
        return endRound();
    if (!expired.parts.empty()) {
        m_isAsked = m_listeners.giveUp(expired);
        m_askedToExpire = m_askedToExpire || m_isAsked;
    }
    return true;
}

void Retention::addNeeded(GiveUp &giveUp, SequenceRange range) const
{
    for (const Needed::Backlog &backlog : m_needed->backlogs()) {
        const auto ranges = backlog.unsettled.within(range);
        if (ranges.empty())
            continue;
        auto part = std::find_if(giveUp.parts.begin(), giveUp.parts.end(), [&](const auto &known) {
            return known.endpoint == backlog.endpoint;
        });
        if (part == giveUp.parts.end())
            part = giveUp.parts.insert(part, {.endpoint = backlog.endpoint, .ranges = {}});
        part->ranges.insert(part->ranges.end(), ranges.begin(), ranges.end());
    }
}

} // namespace trace
