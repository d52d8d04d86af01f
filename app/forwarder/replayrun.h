// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/engine.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <deque>
#include <map>
#include <optional>

namespace trace {

//! How the replay of a batch ended.
struct ReplayResult
{
    qint64 batch = 0;
    qint64 records = 0;       //!< That it held.
    qint64 delivered = 0;     //!< Of these; the others are parked again.
    bool isDelivered = false; //!< All of it.
    QString problem{};        //!< Why not.
};

//! Replays failed batches one after the other, no faster than asked, and counts how they end.
class ReplayRun final : public QObject
{
    Q_OBJECT
public:
    //! \a recordsPerSecond: 0 is as fast as it goes. Gives up when no record gets anywhere for
    //! \a patience.
    ReplayRun(Engine &engine, double recordsPerSecond, std::chrono::milliseconds patience);

    void add(qint64 batch, qint64 records);
    //! Nothing more is added.
    void start();

    [[nodiscard]] qint64 delivered() const { return m_delivered; } //!< Batches.
    [[nodiscard]] qint64 undelivered() const { return m_undelivered; }
    //! Those that are still failed since it gave up.
    [[nodiscard]] qint64 left() const { return qint64(m_waiting.size() + m_underWay.size()); }
    //! What the first endpoint in trouble has to say.
    [[nodiscard]] QString why() const;

Q_SIGNALS:
    void batchFinished(const trace::ReplayResult &result);
    void finished();

private:
    struct Batch
    {
        qint64 id = 0;
        qint64 records = 0;
    };

    void next();
    void look(const ForwarderStatus &status);
    void ended(qint64 batch, bool delivered, const QString &problem);
    [[nodiscard]] std::optional<qint64> recordsIn(qint64 batch) const;

    Engine &m_engine;
    double m_recordsPerSecond;
    std::deque<Batch> m_waiting;
    std::map<qint64, qint64> m_underWay; // and their records
    qint64 m_started = 0; // records
    qint64 m_delivered = 0;
    qint64 m_undelivered = 0;
    QElapsedTimer m_clock;
    QTimer m_pace;
    QTimer m_patience;       // while one is under way
    qint64 m_delivering = 0; // records that are delivered, at the last look
};

} // namespace trace
