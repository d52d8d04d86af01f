// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/sender.h"

#include "core/config/endpointstore.h"
#include "core/config/secret.h"
#include "core/delivery/transport.h"

#include <QRandomGenerator>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Ranges that one order names; a batch rarely spans more.
constexpr std::size_t maxRangesPerOrder = 64;

} // namespace

Sender::Sender(const SenderParts &parts, SenderStart start, const Endpoint &endpoint, QObject *parent)
    : QObject(parent)
    , m_parts(parts)
    , m_backlog(std::move(start.backlog))
    , m_lastSequence(start.lastSequence)
    , m_row(std::move(start.row))
    , m_failed(start.failed)
{
    m_flushTimer.setSingleShot(true);
    m_retryTimer.setSingleShot(true);
    m_flushTimer.callOnTimeout(this, &Sender::flush);
    m_retryTimer.callOnTimeout(this, [this] {
        m_nextAttempt = {};
        advance();
    });
    m_flushTo = m_lastSequence; // what a former process left does not wait for company
    configure(endpoint);
}

void Sender::configure(const Endpoint &endpoint)
{
    m_endpoint = endpoint;
    m_row.name = endpoint.name;
    abandonBatches();
    m_retryTimer.stop();
    m_nextAttempt = {};
    m_throttled = 0;
    m_flushTimer.setInterval(endpoint.flushInterval);
    auto service = makeService(endpoint.service, endpoint.options);
    if (!service) {
        m_service.reset();
        setState(SenderState::HeldConfiguration, service.error().text, service.error().action);
        return;
    }
    m_service = *service;
    setState(m_paused ? SenderState::HeldByOperator : SenderState::Idle);
    resolveKey();
    advance();
}

void Sender::resolveKey()
{
    auto key = resolveSecret(m_endpoint.apiKey);
    if (key)
        m_credentials.key = *key;
    else
        setState(SenderState::HeldAuthentication, key.error().text, key.error().action);
}

bool Sender::isHeld() const
{
    return m_state == SenderState::HeldAuthentication || m_state == SenderState::HeldConfiguration
        || m_state == SenderState::HeldByOperator;
}

bool Sender::isBlocked() const
{
    return isHeld() || m_retryTimer.isActive();
}

void Sender::setState(SenderState state, const QString &problem, const QString &action)
{
    m_state = state;
    m_problem = problem;
    m_action = action;
    Q_EMIT changed();
}

void Sender::recordsCommitted(SequenceRange range)
{
    m_backlog.add(range);
    m_lastSequence = std::max(m_lastSequence, range.last);
    m_row.accepted += qint64(range.count());
    if (!m_flushTimer.isActive() && unplanned() > 0)
        m_flushTimer.start();
    Q_EMIT changed();
    advance();
}

void Sender::flush()
{
    m_flushTo = m_lastSequence;
    advance();
}

void Sender::retryNow()
{
    m_retryTimer.stop();
    m_nextAttempt = {};
    m_flushTo = m_lastSequence;
    if (m_service && isHeld() && !m_paused) {
        setState(SenderState::Idle);
        resolveKey();
    }
    advance();
}

void Sender::setPaused(bool paused)
{
    if (m_paused == paused)
        return;
    m_paused = paused;
    if (paused)
        setState(SenderState::HeldByOperator, u"paused by the operator"_s, u"Resume it."_s);
    else
        configure(m_endpoint);
}

std::uint64_t Sender::unplanned() const
{
    const auto range = m_backlog.rangeFrom(m_planFrom);
    if (!range)
        return 0;
    // Exact for the common case of one range; a lower bound is enough to decide with otherwise.
    return range->count();
}

void Sender::advance()
{
    if (isBlocked() || !m_service)
        return;
    int travelling = 0;
    for (const auto &active : m_active)
        travelling += active->isTravelling ? 1 : 0;
    const std::size_t slots = std::size_t(m_endpoint.maxInFlight);
    for (std::size_t i = 0; i < std::min(slots, m_active.size()); ++i) {
        if (m_active[i]->isTravelling || m_active[i]->progress.isDone())
            continue;
        send(*m_active[i]);
        ++travelling;
    }
    planMore();
    // A suspended sender stays so until its probe is answered.
    if (m_state != SenderState::Suspended || travelling == 0) {
        const auto state = travelling > 0 ? SenderState::Sending : SenderState::Idle;
        if (m_state != state)
            setState(state);
    }
}

void Sender::planMore()
{
    if (m_planning || m_active.size() > std::size_t(m_endpoint.maxInFlight))
        return;
    if (!m_replays.empty()) {
        const qint64 id = m_replays.front();
        m_replays.pop_front();
        planBatch({.service = m_service, .ranges = {}, .failedBatch = id});
        return;
    }
    const std::uint64_t count = unplanned();
    if (count == 0)
        return;
    const bool isAhead = m_active.size() >= std::size_t(m_endpoint.maxInFlight);
    const bool isDue = m_planFrom <= m_flushTo || count >= std::uint64_t(m_endpoint.bufferSize);
    // Ahead of its turn a batch is packed only when it is worth a request of its own.
    if (!isDue || (isAhead && count < m_service->limits().targetRecords / 4))
        return;
    PlanOrder order{.service = m_service, .ranges = {}};
    std::uint64_t from = m_planFrom;
    while (order.ranges.size() < maxRangesPerOrder) {
        const auto range = m_backlog.rangeFrom(from);
        if (!range)
            break;
        order.ranges.push_back(*range);
        from = range->last + 1;
    }
    planBatch(std::move(order));
}

void Sender::planBatch(PlanOrder order)
{
    m_planning = true;
    m_flushTimer.stop();
    const qint64 failedBatch = order.failedBatch;
    m_parts.planner.plan(std::move(order), this,
                         [this, generation = m_generation,
                          failedBatch](Expected<std::unique_ptr<Batch>> batch) {
                             planned(std::move(batch), generation, failedBatch);
                         });
}

void Sender::planned(Expected<std::unique_ptr<Batch>> batch, quint64 generation, qint64 failedBatch)
{
    m_planning = false;
    if (generation != m_generation) {
        if (failedBatch != 0)
            m_replays.push_front(failedBatch);
        advance();
        return;
    }
    if (!batch) {
        Q_EMIT problemOccurred(batch.error());
        if (failedBatch != 0) {
            Q_EMIT replayFinished(failedBatch, false, batch.error().text);
            advance();
        } else {
            setState(SenderState::BackingOff, batch.error().text, batch.error().action);
            m_retryTimer.start(m_retry.base);
        }
        return;
    }
    Batch &made = **batch;
    if (!made.damaged.empty()) {
        Settlement settlement;
        settlement.ranges = made.damaged;
        settlement.damagedBlocks = made.damagedBlocks;
        for (const SequenceRange &range : made.damaged) {
            settlement.counts.discardedDamaged += qint64(range.count());
            m_planFrom = std::max(m_planFrom, range.last + 1);
        }
        Q_EMIT problemOccurred(
            {u"%1 records of %2 could not be read from the journal: %3"_s
                 .arg(settlement.counts.discardedDamaged)
                 .arg(m_endpoint.name,
                      made.damage ? made.damage->text : u"their block was set aside"_s),
             u"They are counted as discarded (damaged); check the disk. The block stays in the "
             u"journal file."_s});
        settle(std::move(settlement));
    }
    if (!made.records.empty()) {
        auto active = std::make_unique<Active>(
            Active{.progress = BatchProgress(m_service, std::move(*batch))});
        if (failedBatch != 0) {
            // Before what has not started yet.
            auto place = m_active.begin();
            while (place != m_active.end() && ((*place)->wasSent || (*place)->progress.batch().origin))
                ++place;
            m_active.insert(place, std::move(active));
        } else {
            m_planFrom = std::max(m_planFrom, active->progress.batch().records.back().sequence + 1);
            m_active.push_back(std::move(active));
        }
    }
    if (unplanned() > 0 && !m_flushTimer.isActive())
        m_flushTimer.start();
    advance();
}

void Sender::send(Active &active)
{
    HttpRequest request = active.progress.current().request;
    m_service->sign(request, QDateTime::currentDateTimeUtc(), m_credentials);
    active.isTravelling = true;
    m_meter.requestSent(active.isRetry);
    active.wasSent = true;
    QElapsedTimer clock;
    clock.start();
    m_parts.transport.send(
        request, m_endpoint.timeout, this,
        [this, generation = m_generation, &active, clock](const HttpReply &reply, int sent) {
            if (generation == m_generation) // else the batch is gone, its records are waiting again
                answered(active, reply, sent, double(clock.nsecsElapsed()) / 1e6);
        });
}

void Sender::answered(Active &active, const HttpReply &reply, int sent, double milliseconds)
{
    active.isTravelling = false;
    for (int i = 1; i < sent; ++i)
        m_meter.requestSent(true);
    if (reply.fault == TransportFault::None)
        m_meter.answered(milliseconds);
    const Outcome outcome = m_service->interpret(active.progress.current(), reply);
    const auto next = active.progress.apply(outcome, reply, sent, QDateTime::currentDateTimeUtc());
    active.isRetry = next == BatchProgress::Next::Wait;
    if (outcome.kind != Outcome::Kind::Slower)
        m_throttled = 0;
    settleDelivered(active);
    switch (next) {
    case BatchProgress::Next::Proceed:
        if (m_state == SenderState::Suspended || m_state == SenderState::BackingOff)
            setState(SenderState::Sending);
        if (active.progress.isDone())
            finish(active);
        advance();
        break;
    case BatchProgress::Next::Wait:
        if (outcome.kind == Outcome::Kind::RetryLater
            && active.progress.failures() >= std::max(m_endpoint.maxRetries, 1)) {
            exhausted(active, outcome, reply);
        } else {
            setState(SenderState::BackingOff, outcome.reason);
            wait(outcome, active.progress.failures());
        }
        break;
    case BatchProgress::Next::Hold:
    case BatchProgress::Next::Hopeless:
        if (active.progress.batch().origin)
            finishReplay(active, outcome.reason);
        hold(outcome);
        break;
    }
}

void Sender::wait(const Outcome &outcome, int failures)
{
    if (outcome.kind == Outcome::Kind::Slower)
        failures = ++m_throttled;
    const auto delay = m_retry.delayAfter(failures, outcome.hint,
                                          QRandomGenerator::global()->generateDouble());
    m_nextAttempt = QDateTime::currentDateTimeUtc().addMSecs(delay.count());
    m_retryTimer.start(delay);
    Q_EMIT changed();
}

void Sender::exhausted(Active &active, const Outcome &outcome, const HttpReply &reply)
{
    const int failures = active.progress.failures();
    if (active.progress.batch().origin) {
        finishReplay(active, outcome.reason);
        advance();
    } else if (m_endpoint.onExhausted == OnExhausted::Park) {
        active.progress.parkOpen(outcome.reason, reply.status, bodyExcerpt(reply.body));
        finish(active);
        setState(SenderState::BackingOff, outcome.reason);
        wait(outcome, 1);
    } else {
        setState(SenderState::Suspended, outcome.reason,
                 u"It is tried again by itself; retry now tries at once."_s);
        wait(outcome, failures);
    }
}

void Sender::hold(const Outcome &outcome)
{
    abandonBatches();
    setState(outcome.heldForAuthentication ? SenderState::HeldAuthentication
                                           : SenderState::HeldConfiguration,
             outcome.reason,
             outcome.action.isEmpty() ? u"Correct the endpoint; its records are kept."_s
                                      : outcome.action);
    Q_EMIT problemOccurred({u"%1 is held: %2"_s.arg(m_endpoint.name, m_problem), m_action});
}

void Sender::abandonBatches()
{
    ++m_generation; // answers that are still to come find nothing
    for (const auto &active : m_active) {
        if (active->progress.batch().origin && !active->progress.isDone())
            m_replays.push_back(active->progress.batch().origin->row.id);
    }
    m_active.clear();
    m_planFrom = m_backlog.isEmpty() ? m_lastSequence + 1 : m_backlog.first();
    m_flushTo = std::max(m_flushTo, m_lastSequence);
}

std::vector<SequenceRange> Sender::sequencesOf(const Active &active,
                                               const std::vector<std::size_t> &indices) const
{
    std::vector<std::uint64_t> sequences;
    sequences.reserve(indices.size());
    for (const std::size_t index : indices)
        sequences.push_back(active.progress.batch().records[index].sequence);
    return toRanges(sequences);
}

void Sender::settleDelivered(Active &active)
{
    if (active.progress.batch().origin) // settled as a whole when the replay is over
        return;
    const auto delivered = active.progress.takeDelivered();
    if (delivered.empty())
        return;
    m_meter.delivered(qint64(delivered.size()));
    Settlement settlement;
    settlement.ranges = sequencesOf(active, delivered);
    settlement.counts.delivered = qint64(delivered.size());
    settle(std::move(settlement));
}

void Sender::finish(Active &active)
{
    if (active.progress.batch().origin) {
        const auto &parked = active.progress.parked();
        finishReplay(active, parked.empty() ? QString() : parked.front().reason);
        return;
    }
    Settlement settlement;
    for (const BatchProgress::Parked &parked : active.progress.parked()) {
        const auto ranges = sequencesOf(active, parked.indices);
        settlement.ranges.insert(settlement.ranges.end(), ranges.begin(), ranges.end());
        settlement.failed.push_back(active.progress.toFailedBatch(parked, m_row.id,
                                                                  QDateTime::currentDateTimeUtc()));
        settlement.failed.back().configuration = endpointsToJson({m_endpoint});
    }
    std::erase_if(m_active, [&](const auto &other) { return other.get() == &active; });
    if (!settlement.failed.empty())
        settle(std::move(settlement));
}

void Sender::finishReplay(Active &active, const QString &problem)
{
    const FailedBatch &origin = *active.progress.batch().origin;
    ReplaySettlement settlement{.endpoint = m_row.id,
                                .delivered = 0,
                                .remaining = {},
                                .batch = origin.row.id};
    const auto undelivered = active.progress.undelivered();
    settlement.delivered = origin.row.records - qint64(undelivered.size());
    if (!undelivered.empty()) {
        BatchProgress::Parked rest{undelivered, problem, origin.row.status, origin.row.bodyExcerpt,
                                   origin.row.mayHaveArrived || active.progress.mayHaveArrived()};
        if (!active.progress.parked().empty()) {
            rest.status = active.progress.parked().front().status;
            rest.bodyExcerpt = active.progress.parked().front().bodyExcerpt;
        } else if (!active.progress.attempts().empty()) {
            rest.status = active.progress.attempts().last().status;
        }
        FailedBatch remaining = active.progress.toFailedBatch(rest, m_row.id, origin.row.created);
        remaining.row.id = origin.row.id;
        remaining.row.attempts = origin.row.attempts + active.progress.attempts();
        remaining.configuration = origin.configuration;
        settlement.remaining = std::move(remaining);
    }
    const qint64 id = origin.row.id;
    const qint64 delivered = settlement.delivered;
    const bool isSettled = undelivered.empty();
    std::erase_if(m_active, [&](const auto &other) { return other.get() == &active; });
    m_parts.journal.settleReplay(
        std::move(settlement), [=, this](const std::optional<Error> &error) {
            QMetaObject::invokeMethod(this, [=, this] {
                if (error) {
                    Q_EMIT problemOccurred(*error);
                    Q_EMIT replayFinished(id, false, error->text);
                    return;
                }
                m_row.delivered += delivered;
                m_failed -= delivered;
                if (delivered > 0)
                    m_meter.delivered(delivered);
                Q_EMIT changed();
                Q_EMIT failedBatchesChanged();
                Q_EMIT replayFinished(id, isSettled, problem);
            });
        });
}

void Sender::settle(Settlement settlement)
{
    settlement.endpoint = m_row.id;
    qint64 parked = 0;
    for (const SequenceRange &range : settlement.ranges)
        m_backlog.remove(range);
    for (const FailedBatch &batch : settlement.failed)
        parked += batch.row.records;
    // The mark must not pass what an earlier settlement has yet to write: that one may fail.
    settlement.mark = m_lastSequence;
    if (!m_backlog.isEmpty())
        settlement.mark = m_backlog.first() - 1;
    if (!m_unwritten.isEmpty())
        settlement.mark = std::min(settlement.mark, m_unwritten.first() - 1);
    for (const SequenceRange &range : settlement.ranges)
        m_unwritten.add(range);
    const CountChange counts = settlement.counts;
    const auto kept = std::make_shared<Settlement>(std::move(settlement));
    m_parts.journal.settle(*kept, [=, this](const std::optional<Error> &error) {
        QMetaObject::invokeMethod(this, [=, this] {
            for (const SequenceRange &range : kept->ranges)
                m_unwritten.remove(range);
            if (error) {
                // Not settled after all. Sent once more than needed is better than lost.
                for (const SequenceRange &range : kept->ranges)
                    m_backlog.add(range);
                Q_EMIT problemOccurred(*error);
                abandonBatches();
                setState(SenderState::BackingOff, error->text, error->action);
                m_retryTimer.start(m_retry.base);
                return;
            }
            m_row.delivered += counts.delivered;
            m_row.discardedByOperator += counts.discardedByOperator;
            m_row.discardedDamaged += counts.discardedDamaged;
            m_failed += parked;
            Q_EMIT changed();
            if (parked > 0)
                Q_EMIT failedBatchesChanged();
        });
    });
}

void Sender::replay(qint64 failedBatch)
{
    m_replays.push_back(failedBatch);
    m_retryTimer.stop();
    m_nextAttempt = {};
    advance();
}

void Sender::discardWaiting()
{
    abandonBatches();
    Settlement settlement;
    settlement.ranges = m_backlog.ranges();
    settlement.counts.discardedByOperator = qint64(m_backlog.count());
    if (!settlement.ranges.empty())
        settle(std::move(settlement));
}

void Sender::failedDiscarded(qint64 records)
{
    m_failed -= records;
    m_row.discardedByOperator += records;
    Q_EMIT changed();
    Q_EMIT failedBatchesChanged();
}

EndpointStatus Sender::status() const
{
    qint64 travelling = 0;
    for (const auto &active : m_active) {
        if (active->isTravelling && !active->progress.batch().origin)
            travelling += qint64(active->progress.current().indices.size());
    }
    return {.journalId = m_row.id,
            .id = m_endpoint.id,
            .name = m_endpoint.name,
            .service = m_endpoint.service,
            .url = m_endpoint.options.url,
            .configured = true,
            .state = m_state,
            .problem = m_problem,
            .action = m_action,
            .ledger = {.accepted = m_row.accepted,
                       .delivered = m_row.delivered,
                       .waiting = qint64(m_backlog.count()) - travelling,
                       .inFlight = travelling + qint64(m_unwritten.count()),
                       .failed = m_failed,
                       .discardedByOperator = m_row.discardedByOperator,
                       .discardedByFilter = m_row.discardedByFilter,
                       .discardedShed = m_row.discardedShed,
                       .discardedDamaged = m_row.discardedDamaged,
                       .discardedExpired = m_row.discardedExpired},
            .recordsPerSecond = m_meter.recordsPerSecond(),
            .requests = m_meter.requests(),
            .retries = m_meter.retries(),
            .latencyMs = m_meter.medianLatencyMs(),
            .nextAttempt = m_nextAttempt,
            .lastSuccess = m_meter.lastSuccess()};
}

} // namespace trace
