// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/replayrun.h"

#include "core/journal/journalreader.h"

#include <algorithm>
#include <utility>

namespace trace {

namespace {

// So that the next one is packed while one travels.
constexpr std::size_t maxUnderWay = 4;
constexpr qint64 longestWait = 3'600'000; // then it looks again

} // namespace

ReplayRun::ReplayRun(Engine &engine, double recordsPerSecond, std::chrono::milliseconds patience)
    : m_engine(engine)
    , m_recordsPerSecond(recordsPerSecond)
{
    m_pace.setSingleShot(true);
    m_pace.callOnTimeout(this, &ReplayRun::next);
    m_patience.setSingleShot(true);
    m_patience.setInterval(patience);
    m_patience.callOnTimeout(this, &ReplayRun::finished);
    connect(&engine, &Engine::statusChanged, this, &ReplayRun::look);
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
        const Batch batch = m_waiting.front();
        if (m_recordsPerSecond > 0) {
            // Not before its records have had their time, the first ones too.
            const auto due = qint64(double(m_started + batch.records) / m_recordsPerSecond * 1000);
            if (const qint64 wait = due - m_clock.elapsed(); wait > 0) {
                m_pace.start(std::chrono::milliseconds(std::min(wait, longestWait)));
                return;
            }
        }
        m_waiting.pop_front();
        m_started += batch.records;
        m_underWay.emplace(batch.id, batch.records);
        m_engine.replay({batch.id});
        m_patience.start();
    }
}

void ReplayRun::ended(qint64 batch, bool delivered, const QString &problem)
{
    const auto found = m_underWay.find(batch);
    if (found == m_underWay.end())
        return;
    const qint64 records = found->second;
    m_underWay.erase(found);
    const qint64 left = delivered ? 0 : recordsIn(batch).value_or(records);
    m_underWay.empty() ? m_patience.stop() : m_patience.start();
    (delivered ? m_delivered : m_undelivered) += 1;
    Q_EMIT batchFinished({.batch = batch,
                          .records = records,
                          .delivered = records - left,
                          .isDelivered = delivered,
                          .problem = problem});
    next();
    if (m_waiting.empty() && m_underWay.empty())
        Q_EMIT finished();
}

//! What is left in it, now that it is parked again.
std::optional<qint64> ReplayRun::recordsIn(qint64 batch) const
{
    const auto reader = JournalReader::open(m_engine.journalFolder());
    if (!reader)
        return std::nullopt;
    const auto row = (*reader)->failedBatch(batch);
    return row ? std::optional(row->records) : std::nullopt;
}

void ReplayRun::look(const ForwarderStatus &status)
{
    qint64 delivered = 0;
    for (const EndpointStatus &endpoint : status.endpoints)
        delivered += endpoint.ledger.delivered;
    if (std::exchange(m_delivering, delivered) != delivered && m_patience.isActive())
        m_patience.start();
}

QString ReplayRun::why() const
{
    const ForwarderStatus status = m_engine.status();
    const auto found =
        std::find_if(status.endpoints.begin(), status.endpoints.end(),
                     [](const EndpointStatus &endpoint) { return !endpoint.problem.isEmpty(); });
    return found == status.endpoints.end() ? QString()
                                           : found->name + QStringLiteral(": ") + found->problem;
}

} // namespace trace
