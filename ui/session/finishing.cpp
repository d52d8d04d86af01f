// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/finishing.h"

#include "core/delivery/engine.h"

#include <algorithm>

namespace trace {

Finishing::Finishing(Engine &engine, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
{
    m_bound.setSingleShot(true);
    m_bound.callOnTimeout(this, &Finishing::finished);
    connect(&m_flush, &QFutureWatcherBase::finished, this, &Finishing::look);
    connect(&engine, &Engine::statusChanged, this, &Finishing::look);
}

Finishing::~Finishing() = default;

void Finishing::start(std::chrono::milliseconds bound)
{
    if (isUnderWay())
        return;
    m_bound.start(bound);
    m_flush.setFuture(m_engine.flush());
}

void Finishing::stop()
{
    if (!isUnderWay())
        return;
    m_bound.stop();
    Q_EMIT finished();
}

void Finishing::look()
{
    if (!isUnderWay() || !m_flush.isFinished())
        return;
    // The flush does not wait for an endpoint in trouble, which may be trying a request.
    const ForwarderStatus status = m_engine.status();
    const bool isSending =
        std::any_of(status.endpoints.begin(), status.endpoints.end(),
                    [](const EndpointStatus &endpoint) { return endpoint.ledger.inFlight > 0; });
    if (!isSending)
        stop();
}

} // namespace trace
