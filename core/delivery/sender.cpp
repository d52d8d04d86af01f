// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/sender.h"

#include "core/config/credentials.h"
#include "core/config/keychain.h"
#include "core/delivery/transport.h"
#include "core/platform/logging.h"
#include "core/service/answerproblem.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// How often a refused key is compared with what its reference names now.
constexpr auto keyInterval = 5s;
// How often a batch is parked again that could not be.
constexpr auto releaseInterval = 1s;

} // namespace

Sender::Sender(const SenderParts &parts, BacklogStart start, const Endpoint &endpoint,
               QObject *parent)
    : QObject(parent)
    , m_parts(parts)
    , m_backlog(parts.journal, start)
    , m_trouble(start.row.trouble)
    , m_keptTrouble(m_trouble)
    , m_paused(start.row.paused)
    , m_pausedSince(start.row.pausedSince)
    , m_formerSuccess(start.row.lastSuccess)
{
    m_flushTimer.setSingleShot(true);
    m_retryTimer.setSingleShot(true);
    m_retryTimer.setTimerType(Qt::PreciseTimer); // others end a little before the time asked for
    m_paceTimer.setSingleShot(true);
    m_keyTimer.setInterval(keyInterval);
    m_releaseTimer.setSingleShot(true);
    m_releaseTimer.setInterval(releaseInterval);
    m_releaseTimer.callOnTimeout(this, &Sender::releaseAgain);
    m_troubleTimer.setSingleShot(true);
    m_troubleTimer.setInterval(0ms); // a start that is held at once has nothing to take back
    m_troubleTimer.callOnTimeout(this, &Sender::keepTrouble);
    m_answerTimer.setSingleShot(true);
    m_answerTimer.callOnTimeout(this, &Sender::noteUnanswered);
    m_flushTimer.callOnTimeout(this, &Sender::flush);
    m_paceTimer.callOnTimeout(this, &Sender::advance);
    m_keyTimer.callOnTimeout(this, &Sender::lookForNewKey);
    m_retryTimer.callOnTimeout(this, [this] {
        m_nextAttempt = {};
        advance();
    });
    connect(&m_backlog, &Backlog::changed, this, &Sender::changed);
    connect(&m_backlog, &Backlog::failedBatchesChanged, this, &Sender::failedBatchesChanged);
    connect(&m_backlog, &Backlog::writeFailed, this, [this](const Error &error) {
        Q_EMIT problemOccurred(error);
        advance();
    });
    connect(&m_backlog, &Backlog::writeSucceeded, this, &Sender::advance);
    connect(&m_backlog, &Backlog::caughtUp, this, &Sender::advance);
    connect(&m_parts.keychain, &Keychain::fetched, this, &Sender::secretFetched);
    m_flushTo = m_backlog.lastSequence(); // what a former process left does not wait for company
    configure(endpoint);
    if (m_backlog.ledger(0).delivered > 0 && !start.ledElsewhere)
        m_trust.tookBefore();
}

std::uint64_t Sender::firstWaiting() const
{
    return m_backlog.unsettled().isEmpty() ? 0 : m_backlog.unsettled().first();
}

bool Sender::takeSkewNews()
{
    return std::exchange(m_hasSkewNews, false);
}

bool Sender::isHeld() const
{
    return m_state == SenderState::HeldAuthentication ||
           m_state == SenderState::HeldConfiguration || m_state == SenderState::HeldByOperator;
}

bool Sender::isStuck() const
{
    return isHeld() || m_state == SenderState::Suspended || m_backlog.problem();
}

bool Sender::isBlocked() const
{
    return (isHeld() && !m_isOpenToProbes) || m_retryTimer.isActive();
}

bool Sender::isLeaving() const
{
    return std::any_of(m_active.begin(), m_active.end(),
                       [](const auto &active) { return active->isLeaving; });
}

std::size_t Sender::travelling() const
{
    return std::size_t(std::count_if(m_active.begin(), m_active.end(),
                                     [](const auto &active) { return active->isTravelling; }));
}

void Sender::enter(SenderState state, const QString &problem, const QString &action)
{
    if (m_state != state || m_problem != problem)
        qCDebug(logging::delivery).noquote()
            << m_endpoint.name << "is" << stateName(state) << problem;
    m_state = state;
    m_isOpenToProbes = false;
    m_problem = problem;
    m_action = action;
    m_reason = {};
    Q_EMIT changed();
}

void Sender::recordsCommitted(SequenceRange range)
{
    m_backlog.add(range);
    if (isHeld() && m_isOpenToProbes && m_probesInVain <= 1)
        endWait(); // the first that is new is tried at once
    if (!m_flushTimer.isActive() && unplanned() > 0)
        m_flushTimer.start();
    advance();
}

void Sender::flush()
{
    m_flushTo = m_backlog.lastSequence();
    advance();
}

void Sender::retryNow()
{
    if (m_isDetached)
        return;
    endWait();
    m_flushTo = m_backlog.lastSequence();
    m_backlog.writeAgain();
    if (!m_service) // a file or variable was missing
        configure(m_endpoint);
    else if (isHeld()) {
        if (m_isOpenToProbes) { // all of it is tried anew
            abandonBatches();
            m_trust.startOver();
        }
        m_parts.keychain.refresh(m_endpoint.apiKey);
        resume();
    }
    advance();
}

void Sender::networkReturned()
{
    if (!m_nextAttempt.isValid() || m_isAskedToWait)
        return;
    endWait();
    advance();
}

void Sender::endWait()
{
    m_retryTimer.stop();
    m_nextAttempt = {};
}

void Sender::setPaused(bool paused, const QDateTime &now)
{
    if (m_paused == paused)
        return;
    m_paused = paused;
    m_pausedSince = now;
    if (paused)
        abandonBatches(); // an answer that is awaited must not set the sender going again
    if (m_service)
        resume();
    advance();
}

std::uint64_t Sender::unplanned() const
{
    // Exact for the common case of one range; a lower bound is enough to decide with otherwise.
    const auto ranges = unplannedRanges(1);
    return ranges.empty() ? 0 : ranges.front().count();
}

CourierKit Sender::kit() const
{
    // Of one configuration: a key that came with the next one must not go to this one's server.
    const auto credentials = [endpoint = m_endpoint, &keychain = m_parts.keychain] {
        return resolveCredentials(
            endpoint, [&](const QString &reference) { return keychain.resolve(reference); });
    };
    return {.service = m_service,
            .credentials = credentials,
            .network = m_network,
            .timeout = m_endpoint.timeout,
            .skew = m_signingSkew};
}

void Sender::advance()
{
    if (m_discardsRest && m_active.empty()) {
        discardWaiting();
        return;
    }
    if (isBlocked() || !m_service)
        return;
    if (const auto &problem = m_backlog.problem()) { // what cannot be noted must not be sent
        if (m_state != SenderState::BackingOff || m_problem != problem->text)
            enter(SenderState::BackingOff, problem->text, problem->action);
        return;
    }
    if (m_isAsking)
        return;
    if (!m_isInformed) {
        inquire();
        return;
    }
    const std::size_t slots = m_state == SenderState::Suspended || m_trust.isSuspect()
                                  ? 1
                                  : std::size_t(m_endpoint.maxInFlight);
    while (!m_paceTimer.isActive() && travelling() < slots && !m_backlog.isBehind()) {
        Active *const next = nextToSend();
        if (!next)
            break;
        if (const auto delay = m_pace.delay(Pace::Time::clock::now()); delay > 0ms) {
            m_paceTimer.start(delay);
            break;
        }
        if (isTimeDoubtful(*next)) {
            abandonBatches(); // planned again, with the question for the time
            break;
        }
        prepare(*next);
        if (next->progress.isDone()) // its parts turned out to be unfit
            finish(*next);
        else
            send(*next);
    }
    planMore();
    if (m_trust.isSuspect() && m_active.empty() && !m_planning && unplanned() == 0)
        judgeSuspects();
    if (isHeld() && m_isOpenToProbes && !m_planning && m_active.empty())
        return; // until there is another record to try
    // A replay lasts from its claim to its end: who waits for the end of all must not miss one.
    const bool isReplaying = !m_replays.empty() || !m_cutReplays.empty() || m_plannedReplay != 0;
    const bool isSending = travelling() > 0 || isReplaying || m_paceTimer.isActive() ||
                           (m_backlog.isBehind() && !m_active.empty());
    // A suspended sender stays so until its probe is answered, which may have to be planned first.
    if (m_state != SenderState::Suspended || !(isSending || m_planning)) {
        const auto state = isSending ? SenderState::Sending : SenderState::Idle;
        if (m_state != state)
            enter(state);
    }
}

void Sender::inquire()
{
    if (m_backlog.unsettled().isEmpty() && m_replays.empty())
        return;
    const auto key = credentials();
    HttpRequest request = *m_service->inquiry();
    if (key)
        m_service->sign(request, QDateTime::currentDateTimeUtc(), *key);
    ask(request, [this](const HttpReply &reply) { informed(reply); });
}

//! Asks the service something before it gets records.
void Sender::ask(const HttpRequest &request, std::function<void(const HttpReply &)> answered)
{
    m_isAsking = true;
    m_askedAt = QDateTime::currentDateTimeUtc();
    watchAnswer();
    if (m_state != SenderState::Suspended)
        enter(SenderState::Sending);
    const auto done = [this, service = m_service,
                       answered = std::move(answered)](const HttpReply &reply, int) {
        if (service != m_service)
            return; // of a former configuration
        m_isAsking = false;
        answerEnded();
        questionAnswered(reply, answered);
    };
    m_parts.transport.send(request, m_network, m_endpoint.timeout, this, done);
}

//! What tells that the service cannot get any records now is dealt with here; but who has no use
//! for a question may still take records.
void Sender::questionAnswered(const HttpReply &reply,
                              const std::function<void(const HttpReply &)> &answered)
{
    noteDate(reply);
    if (isHeld())
        return; // meanwhile; it is asked again afterwards
    Outcome outcome = withTrust(outcomeOfStatus(reply), reply);
    const bool isPassing =
        outcome.kind == Outcome::Kind::RetryLater || outcome.kind == Outcome::Kind::Slower;
    const int mostFailures = std::max(m_endpoint.maxRetries, 1);
    const bool isThere = reply.status != 0 || reply.fault == TransportFault::Lost;
    if (isPassing && !(isThere && m_failures + 1 >= mostFailures)) {
        ++m_failures;
        const bool isExhausted = m_failures >= mostFailures;
        outcome.problem = problemOf(outcome, reply);
        if (isExhausted)
            refuseReplays(outcome.reason); // as one is that was sent itself
        if (isExhausted)
            setStopped(SenderState::Suspended,
                       {outcome.reason, wordingOf(outcome.problem).action, outcome.problem});
        else
            backOff(outcome);
        wait(outcome);
    } else if (outcome.heldForCertificate) {
        outcome.problem = problemOf(outcome, reply);
        setHeld(outcome);
    } else {
        m_failures = 0;
        answered(reply);
    }
}

//! The answer to the service's inquiry.
void Sender::informed(const HttpReply &reply)
{
    // Many gateways let only pushes through; what they say to other questions means nothing.
    m_isInformed = true;
    if (auto informed = m_service->informed(reply))
        m_service = std::move(informed);
    advance();
}

qint64 Sender::giveUp(const std::vector<SequenceRange> &ranges, DiscardReason reason)
{
    abandonBacklog(); // all that is left then is under way
    SequenceSet kept;
    for (const auto &active : m_active) {
        if (active->isReplay())
            continue;
        std::vector<std::uint64_t> sequences;
        for (const RecordView &record : active->progress.batch().records)
            sequences.push_back(record.sequence);
        for (const SequenceRange &range : toRanges(sequences))
            kept.add(range);
    }
    const qint64 records = m_backlog.giveUp(ranges, kept, reason);
    advance();
    return records;
}

void Sender::replay(qint64 failedBatch)
{
    m_replays.push_back(failedBatch);
    advance();
}

EndpointStatus Sender::status() const
{
    qint64 records = 0;
    for (const auto &active : m_active) {
        if (active->isTravelling && !active->isReplay())
            records += qint64(active->progress.current().indices.size());
    }
    const bool isUnanswered = m_trouble.kind == Trouble::Kind::Unanswered;
    const bool tellsTrouble = m_problem.isEmpty() && m_trouble.kind != Trouble::Kind::None &&
                              (m_state == SenderState::Idle || isUnanswered);
    const Error trouble = tellsTrouble ? wordingOf(m_trouble.problem) : Error{m_problem, m_action};
    return {.journalId = m_backlog.journalId(),
            .id = m_endpoint.id,
            .name = m_endpoint.name,
            .service = m_endpoint.service,
            .url = m_endpoint.options.url,
            .configured = !m_isDetached,
            .state = m_state,
            .problem = trouble.text,
            .action = trouble.action,
            .paused = m_paused,
            .reason = m_reason.kind == ProblemKind::None ? m_trouble.problem : m_reason,
            .since = m_reason.kind == ProblemKind::None ? m_trouble.since : m_since,
            .unansweredSince = unansweredSince(),
            .flushInterval = m_endpoint.flushInterval,
            .ledger = m_backlog.ledger(records),
            .recordsPerSecond = m_meter.recordsPerSecond(),
            .requests = m_meter.requests(),
            .retries = m_meter.retries(),
            .latencyMs = m_meter.medianLatencyMs(),
            .nextAttempt = m_nextAttempt,
            .lastSuccess =
                m_meter.lastSuccess().isValid() ? m_meter.lastSuccess() : m_formerSuccess,
            .verifiesTls = m_endpoint.tls.verify};
}

} // namespace trace
