// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/replayrun.h"

namespace trace {

namespace {

// So that the next one is packed while one travels.
constexpr std::size_t maxUnderWay = 4;

} // namespace

ReplayRun::ReplayRun(Engine &engine, double recordsPerSecond)
    : m_engine(engine)
    , m_recordsPerSecond(recordsPerSecond)
{
    m_pace.setSingleShot(true);
    m_pace.callOnTimeout(this, &ReplayRun::next);
    connect(&engine, &Engine::replayFinished, this, &ReplayRun::ended);
}

void ReplayRun::add(qint64 batch, qint64 records)
{
    m_waiting.push_back({batch, records});
}

void ReplayRun::start()
{
    m_clock.start();
    next();
    if (m_waiting.empty() && m_underWay.empty())
        Q_EMIT finished();
}

void ReplayRun::next()
{
    while (!m_waiting.empty() && m_underWay.size() < maxUnderWay) {
        if (m_recordsPerSecond > 0) {
            const auto due = qint64(double(m_started) / m_recordsPerSecond * 1000);
            if (due > m_clock.elapsed()) {
                m_pace.start(int(due - m_clock.elapsed()));
                return;
            }
        }
        const Batch batch = m_waiting.front();
        m_waiting.pop_front();
        m_started += batch.records;
        m_underWay.insert(batch.id);
        m_engine.replay({batch.id});
    }
}

void ReplayRun::ended(qint64 batch, bool delivered, const QString &problem)
{
    if (m_underWay.erase(batch) == 0)
        return;
    (delivered ? m_delivered : m_undelivered) += 1;
    Q_EMIT batchFinished(batch, delivered, problem);
    next();
    if (m_waiting.empty() && m_underWay.empty())
        Q_EMIT finished();
}

} // namespace trace
