// SPDX-License-Identifier: LGPL-3.0-or-later
// The half of Sender that sends, and acts on what comes back.
#include "core/delivery/sender.h"
#include "core/delivery/settling.h"
#include "core/platform/logging.h"
#include "core/service/answerproblem.h"

#include <QRandomGenerator>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr RetryPolicy throttlePolicy{.base = 250ms, .cap = 60s};

} // namespace

void Sender::send(Active &active)
{
    active.isTravelling = true;
    active.sentAt = QDateTime::currentDateTimeUtc();
    watchAnswer();
    active.wasSent = true;
    m_meter.requestSent(active.isRetry);
    Courier::send(m_parts.transport, kit(), active.progress.current(), this,
                  [this, &active](Errand errand) {
                      errand.outcome = withTrust(std::move(errand.outcome), errand.reply);
                      answered(active, errand);
                  });
}

//! Who took records speaks TLS: another that answers in its place, such as a balancer, is there for
//! a while.
Outcome Sender::withTrust(Outcome outcome, const HttpReply &reply) const
{
    if (reply.fault != TransportFault::NoTls || outcome.kind != Outcome::Kind::Hold ||
        !m_trust.hasTaken())
        return outcome;
    Outcome passing{.kind = Outcome::Kind::RetryLater, .reason = outcome.reason};
    passing.problem = problemOf(passing, reply);
    return passing;
}

//! What an answer tells of the service, whatever becomes of the records.
void Sender::noteAnswer(const Active &active, const Errand &errand)
{
    const HttpReply &reply = errand.reply;
    qCDebug(logging::delivery).noquote()
        << m_endpoint.name << active.progress.current().indices.size() << "records,"
        << active.progress.current().request.body.size() << "bytes: HTTP" << reply.status
        << errand.outcome.reason << errand.milliseconds << "ms";
    for (int i = 1; i < errand.sent + errand.others; ++i)
        m_meter.requestSent(true);
    if (reply.fault == TransportFault::None)
        m_meter.answered(errand.milliseconds);
    noteDate(reply);
    m_signingSkew = errand.skew;
}

void Sender::noteDate(const HttpReply &reply)
{
    if (reply.fault != TransportFault::None)
        return; // not the service's own
    const auto ahead = clockSkew(reply, QDateTime::currentDateTimeUtc());
    if (!ahead)
        return;
    m_parts.journal.compareClocks(*ahead);
    const auto before = std::exchange(m_serverAhead, ahead).value_or(0ms);
    if (std::chrono::abs(*ahead - before) <= 1min)
        return;
    m_hasSkewNews = true;
    Q_EMIT clockSkewChanged();
}

void Sender::answered(Active &active, const Errand &errand)
{
    const Outcome &outcome = errand.outcome;
    active.isTravelling = false;
    answerEnded();
    noteAnswer(active, errand);
    if (outcome.kind == Outcome::Kind::Hold && !active.isLeaving && learns(errand.reply))
        return;
    const auto now = Pace::Time::clock::now();
    const bool isThrough =
        outcome.kind == Outcome::Kind::Delivered || outcome.kind == Outcome::Kind::PartlyDelivered;
    if (outcome.kind == Outcome::Kind::Rejected && !active.isOutdated)
        trustOf(active).refused();
    if (outcome.kind != Outcome::Kind::Slower)
        m_throttled = 0;
    const auto bytes = std::size_t(active.progress.current().request.body.size());
    if (isThrough)
        m_pace.delivered(bytes, now);
    const std::size_t records = active.progress.current().indices.size();
    const auto next =
        active.progress.apply(outcome, errand.reply, errand.sent, QDateTime::currentDateTimeUtc());
    if (outcome.kind == Outcome::Kind::Slower) {
        if (!m_pace.isTooLarge(bytes)) // else it came not too early, and is halved
            m_pace.throttled(now, bytes);
        if (active.progress.isDone() || active.progress.current().indices.size() != records ||
            m_pace.isTooLarge(bytes))
            m_throttled = 0; // another request may be taken where this one was too much
    }
    active.isRetry = next == BatchProgress::Next::Wait;
    settleDelivered(active);
    if (isThrough)
        gotThrough(active);
    if (isThrough && !active.progress.tookNothing() && !active.isOutdated) {
        active.trust.took();
        clearSuspicion();
    }
    if (outcome.kind == Outcome::Kind::Delivered)
        tellWarning(outcome.reason);
    if (active.isLeaving)
        left(active, outcome.reason);
    else
        goOn(active, next, errand);
}

//! The service knows another form that this server may take: what waits is packed anew.
bool Sender::learns(const HttpReply &reply)
{
    auto informed = m_service->informed(reply);
    if (!informed)
        return false;
    m_service = std::move(informed);
    m_isAsking = false; // what the former one is being asked is asked anew
    abandonBatches();
    advance();
    return true;
}

//! What a service remarks on records that it took, once and not with each batch.
void Sender::tellWarning(const QString &warning)
{
    if (!warning.isEmpty() && std::exchange(m_warning, warning) != warning)
        Q_EMIT problemOccurred(
            {u"%1 took the records and warns: %2"_s.arg(m_endpoint.name, warning),
             u"They are delivered; nothing is sent again."_s});
}

void Sender::goOn(Active &active, BatchProgress::Next next, const Errand &errand)
{
    const Outcome &outcome = errand.outcome;
    const bool isReplay = active.isReplay(); // it may go meanwhile
    switch (next) {
    case BatchProgress::Next::Proceed:
        m_failures = 0;
        if (m_state == SenderState::Suspended || m_state == SenderState::BackingOff)
            enter(SenderState::Sending);
        if (active.progress.isDone()) {
            finish(active);
        } else if (isReplay) {
            if (active.trust.isExhausted())
                finishReplay(active, outcome.reason); // which tells nothing of other records
            else if (active.trust.isSuspect())
                active.progress.probe(
                    active.trust.nextPlace(active.progress.batch().records.size()));
        }
        if (!isReplay && m_trust.isExhausted()) {
            holdSuspect(outcome, errand.key);
            break;
        }
        advance();
        break;
    case BatchProgress::Next::Wait:
        if (outcome.kind == Outcome::Kind::Slower) {
            backOff(outcome);
            wait(outcome);
            break;
        }
        ++m_failures;
        if (m_state == SenderState::Suspended ||
            active.progress.failures() >= std::max(m_endpoint.maxRetries, 1)) {
            exhausted(active, outcome, errand.reply);
        } else {
            backOff(outcome);
            wait(outcome);
        }
        break;
    case BatchProgress::Next::Hold:
        if (active.isReplay())
            finishReplay(active, outcome.reason);
        setHeld(outcome, errand.key);
        break;
    }
}

//! The answer to a request of a batch that was given up meanwhile.
void Sender::left(Active &active, const QString &reason)
{
    if (!active.isReplay()) {
        if (!active.isOutdated)
            settleParked(active);
        noteUncertain(active.progress);
        remove(active);
    } else if (active.progress.isDone()) {
        finish(active);
    } else if (isHeld() && (m_isDetached || !isStopped())) {
        finishReplay(active, reason.isEmpty() ? m_problem : reason);
    } else {
        putBackReplay(active);
        remove(active);
    }
    advance();
}

//! The endpoint takes something, so what it fails on is at fault itself.
void Sender::gotThrough(const Active &active)
{
    noteTrouble({});
    for (const auto &other : m_active) {
        if (other.get() != &active && std::exchange(other->isAside, false))
            other->progress.blame();
    }
}

void Sender::wait(const Outcome &outcome)
{
    const bool isThrottled = outcome.kind == Outcome::Kind::Slower;
    const RetryPolicy &policy = isThrottled ? throttlePolicy : m_retry;
    const int attempts = isThrottled ? ++m_throttled : m_failures;
    const auto delay =
        policy.delayAfter(attempts, outcome.hint, QRandomGenerator::global()->generateDouble());
    const QDateTime next = QDateTime::currentDateTimeUtc().addMSecs(delay.count());
    if (m_isAskedToWait && m_retryTimer.isActive() && m_nextAttempt > next)
        return; // another answer asked for a longer wait
    m_nextAttempt = next;
    m_retryTimer.start(delay);
    m_isAskedToWait = isThrottled || outcome.hint;
    if (!m_isAskedToWait)
        Q_EMIT serviceMissed();
    Q_EMIT changed();
}

void Sender::exhausted(Active &active, const Outcome &outcome, const HttpReply &reply)
{
    if (active.isReplay()) {
        finishReplay(active, outcome.reason);
        advance();
        return;
    }
    if (m_endpoint.onExhausted == OnExhausted::Park) {
        active.progress.parkOpen(outcome.reason, reply.status, bodyExcerpt(reply.body));
        finish(active);
        backOff(outcome);
        wait(outcome);
        return;
    }
    // When this goes on, the next probe carries other records where there are some: that tells a
    // batch that the service fails on from a service that is down. Not at once, since it costs the
    // order.
    for (const auto &other : m_active)
        other->isAside = false;
    const bool isStubborn = active.progress.failures() >= 2 * std::max(m_endpoint.maxRetries, 1);
    if (isStubborn && reply.status != 0 && !active.progress.stepAside())
        active.isAside = true;
    setStopped(SenderState::Suspended,
               {outcome.reason, wordingOf(outcome.problem).action, outcome.problem});
    wait(outcome);
    planMore();
}

void Sender::settleDelivered(Active &active)
{
    if (active.isReplay()) // settled as a whole when the replay is over
        return;
    const auto delivered = active.progress.takeDelivered();
    if (delivered.empty())
        return;
    m_meter.delivered(qint64(delivered.size()));
    m_backlog.settle(deliveredSettlement(active.progress, delivered));
}

//! What a batch parked, unless the endpoint may be at fault instead: then it waits again.
void Sender::settleParked(const Active &active)
{
    if (active.isReplay() || (active.progress.refusedRecords() > 0 && m_trust.isSuspect()))
        return;
    Settlement settlement = parkedSettlement(active.progress, journalId(), m_endpoint);
    if (!settlement.failed.empty())
        m_backlog.settle(std::move(settlement));
}

//! What is sent anew may be there already, and whatever becomes of it, that must be told.
void Sender::noteUncertain(const BatchProgress &progress)
{
    constexpr std::size_t mostRanges = 1000;
    const SequenceSet &unsettled = m_backlog.unsettled();
    for (const SequenceRange &range : toRanges(progress.uncertain()))
        m_uncertain.add(range);
    if (m_uncertain.isEmpty())
        return;
    if (unsettled.isEmpty()) {
        m_uncertain = {};
        return;
    }
    if (unsettled.first() > 1)
        m_uncertain.remove({1, unsettled.first() - 1});
    if (m_uncertain.rangeCount() > mostRanges) // rather too many than forgotten
        m_uncertain.add({m_uncertain.first(), m_uncertain.ranges().back().last});
}

void Sender::finish(Active &active)
{
    if (active.isReplay()) {
        const auto &parked = active.progress.parked();
        finishReplay(active, parked.empty() ? QString() : parked.front().reason);
    } else if (active.progress.refusedRecords() > 0 && m_trust.isSuspect()) {
        setAside(active);
    } else {
        settleParked(active);
        if (active.progress.tookNothing())
            m_trust.batchRefused();
        remove(active);
    }
}

void Sender::finishReplay(Active &active, const QString &problem)
{
    ReplaySettlement settlement = replaySettlement(active.progress, journalId(), problem);
    remove(active);
    const qint64 id = settlement.batch;
    const bool isSettled = !settlement.remaining;
    if (settlement.delivered > 0)
        m_meter.delivered(settlement.delivered);
    m_backlog.settleReplay(std::move(settlement),
                           [=, this] { Q_EMIT replayFinished(id, isSettled, problem); });
}

void Sender::remove(const Active &active)
{
    std::erase_if(m_active, [&](const auto &other) { return other.get() == &active; });
}

} // namespace trace
