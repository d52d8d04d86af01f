// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Sender that takes its endpoint's configuration and key, and holds it for want of
// them.
#include "core/config/credentials.h"
#include "core/config/keychain.h"
#include "core/delivery/sender.h"

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// How long a keychain may take, which may ask its owner to unlock it.
constexpr auto keychainPatience = 60s;

} // namespace

void Sender::configure(const Endpoint &endpoint)
{
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
        setState(SenderState::HeldConfiguration, error.text, error.action);
        return;
    }
    auto filter = Filter::parse(endpoint.filter);
    if (!filter) {
        m_service.reset();
        setState(SenderState::HeldConfiguration, u"filter: "_s + filter.error().text,
                 filter.error().action);
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

//! Later, because nobody listens to a new sender yet.
void Sender::tellRisks()
{
    for (const QString &reference : {m_endpoint.apiKey, u"file:"_s + m_endpoint.tls.clientKey}) {
        if (const auto risk = secretRisk(reference)) {
            const Error problem{u"%1: %2"_s.arg(m_endpoint.name, risk->text), risk->action};
            QTimer::singleShot(0, this, [this, problem] { Q_EMIT problemOccurred(problem); });
        }
    }
}

void Sender::resume()
{
    m_failures = 0;
    m_throttled = 0;
    m_keyTimer.stop();
    if (m_paused) {
        setState(SenderState::HeldByOperator, u"paused by the operator"_s, u"Resume it."_s);
        return;
    }
    m_awaitsKeychain = m_parts.keychain.isAwaited(m_endpoint.apiKey);
    if (m_awaitsKeychain) {
        endWait();
        setState(SenderState::BackingOff, u"waiting for the keychain"_s,
                 u"Unlock it if it asks."_s);
        m_retryTimer.start(keychainPatience); // then the attempt fails with the reason
        return;
    }
    setState(SenderState::Idle);
    if (m_hasSkewNews)
        Q_EMIT clockSkewChanged();
    if (const auto key = credentials(); !key) {
        setHeld({.kind = Outcome::Kind::Hold,
                 .reason = key.error().text,
                 .action = key.error().action,
                 .heldForAuthentication = true});
    }
}

//! \a key is the one that was refused; without it, the one that is there now.
void Sender::setHeld(const Outcome &outcome, const std::optional<QByteArray> &key)
{
    abandonBatches();
    refuseReplays(outcome.reason);
    setState(outcome.heldForAuthentication ? SenderState::HeldAuthentication
                                           : SenderState::HeldConfiguration,
             outcome.reason,
             outcome.action.isEmpty() ? u"Correct the endpoint; its records are kept."_s
                                      : outcome.action);
    if (outcome.heldForAuthentication) {
        m_refusedKey = key ? *key : credentials().value_or(Credentials()).key;
        m_keyTimer.start();
        if (key)
            m_parts.keychain.refresh(m_endpoint.apiKey); // it may have been changed there
    }
    Q_EMIT problemOccurred({u"%1 is held: %2"_s.arg(m_endpoint.name, m_problem), m_action});
}

void Sender::lookForNewKey()
{
    const auto now = credentials();
    if (!now || now->key == m_refusedKey || m_paused)
        return;
    resume();
    advance();
}

void Sender::secretFetched(const QString &reference)
{
    if (reference != m_endpoint.apiKey || !m_service || m_paused)
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
