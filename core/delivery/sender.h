// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/delivery/batchplanner.h"
#include "core/delivery/batchprogress.h"
#include "core/delivery/deliverymeter.h"
#include "core/delivery/retrypolicy.h"
#include "core/delivery/status.h"
#include "core/journal/journal.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <deque>

namespace trace {

class Transport;

//! What a sender works with; all outlive it.
struct SenderParts
{
    Journal &journal;
    BatchPlanner &planner;
    Transport &transport;
};

//! What the journal knows of an endpoint when its sender starts.
struct SenderStart
{
    EndpointRow row;
    SequenceSet backlog;
    qint64 failed = 0;
    std::uint64_t lastSequence = 0;
};

//! Delivers one endpoint's records, in journal order: the only state machine of the program. Lives
//! on the engine thread; waits with timers and goes on by signals.
class Sender final : public QObject
{
    Q_OBJECT
public:
    Sender(const SenderParts &parts, SenderStart start, const Endpoint &endpoint,
           QObject *parent = nullptr);

    //! A changed endpoint: what is not under way is packed anew, and a held sender resumes.
    void configure(const Endpoint &endpoint);
    void recordsCommitted(SequenceRange range);
    //! The journal has grown without anything for this endpoint.
    void journalGrew(std::uint64_t lastSequence)
    {
        m_lastSequence = std::max(m_lastSequence, lastSequence);
    }

    void flush();
    void retryNow();
    void setPaused(bool paused);
    //! Sends a failed batch again that the caller has claimed.
    void replay(qint64 failedBatch);
    //! Gives up everything that waits, counted as discarded by the operator.
    void discardWaiting();
    //! The caller discarded a failed batch of so many records.
    void failedDiscarded(qint64 records);

    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }
    [[nodiscard]] qint64 journalId() const { return m_row.id; }
    //! Waits for the operator or a change of the endpoint.
    [[nodiscard]] bool isHeld() const;
    [[nodiscard]] QString problem() const { return m_problem; }
    [[nodiscard]] EndpointStatus status() const;

Q_SIGNALS:
    void changed();
    void failedBatchesChanged();
    void replayFinished(qint64 failedBatch, bool delivered, const QString &problem);
    void problemOccurred(const trace::Error &problem);

private:
    struct Active
    {
        BatchProgress progress;
        bool isTravelling = false;
        bool wasSent = false;  // the batch has started
        bool isRetry = false;  // the current part went out before
    };

    [[nodiscard]] bool isBlocked() const;
    void setState(SenderState state, const QString &problem = {}, const QString &action = {});
    void advance();
    void planMore();
    void planBatch(PlanOrder order);
    void planned(Expected<std::unique_ptr<Batch>> batch, quint64 generation, qint64 failedBatch);
    void send(Active &active);
    void answered(Active &active, const HttpReply &reply, int sent, double milliseconds);
    void wait(const Outcome &outcome, int failures);
    void exhausted(Active &active, const Outcome &outcome, const HttpReply &reply);
    void hold(const Outcome &outcome);
    void settleDelivered(Active &active);
    void finish(Active &active);
    void finishReplay(Active &active, const QString &problem);
    void settle(Settlement settlement);
    void abandonBatches();
    void resolveKey();
    [[nodiscard]] std::uint64_t unplanned() const;
    [[nodiscard]] std::vector<SequenceRange> sequencesOf(const Active &active,
                                                         const std::vector<std::size_t> &indices) const;

    SenderParts m_parts;
    Endpoint m_endpoint;
    std::shared_ptr<const Service> m_service;
    Credentials m_credentials;
    RetryPolicy m_retry;

    // Where the records are. The backlog holds everything unsettled, also what is in a batch.
    SequenceSet m_backlog;
    std::uint64_t m_planFrom = 1;     // everything unsettled below is in a batch
    std::uint64_t m_flushTo = 0;      // send up to here without waiting for a full buffer
    std::uint64_t m_lastSequence = 0; // newest record that this sender was told of
    EndpointRow m_row;                // counts as committed
    qint64 m_failed = 0;
    SequenceSet m_unwritten; // settled by answers, but not yet in the journal

    std::deque<std::unique_ptr<Active>> m_active; // in journal order, replays first
    std::deque<qint64> m_replays;                 // claimed, not planned yet
    bool m_planning = false;
    quint64 m_generation = 0; // plans and answers of an older one are void

    SenderState m_state = SenderState::Idle;
    QString m_problem;
    QString m_action;
    bool m_paused = false;
    int m_throttled = 0; // answers in a row that asked for a slower pace
    QTimer m_flushTimer;
    QTimer m_retryTimer;
    QDateTime m_nextAttempt;
    DeliveryMeter m_meter;
};

} // namespace trace
