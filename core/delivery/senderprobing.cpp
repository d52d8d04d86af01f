// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Sender that finds out whether records are at fault for a refusal, or the endpoint is.
#include "core/delivery/sender.h"
#include "core/delivery/settling.h"

#include <QRandomGenerator>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Among which a probe is chosen.
constexpr std::size_t maxRangesToProbe = 10'000;

} // namespace

//! Of a suspect endpoint's backlog one record alone, from anywhere; before it, what is under way.
Sender::Active *Sender::nextProbe()
{
    std::uint64_t records = 0;
    for (const auto &active : m_active) {
        if (active->isTravelling || active->isLeaving)
            continue;
        if (active->isReplay() || active->isRetry || active->isProbe)
            return active.get();
        records += active->progress.batch().records.size();
    }
    const std::uint64_t packed = records;
    for (const SequenceRange &range : unplannedRanges(maxRangesToProbe))
        records += range.count();
    if (records == 0)
        return nullptr;
    std::size_t place = m_trust.nextPlace(records);
    if (place >= packed) {
        planProbe(place - packed);
        return nullptr;
    }
    for (const auto &active : m_active) {
        if (active->isTravelling || active->isLeaving)
            continue;
        const std::size_t size = active->progress.batch().records.size();
        if (place < size) {
            active->progress.probe(place);
            return active.get();
        }
        place -= size;
    }
    return nullptr;
}

void Sender::planProbe(std::size_t place)
{
    if (m_planning)
        return;
    for (const SequenceRange &range : unplannedRanges(maxRangesToProbe)) {
        if (place < range.count()) {
            const std::uint64_t sequence = range.first + place;
            m_isPlanningProbe = true;
            planBatch({.service = m_service, .ranges = {{sequence, sequence}}, .filter = m_filter});
            return;
        }
        place -= range.count();
    }
}

EndpointTrust &Sender::trustOf(Active &active)
{
    return active.isReplay() ? active.trust : m_trust;
}

//! Refused as a whole by an endpoint that may refuse anything. Others tell which is at fault.
void Sender::setAside(Active &active)
{
    const auto place = std::find_if(m_active.begin(), m_active.end(),
                                    [&](const auto &other) { return other.get() == &active; });
    m_suspects.push_back(std::move(*place));
    m_active.erase(place);
}

//! Ten requests in a row brought nothing through. Who took something before may do so again: one
//! record at a time finds out.
void Sender::holdSuspect(const Outcome &outcome, const std::optional<QByteArray> &key)
{
    if (!m_trust.hasTaken()) {
        setHeld(outcome, key);
        return;
    }
    Outcome told = outcome;
    if (told.action.isEmpty())
        told.action = u"It took others before. Correct the endpoint or what it gets; its records "
                      u"are kept, and one at a time is tried."_s;
    setHeld(told, key);
    m_isOpenToProbes = true;
    const auto delay =
        m_retry.delayAfter(++m_probesInVain, {}, QRandomGenerator::global()->generateDouble());
    m_isAskedToWait = false;
    m_nextAttempt = QDateTime::currentDateTimeUtc().addMSecs(delay.count());
    m_retryTimer.start(delay);
    Q_EMIT changed();
}

//! It took something, so what it refused is at fault itself.
void Sender::clearSuspicion()
{
    m_trust.took();
    m_isSuspicionTold = false;
    m_probesInVain = 0;
    settleSuspects();
}

//! Nothing speaks against the endpoint any more.
void Sender::settleSuspects()
{
    for (const auto &active : std::exchange(m_suspects, {}))
        m_backlog.settle(parkedSettlement(active->progress, journalId(), m_endpoint));
}

//! All that there is was refused.
void Sender::judgeSuspects()
{
    if (m_suspects.empty())
        return;
    if (m_trust.blamesRecords()) {
        settleSuspects();
        return;
    }
    const auto &parked = m_suspects.back()->progress.parked();
    // Not one that was never sent, which says nothing of the endpoint.
    const auto last = std::find_if(parked.rbegin(), parked.rend(), [](const auto &one) {
        return one.problem.kind != ProblemKind::None;
    });
    const BatchProgress::Parked &refusal = last == parked.rend() ? parked.back() : *last;
    const Problem problem{ProblemKind::TakesNothing,
                          QStringList{nameOf(refusal.problem.kind)} + refusal.problem.arguments};
    setStopped(SenderState::HeldConfiguration,
               {refusal.reason, wordingOf(problem).action, problem});
    m_isOpenToProbes = true;
    if (!std::exchange(m_isSuspicionTold, true))
        Q_EMIT problemOccurred({u"%1 is held: %2"_s.arg(m_endpoint.name, m_problem), m_action});
}

} // namespace trace
