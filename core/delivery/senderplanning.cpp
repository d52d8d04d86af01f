// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Sender that chooses what is packed and sent next, and puts it back.
#include "core/delivery/sender.h"
#include "core/delivery/settling.h"
#include "core/delivery/timewindow.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Ranges that one order names; a batch rarely spans more.
constexpr std::size_t maxRangesPerOrder = 64;

} // namespace

Sender::Active *Sender::nextToSend()
{
    if (m_trust.isSuspect())
        return nextProbe();
    const std::size_t slots = std::size_t(m_endpoint.maxInFlight);
    Active *aside = nullptr;
    for (std::size_t i = 0; i < m_active.size() && i < slots + (aside ? 1 : 0); ++i) {
        Active *const active = m_active[i].get();
        if (active->isTravelling || active->isLeaving)
            continue;
        if (!active->isAside)
            return active;
        aside = aside ? aside : active;
    }
    return aside;
}

//! What waits from m_planFrom on and is not in a probe, in so many ranges at the most.
std::vector<SequenceRange> Sender::unplannedRanges(std::size_t most) const
{
    SequenceSet probes;
    const auto note = [&probes](const auto &active) {
        if (active->isProbe) {
            const std::uint64_t sequence = active->progress.batch().records.front().sequence;
            probes.add({sequence, sequence});
        }
    };
    std::for_each(m_active.begin(), m_active.end(), note);
    std::for_each(m_suspects.begin(), m_suspects.end(), note);
    std::vector<SequenceRange> ranges;
    std::uint64_t from = m_planFrom;
    while (ranges.size() < most) {
        const auto range = m_backlog.unsettled().rangeFrom(from);
        if (!range)
            break;
        from = range->last + 1;
        std::uint64_t first = range->first;
        for (const SequenceRange &probe : probes.within(*range)) {
            if (probe.first > first)
                ranges.push_back({first, probe.first - 1});
            first = probe.last + 1;
        }
        if (first <= range->last)
            ranges.push_back({first, range->last});
    }
    return ranges;
}

void Sender::planMore()
{
    const bool isAside = std::any_of(m_active.begin(), m_active.end(),
                                     [](const auto &active) { return active->isAside; });
    const std::size_t slots = std::size_t(m_endpoint.maxInFlight) + (isAside ? 1 : 0);
    if (m_planning || m_isAsking || isLeaving() || m_active.size() > slots)
        return;
    if (!m_replays.empty()) {
        const qint64 id = m_replays.front();
        m_replays.pop_front();
        planBatch({.service = m_service, .ranges = {}, .failedBatch = id});
        return;
    }
    const std::uint64_t count = unplanned();
    if (count == 0 || m_trust.isSuspect()) // of which only probes are sent
        return;
    const bool isAhead = m_active.size() >= slots;
    const bool isDue =
        isAside || m_planFrom <= m_flushTo || count >= std::uint64_t(m_endpoint.bufferSize);
    // Ahead of its turn a batch is packed only when it is worth a request of its own.
    if (!isDue || (isAhead && count < m_service->limits().targetRecords / 4))
        return;
    PlanOrder order{
        .service = m_service, .ranges = unplannedRanges(maxRangesPerOrder), .filter = m_filter};
    // At a limited pace no request takes more than half a second of it.
    if (const auto rate = m_pace.bytesPerSecond())
        order.maxBytes = std::max<std::size_t>(std::size_t(*rate / 2 / m_bodyPerRaw), 1);
    planBatch(std::move(order));
}

void Sender::planBatch(PlanOrder order)
{
    m_planning = true;
    m_plannedReplay = order.failedBatch;
    m_flushTimer.stop();
    order.now = serverTime();
    m_parts.planner.plan(std::move(order), this,
                         [this, generation = m_generation](Expected<std::unique_ptr<Batch>> batch) {
                             planned(std::move(batch), generation);
                         });
}

void Sender::planned(Expected<std::unique_ptr<Batch>> batch, quint64 generation)
{
    m_planning = false;
    const bool isProbe = std::exchange(m_isPlanningProbe, false);
    const qint64 failedBatch = std::exchange(m_plannedReplay, 0);
    const bool isVoid = generation != m_generation;
    if (isVoid || (batch && needsTime(**batch))) {
        if (failedBatch != 0)
            m_replays.push_front(failedBatch);
        if (!isVoid && !isBlocked())
            askTime(**batch);
    } else if (batch && isProbe && !m_trust.isSuspect()) {
        // planned in its turn
    } else if (batch) {
        settleUnsent(**batch, isProbe);
        if (!(*batch)->records.empty())
            enqueue(std::move(*batch), isProbe);
        if (unplanned() > 0 && !m_flushTimer.isActive())
            m_flushTimer.start();
    } else {
        planFailed(batch.error(), failedBatch);
    }
    advance();
}

void Sender::planFailed(const Error &error, qint64 failedBatch)
{
    Q_EMIT problemOccurred(error);
    if (failedBatch != 0) {
        releaseReplay(failedBatch, error.text);
    } else if (!isBlocked()) {
        enter(SenderState::BackingOff, error.text, error.action);
        m_retryTimer.start(m_retry.base);
    }
}

//! Records would be set aside for their time by nothing but this computer's clock.
bool Sender::needsTime(const Batch &batch) const
{
    return !m_serverAhead && !m_wasTimeAsked &&
           std::any_of(batch.unfit.begin(), batch.unfit.end(), [this](const Unfit &unfit) {
               return TimeWindow::isReason(unfit.reason, *m_service);
           });
}

//! Most answers of a server bear its time. The batch is planned again when it is known.
void Sender::askTime(const Batch &batch)
{
    // The address where the records go is that of one which would be sent at another time.
    QUrl url;
    for (const Unfit &unfit : batch.unfit) {
        if (!url.isEmpty() || !TimeWindow::isReason(unfit.reason, *m_service))
            break;
        const Plan plan = m_service->plan({&batch.records[unfit.index], 1});
        if (!plan.shares.empty())
            url = plan.shares.front().request.url;
    }
    if (url.isEmpty()) {
        m_wasTimeAsked = true; // they are unfit at any time
        return;
    }
    HttpRequest question; // without a key
    question.method = "OPTIONS";
    question.url = url;
    ask(question, [this](const HttpReply &) {
        m_wasTimeAsked = true;
        advance();
    });
}

void Sender::settleUnsent(const Batch &batch, bool isProbe)
{
    if (batch.damaged.empty() && batch.filtered.empty())
        return;
    Settlement settlement;
    settlement.ranges = batch.damaged;
    settlement.ranges.insert(settlement.ranges.end(), batch.filtered.begin(), batch.filtered.end());
    settlement.damagedBlocks = batch.damagedBlocks;
    settlement.discarded = {{DiscardReason::Damaged, batch.damaged},
                            {DiscardReason::Filter, batch.filtered}};
    for (const SequenceRange &range : batch.damaged)
        settlement.counts.discardedDamaged += qint64(range.count());
    for (const SequenceRange &range : batch.filtered)
        settlement.counts.discardedByFilter += qint64(range.count());
    for (const SequenceRange &range : settlement.ranges) {
        if (!isProbe)
            m_planFrom = std::max(m_planFrom, range.last + 1);
    }
    if (!batch.damaged.empty()) {
        Q_EMIT problemOccurred(
            {u"%1 records of %2 could not be read from the journal: %3"_s
                 .arg(settlement.counts.discardedDamaged)
                 .arg(m_endpoint.name,
                      batch.damage ? batch.damage->text : u"their block was set aside"_s),
             u"They are counted as discarded (damaged); check the disk. The block stays in the "
             u"journal file."_s});
    }
    m_backlog.settle(std::move(settlement));
}

void Sender::enqueue(std::unique_ptr<Batch> batch, bool isProbe)
{
    std::size_t body = 0;
    for (const Share &share : batch->shares)
        body += std::size_t(share.request.body.size());
    if (batch->rawBytes > 0 && body > 0)
        m_bodyPerRaw = double(body) / double(batch->rawBytes);
    const bool isReplay = batch->origin.has_value();
    if (!isReplay && !isProbe)
        m_planFrom = std::max(m_planFrom, batch->records.back().sequence + 1);
    const auto service = batch->service ? batch->service : m_service;
    auto active = std::make_unique<Active>(
        Active{.progress =
                   BatchProgress(service, std::move(batch), isReplay ? SequenceSet() : m_uncertain),
               .isProbe = isProbe});
    Active &added = *active;
    auto place = m_active.end();
    if (added.isReplay()) { // before what has not started yet
        place = std::find_if(m_active.begin(), m_active.end(), [](const auto &other) {
            return !other->wasSent && !other->isReplay();
        });
    }
    m_active.insert(place, std::move(active));
    if (added.progress.isDone()) // nothing in it is fit to be sent
        finish(added);
}

//! By the server's clock, as far as it is known; ns since the epoch.
std::int64_t Sender::serverTime() const
{
    const auto ahead = m_serverAhead.value_or(0ms);
    return (QDateTime::currentMSecsSinceEpoch() + ahead.count()) * 1'000'000;
}

bool Sender::isParkedForTime(const FailedBatchRow &batch) const
{
    return batch.endpoint == journalId() && batch.state == FailedState::Parked && m_service &&
           TimeWindow::isReason(batch.reason, *m_service);
}

//! Something that was fit when it was planned is not by this computer's clock, and no other is
//! known.
bool Sender::isTimeDoubtful(const Active &active) const
{
    if (m_serverAhead || m_wasTimeAsked)
        return false;
    const TimeWindow window(*m_service, serverTime());
    const auto &indices = active.progress.current().indices;
    return std::any_of(indices.begin(), indices.end(), [&](std::size_t index) {
        return window.unfitReason(active.progress.batch().records[index]).has_value();
    });
}

//! Makes the next request of a batch, which may have been planned long ago, fit for now.
void Sender::prepare(Active &active) const
{
    const TimeWindow window(*m_service, serverTime());
    active.progress.parkUnfit(
        [&window](const RecordView &record) { return window.unfitReason(record); });
    while (!active.progress.isDone() &&
           m_pace.isTooLarge(std::size_t(active.progress.current().request.body.size())) &&
           active.progress.split()) {
    }
}

void Sender::abandonBatches()
{
    for (const auto &active : m_active) {
        if (active->isReplay() && !active->isTravelling)
            putBackReplay(*active);
        else if (active->isReplay())
            active->isLeaving = true;
    }
    std::erase_if(m_active,
                  [](const auto &active) { return active->isReplay() && !active->isLeaving; });
    abandonBacklog();
}

//! All batches but replays.
void Sender::abandonBacklog()
{
    ++m_generation;
    for (const auto &active : m_active) {
        if (active->isReplay())
            continue;
        if (active->isTravelling) {
            active->isLeaving = true; // its answer counts; nothing is sent twice
            continue;
        }
        settleParked(*active);
        noteUncertain(active->progress);
    }
    for (const auto &active : std::exchange(m_suspects, {}))
        noteUncertain(active->progress); // these wait again
    std::erase_if(m_active,
                  [](const auto &active) { return !active->isReplay() && !active->isLeaving; });
    const SequenceSet &unsettled = m_backlog.unsettled();
    m_planFrom = unsettled.isEmpty() ? m_backlog.lastSequence() + 1 : unsettled.first();
    m_flushTo = std::max(m_flushTo, m_backlog.lastSequence());
}

//! A replay that is cut short: what it delivered is settled, and the rest is planned anew.
void Sender::putBackReplay(Active &active)
{
    const qint64 id = active.progress.batch().origin->row.id;
    ReplaySettlement settlement =
        replaySettlement(active.progress, journalId(), active.progress.batch().origin->row.reason);
    if (settlement.remaining && settlement.delivered == 0 && active.progress.uncertain().empty()) {
        m_replays.push_back(id);
        return;
    }
    if (settlement.delivered > 0)
        m_meter.delivered(settlement.delivered);
    if (!settlement.remaining) {
        m_backlog.settleReplay(std::move(settlement),
                               [=, this] { Q_EMIT replayFinished(id, true, {}); });
        return;
    }
    settlement.remaining->row.state = FailedState::Claimed;
    m_cutReplays.push_back(id);
    m_backlog.settleReplay(std::move(settlement), [=, this] {
        if (m_refusedReplays.contains(id))
            releaseReplay(id, m_refusedReplays.take(id));
        if (std::erase(m_cutReplays, id) == 0)
            return;
        m_replays.push_back(id);
        advance();
    });
}

void Sender::leaveReplays()
{
    const auto couriers = findChildren<Courier *>();
    qDeleteAll(couriers); // aborts their requests
    for (const auto &active : m_active) {
        if (active->isReplay() && active->isTravelling)
            active->progress.loseAnswer();
        if (active->isReplay())
            putBackReplay(*active);
    }
    std::erase_if(m_active, [](const auto &active) { return active->isReplay(); });
    refuseReplays(u"%1 is not served any more"_s.arg(m_endpoint.name));
    for (const qint64 id : m_refusedReplays.keys()) // their writes are on their way
        releaseReplay(id, m_refusedReplays.take(id));
}

//! Those that wait, and the one that is being planned. What was cut short stays claimed until it is
//! written what it delivered: a replay of it now would send that again.
void Sender::refuseReplays(const QString &problem)
{
    if (m_plannedReplay != 0)
        m_replays.push_back(std::exchange(m_plannedReplay, 0));
    for (const qint64 id : std::exchange(m_cutReplays, {}))
        m_refusedReplays.insert(id, problem);
    for (const qint64 id : std::exchange(m_replays, {}))
        releaseReplay(id, problem);
}

//! A replay that does not take place, or no further.
void Sender::releaseReplay(qint64 failedBatch, const QString &problem)
{
    m_unreleased.append(failedBatch);
    releaseAgain();
    Q_EMIT replayFinished(failedBatch, false, problem);
}

//! Parks them, also those that could not be parked before: nobody else would until a restart.
void Sender::releaseAgain()
{
    const auto isReleased = [this](qint64 id) { return m_parts.journal.release(id).has_value(); };
    if (m_unreleased.removeIf(isReleased) > 0)
        Q_EMIT failedBatchesChanged();
    if (!m_unreleased.isEmpty())
        m_releaseTimer.start();
}

} // namespace trace
