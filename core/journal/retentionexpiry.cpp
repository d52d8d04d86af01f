// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Retention that goes by age.
#include "core/journal/retention.h"

#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto expiryInterval = 10min;
constexpr qint64 rememberEveryMs = 3'600'000;
constexpr int skippedAtOnce = 2000; // some milliseconds

QString timeFileOf(const Connection &connection)
{
    return QFileInfo(connection.path()).path() + u"/journal.clock"_s;
}

std::optional<qint64> timeIn(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const auto time =
        QDateTime::fromString(QString::fromLatin1(file.read(64)).trimmed(), Qt::ISODateWithMs);
    return time.isValid() ? std::optional(time.toMSecsSinceEpoch()) : std::nullopt;
}

} // namespace

//! When the clock was last right: by the file beside the journal, else by its newest block.
std::optional<qint64> Retention::knownTime(Connection &connection)
{
    if (const auto time = timeIn(timeFileOf(connection)))
        return time;
    const auto newest =
        connection.value(u"SELECT accepted_ms FROM block ORDER BY first DESC LIMIT 1"_s);
    return newest && !newest->isNull() ? std::optional(newest->toLongLong()) : std::nullopt;
}

void Retention::rememberTime()
{
    const qint64 now = m_limits.clock.wall();
    if (m_rememberedTime == 0)
        m_rememberedTime = timeIn(timeFileOf(m_connection)).value_or(0);
    if (std::abs(now - m_rememberedTime) < rememberEveryMs)
        return;
    QSaveFile file(timeFileOf(m_connection));
    if (!file.open(QIODevice::WriteOnly))
        return; // then the next start asks once more
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(QDateTime::fromMSecsSinceEpoch(now, Qt::UTC).toString(Qt::ISODateWithMs).toLatin1() +
               '\n');
    if (file.commit())
        m_rememberedTime = now;
}

void Retention::hearServers()
{
    const auto offset = m_limits.clock.servers->take();
    if (!offset)
        return;
    const bool wasTrusted = m_clockWatch.isTrusted();
    m_clockWatch.compare(*offset);
    if (!wasTrusted && m_clockWatch.isTrusted())
        m_nextExpiry = {};
}

//! Behind a block that is younger by its stamp there may be older ones: it was written under a
//! clock that was ahead. False: none is in sight.
bool Retention::skipYounger(qint64 oldest)
{
    const std::uint64_t from = std::max(m_expiredTo, m_skippedTo);
    const auto next = retentiontable::nextOlder(m_connection, from, oldest, skippedAtOnce);
    if (!next)
        return false;
    const bool isOlder = next->range.first != 0 && next->acceptedMs < oldest;
    if (isOlder)
        m_expiredTo = next->range.first - 1;
    else if (!m_askedToExpire)
        m_skippedTo = next->range.first; // at the end from the beginning again
    return isOlder;
}

bool Retention::expire()
{
    const auto endRound = [this] {
        m_expiredTo = 0;
        m_nextExpiry = m_limits.clock.steady() + expiryInterval;
        m_needed.reset();
        return false;
    };
    const qint64 oldest = m_limits.clock.wall() - m_limits.maxAge.count(); // before it is judged
    if (!m_clockWatch.isTrusted())
        return endRound();
    rememberTime();
    auto blocks = retentiontable::facts(m_connection, m_expiredTo, blocksPerStep);
    if (!blocks)
        return endRound();
    blocks->erase(std::find_if(blocks->begin(), blocks->end(),
                               [&](const BlockFacts &block) { return block.acceptedMs >= oldest; }),
                  blocks->end());
    if (blocks->empty()) {
        if (skipYounger(oldest))
            return true;
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
