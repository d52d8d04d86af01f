// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/backlog.h"

#include <algorithm>
#include <memory>

namespace trace {

namespace {

constexpr std::chrono::seconds writeInterval{1};
// So many requests' worth may come twice after a crash, beside those under way. With two, a service
// of small requests got 14 % less: a commit takes as long as several of them.
constexpr int mostUnwritten = 8;

} // namespace

Backlog::Backlog(Journal &journal, BacklogStart start, QObject *parent)
    : QObject(parent)
    , m_journal(journal)
    , m_unsettled(std::move(start.unsettled))
    , m_lastSequence(start.lastSequence)
    , m_row(std::move(start.row))
    , m_failed(start.failed)
{
    m_writeTimer.setSingleShot(true);
    m_writeTimer.setInterval(writeInterval);
    m_writeTimer.callOnTimeout(this, &Backlog::writeAgain);
}

Ledger Backlog::ledger(qint64 travelling) const
{
    return {.accepted = m_row.accepted,
            .delivered = m_row.delivered,
            .waiting = qint64(m_unsettled.count()) - travelling,
            .inFlight = travelling + qint64(m_unwritten.count()),
            .failed = m_failed,
            .discardedByOperator = m_row.discardedByOperator,
            .discardedByFilter = m_row.discardedByFilter,
            .discardedShed = m_row.discardedShed,
            .discardedDamaged = m_row.discardedDamaged,
            .discardedExpired = m_row.discardedExpired};
}

bool Backlog::isOpen(SequenceRange range) const
{
    const auto touches = [range](const SequenceSet &set) {
        const auto next = set.rangeFrom(range.first);
        return next && next->first <= range.last;
    };
    return touches(m_unsettled) || touches(m_unwritten);
}

void Backlog::add(SequenceRange range)
{
    if (range.last <= m_lastSequence)
        return;
    m_unsettled.add(range);
    journalGrew(range.last);
    m_row.accepted += qint64(range.count());
    Q_EMIT changed();
}

void Backlog::journalGrew(std::uint64_t lastSequence)
{
    m_lastSequence = std::max(m_lastSequence, lastSequence);
}

void Backlog::settle(Settlement settlement)
{
    settlement.endpoint = m_row.id;
    for (const SequenceRange &range : settlement.ranges)
        m_unsettled.remove(range);
    // The mark must not pass what an earlier settlement has yet to write: that one may fail.
    settlement.mark = m_lastSequence;
    if (!m_unsettled.isEmpty())
        settlement.mark = m_unsettled.first() - 1;
    if (!m_unwritten.isEmpty())
        settlement.mark = std::min(settlement.mark, m_unwritten.first() - 1);
    for (const SequenceRange &range : settlement.ranges)
        m_unwritten.add(range);
    ++m_writing;
    write(std::make_shared<const Settlement>(std::move(settlement)));
}

qint64 Backlog::giveUp(const std::vector<SequenceRange> &ranges, const SequenceSet &kept,
                       DiscardReason reason)
{
    SequenceSet given;
    for (const SequenceRange &range : ranges) {
        for (const SequenceRange &some : m_unsettled.within(range))
            given.add(some);
    }
    for (const SequenceRange &range : kept.ranges())
        given.remove(range);
    if (given.isEmpty())
        return 0;
    const qint64 records = qint64(given.count());
    Settlement settlement;
    settlement.ranges = given.ranges();
    settlement.counts = changeOf(reason, records);
    settlement.discarded = {{reason, settlement.ranges}};
    settle(std::move(settlement));
    return records;
}

void Backlog::write(const std::shared_ptr<const Settlement> &settlement)
{
    m_journal.settle(*settlement, [this, settlement](const std::optional<Error> &error) {
        QMetaObject::invokeMethod(this, [=, this] {
            // When it failed, its ranges stay among the unwritten ones: no mark passes them.
            if (error)
                unwritable([=, this] { write(settlement); }, *error);
            else
                settled(*settlement);
        });
    });
}

void Backlog::unwritable(Write again, const Error &error)
{
    m_unwritable.push_back(std::move(again));
    if (!m_writeTimer.isActive())
        m_writeTimer.start();
    if (std::exchange(m_problem, error))
        return; // told once
    Q_EMIT writeFailed(error);
}

void Backlog::writeAgain()
{
    m_writeTimer.stop();
    for (const Write &write : std::exchange(m_unwritable, {}))
        write();
}

bool Backlog::isBehind() const
{
    return m_writing >= mostUnwritten;
}

void Backlog::wrote()
{
    const bool wasBehind = isBehind();
    --m_writing;
    if (wasBehind && !isBehind())
        Q_EMIT caughtUp();
    if (m_writing > 0 || !m_problem)
        return;
    m_problem.reset();
    Q_EMIT writeSucceeded();
}

void Backlog::settled(const Settlement &settlement)
{
    for (const SequenceRange &range : settlement.ranges)
        m_unwritten.remove(range);
    m_row.delivered += settlement.counts.delivered;
    m_row.discardedByOperator += settlement.counts.discardedByOperator;
    m_row.discardedByFilter += settlement.counts.discardedByFilter;
    m_row.discardedShed += settlement.counts.discardedShed;
    m_row.discardedDamaged += settlement.counts.discardedDamaged;
    m_row.discardedExpired += settlement.counts.discardedExpired;
    for (const FailedBatch &batch : settlement.failed)
        m_failed += batch.row.records;
    Q_EMIT changed();
    if (!settlement.failed.empty())
        Q_EMIT failedBatchesChanged();
    wrote();
}

void Backlog::settleReplay(ReplaySettlement settlement, std::function<void()> written)
{
    settlement.endpoint = m_row.id;
    ++m_writing;
    writeReplay(std::make_shared<const ReplaySettlement>(std::move(settlement)), written);
}

void Backlog::writeReplay(const std::shared_ptr<const ReplaySettlement> &settlement,
                          const std::function<void()> &written)
{
    m_journal.settleReplay(*settlement, [=, this](const std::optional<Error> &error) {
        QMetaObject::invokeMethod(this, [=, this] {
            if (error) {
                unwritable([=, this] { writeReplay(settlement, written); }, *error);
                return;
            }
            m_row.delivered += settlement->delivered;
            m_failed -= settlement->delivered;
            Q_EMIT changed();
            Q_EMIT failedBatchesChanged();
            written();
            wrote();
        });
    });
}

void Backlog::obliged(qint64 records)
{
    m_row.accepted += records;
    m_failed += records;
    Q_EMIT changed();
    Q_EMIT failedBatchesChanged();
}

void Backlog::failedDiscarded(qint64 records)
{
    m_failed -= records;
    m_row.discardedByOperator += records;
    Q_EMIT changed();
    Q_EMIT failedBatchesChanged();
}

} // namespace trace
