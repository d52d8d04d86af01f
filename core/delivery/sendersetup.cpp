// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Sender that takes its endpoint's configuration and key, and holds it for want of
// them.
#include "core/config/credentials.h"
#include "core/config/keychain.h"
#include "core/config/secret.h"
#include "core/delivery/sender.h"

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// How long a keychain may take, which may ask its owner to unlock it.
constexpr auto keychainPatience = 60s;

} // namespace

Sender::~Sender()
{
    if (const QDateTime since = unansweredSince(); since.isValid() && !isHeld()) {
        const bool isOther =
            m_trouble.kind != Trouble::Kind::None && m_trouble.kind != Trouble::Kind::Unanswered;
        if (!isOther)
            noteTrouble({.kind = Trouble::Kind::Unanswered,
                         .problem = unansweredProblem(since, QDateTime::currentDateTimeUtc()),
                         .since = since});
    }
    keepTrouble();
}

void Sender::configure(const Endpoint &endpoint)
{
    if (std::exchange(m_isDetached, false) ||
        (m_endpoint.id == endpoint.id && m_endpoint != endpoint))
        noteTrouble({}); // what was the matter with another configuration says nothing of this one
    m_discardsRest = false;
    if (endpoint.enabled || (m_endpoint.id == endpoint.id && m_endpoint.enabled))
        m_disabledSince = endpoint.enabled ? QDateTime() : QDateTime::currentDateTimeUtc();
    m_endpoint = endpoint;
    abandonBatches();
    for (const auto &active : m_active)
        active->isOutdated = true;
    endWait();
    m_pace = {};
    m_warning.clear();
    m_trust = EndpointTrust();
    m_flushTimer.setInterval(endpoint.flushInterval);
    auto service = resolveService(endpoint);
    const auto network = resolveTransport(endpoint);
    if (!service || !network) {
        const Error error = service ? network.error() : service.error();
        m_service.reset();
        setStopped(SenderState::HeldConfiguration, error);
        tellLater({u"%1 is held: %2"_s.arg(m_endpoint.name, m_problem), m_action});
        return;
    }
    auto filter = Filter::parse(endpoint.filter);
    if (!filter) {
        m_service.reset();
        setStopped(SenderState::HeldConfiguration, {u"filter: "_s + filter.error().text,
                                                    filter.error().action,
                                                    {ProblemKind::Invalid, {u"filter"_s}}});
        return;
    }
    m_service = *service;
    m_filter = *filter;
    m_network = *network;
    m_parts.keychain.refresh(endpoint.apiKey);
    tellRisks();
    m_isAsking = false;
    m_wasTimeAsked = false;
    m_isInformed = !m_service->inquiry();
    resume();
    advance();
}

void Sender::detach()
{
    m_isDetached = true;
    abandonBatches();
    refuseReplays(u"%1 is not configured any more"_s.arg(m_endpoint.name));
    endWait();
    resume();
}

void Sender::discardWaiting()
{
    m_discardsRest = false; // giveUp() goes on
    const SequenceSet &unsettled = m_backlog.unsettled();
    if (!unsettled.isEmpty())
        giveUp({{unsettled.first(), m_backlog.lastSequence()}}, DiscardReason::Operator);
    m_discardsRest = m_isDetached && !m_active.empty();
}

//! Later, because nobody listens to a new sender yet.
void Sender::tellLater(const Error &problem)
{
    QTimer::singleShot(0, this, [this, problem] { Q_EMIT problemOccurred(problem); });
}

void Sender::tellRisks()
{
    for (const QString &reference : {m_endpoint.apiKey, u"file:"_s + m_endpoint.tls.clientKey}) {
        if (const auto risk = secretRisk(reference)) {
            tellLater({u"%1: %2"_s.arg(m_endpoint.name, risk->text), risk->action});
        }
    }
}

void Sender::resume()
{
    m_failures = 0;
    m_throttled = 0;
    m_isSuspicionTold = false;
    m_probesInVain = 0;
    if (m_trust.isExhausted())
        m_trust.startOver();
    m_keyTimer.stop();
    if (m_isDetached) {
        setStopped(SenderState::HeldConfiguration,
                   wordingOf({ProblemKind::NotConfigured, {m_endpoint.id, m_endpoint.service}}));
        return;
    }
    if (isStopped()) {
        setStopped(SenderState::HeldByOperator,
                   wordingOf(m_endpoint.enabled
                                 ? Problem{ProblemKind::Paused}
                                 : Problem{ProblemKind::Disabled, {m_endpoint.name}}));
        m_since = m_endpoint.enabled ? m_pausedSince : m_disabledSince;
        return;
    }
    m_awaitsKeychain = m_parts.keychain.isAwaited(m_endpoint.apiKey);
    if (m_awaitsKeychain) {
        endWait();
        enter(SenderState::BackingOff, u"waiting for the keychain"_s, u"Unlock it if it asks."_s);
        m_retryTimer.start(keychainPatience); // then the attempt fails with the reason
        return;
    }
    enter(SenderState::Idle);
    if (m_trouble.problem.kind < ProblemKind::NoAnswer)
        noteTrouble({}); // else only a delivery ends it
    if (m_hasSkewNews)
        Q_EMIT clockSkewChanged();
    if (const auto key = credentials(); !key) {
        setHeld({.kind = Outcome::Kind::Hold,
                 .reason = key.error().text,
                 .action = key.error().action,
                 .heldForAuthentication = true,
                 .problem = key.error().problem});
    }
}

//! Whoever reads the journal meanwhile, or after an end, is to know that it was tried in vain.
void Sender::backOff(const Outcome &outcome)
{
    enter(SenderState::BackingOff, outcome.reason);
    noteTrouble({.kind = Trouble::Kind::BackingOff,
                 .problem = outcome.problem,
                 .since = QDateTime::currentDateTimeUtc()});
}

void Sender::setStopped(SenderState state, const Error &why)
{
    Problem reason = why.problem;
    if (reason.kind == ProblemKind::None) // what no check before it lets through
        reason = {ProblemKind::Invalid, {}};
    const bool isSame = m_state == state && m_reason == reason;
    enter(state, why.text, why.action);
    m_reason = reason;
    if (!isSame)
        m_since = QDateTime::currentDateTimeUtc();
    const auto kind = state == SenderState::Suspended            ? Trouble::Kind::Suspended
                      : state == SenderState::HeldAuthentication ? Trouble::Kind::HeldAuthentication
                                                                 : Trouble::Kind::HeldConfiguration;
    if (state != SenderState::HeldByOperator && !m_isDetached)
        noteTrouble({.kind = kind, .problem = m_reason, .since = m_since});
}

void Sender::noteTrouble(const Trouble &trouble)
{
    if (m_trouble.isLike(trouble))
        return;
    m_trouble = trouble;
    if (!m_troubleTimer.isActive())
        m_troubleTimer.start();
}

//! So that another process can tell, also when this one is gone.
void Sender::keepTrouble()
{
    if (m_keptTrouble.isLike(m_trouble))
        return;
    m_keptTrouble = m_trouble;
    m_parts.journal.setTrouble(journalId(), m_trouble, [](const std::optional<Error> &) {});
}

//! \a key is the one that was refused; without it, the one that is there now.
void Sender::setHeld(const Outcome &outcome, const std::optional<QByteArray> &key)
{
    abandonBatches();
    refuseReplays(outcome.reason);
    Error why{outcome.reason,
              outcome.action.isEmpty() ? u"Correct the endpoint; its records are kept."_s
                                       : outcome.action,
              outcome.problem};
    if (why.problem.kind == ProblemKind::KeyRefused) {
        if (key && key->isEmpty())
            why.problem.kind = ProblemKind::KeyMissing;
        else
            why.problem.arguments +=
                QStringList{isSecretReference(m_endpoint.apiKey) ? m_endpoint.apiKey
                                                                 : u"the_endpoint"_s} +
                outcome.remedy;
        why.action = wordingOf(why.problem).action;
    }
    setStopped(outcome.heldForAuthentication ? SenderState::HeldAuthentication
                                             : SenderState::HeldConfiguration,
               why);
    if (outcome.heldForAuthentication) {
        m_refusedKey = key ? *key : credentials().value_or(Credentials()).key;
        m_keyTimer.start();
        if (key)
            m_parts.keychain.refresh(m_endpoint.apiKey); // it may have been changed there
    }
    const bool isTold =
        outcome.kind == Outcome::Kind::Rejected && std::exchange(m_isSuspicionTold, true);
    if (!isTold)
        tellLater({u"%1 is held: %2"_s.arg(m_endpoint.name, m_problem), m_action});
}

void Sender::lookForNewKey()
{
    const auto now = credentials();
    if (!now || now->key == m_refusedKey || isStopped())
        return;
    resume();
    advance();
}

void Sender::secretFetched(const QString &reference)
{
    if (reference != m_endpoint.apiKey || !m_service || isStopped())
        return;
    const auto now = credentials();
    const bool isHeldForKey =
        m_state == SenderState::HeldAuthentication && now && now->key != m_refusedKey;
    if (!std::exchange(m_awaitsKeychain, false) && !isHeldForKey)
        return;
    endWait();
    resume();
    advance();
}

Expected<Credentials> Sender::credentials() const
{
    return resolveCredentials(m_endpoint, [this](const QString &reference) {
        return m_parts.keychain.resolve(reference);
    });
}

} // namespace trace
