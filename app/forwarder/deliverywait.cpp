// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/deliverywait.h"

#include <utility>

namespace trace {

using namespace std::chrono_literals;

DeliveryWait::DeliveryWait(Engine &engine, QStringList endpoints, std::chrono::milliseconds patience)
    : m_endpoints(std::move(endpoints)), m_patienceTime(patience)
{
    m_patience.setSingleShot(true);
    m_patience.callOnTimeout(this, [this] {
        // The status lags behind the journal. Until it tells of all that was accepted, nothing can
        // be said about what waits.
        if (!knowsAll() && !std::exchange(m_isOverdue, true)) {
            m_patience.start(5s);
            return;
        }
        m_finished = true;
        Q_EMIT finished();
    });
    connect(&engine, &Engine::statusChanged, this, &DeliveryWait::look);
    for (const EndpointStatus &endpoint : engine.status().endpoints) {
        if (m_endpoints.contains(endpoint.id))
            m_acceptedBefore += endpoint.ledger.accepted;
    }
    m_status = engine.status();
}

void DeliveryWait::inputEnded(qint64 accepted)
{
    m_expected = m_acceptedBefore + accepted * m_endpoints.size();
    m_patience.start(m_patienceTime);
    look(m_status);
}

void DeliveryWait::look(const ForwarderStatus &status)
{
    m_status = status;
    qint64 accepted = 0;
    qint64 settled = 0;
    bool allHeld = true;
    bool isReplaying = false; // for instance what is not too old by the service's clock
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (!m_endpoints.contains(endpoint.id))
            continue;
        const Ledger &ledger = endpoint.ledger;
        accepted += ledger.accepted;
        settled += ledger.delivered + ledger.failed + ledger.discarded();
        const bool isOpen = ledger.waiting + ledger.inFlight > 0;
        const bool isHeld = endpoint.state == SenderState::HeldAuthentication ||
                            endpoint.state == SenderState::HeldConfiguration ||
                            endpoint.state == SenderState::HeldByOperator;
        allHeld = allHeld && (!isOpen || isHeld);
        isReplaying = isReplaying || (!isOpen && (endpoint.state == SenderState::Sending ||
                                                  endpoint.state == SenderState::BackingOff));
    }
    if (m_expected < 0 || m_finished)
        return;
    m_accepted = accepted;
    if (settled != m_settled) {
        m_settled = settled;
        m_isOverdue = false;
        m_patience.start(m_patienceTime);
    }
    // A held endpoint waits for somebody: nobody is there.
    if (knowsAll() && !isReplaying && (settled == accepted || allHeld || m_isOverdue)) {
        m_finished = true;
        m_patience.stop();
        Q_EMIT finished();
    }
}

} // namespace trace
