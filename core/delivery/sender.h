// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/delivery/backlog.h"
#include "core/delivery/batchplanner.h"
#include "core/delivery/batchprogress.h"
#include "core/delivery/courier.h"
#include "core/delivery/deliverymeter.h"
#include "core/delivery/endpointtrust.h"
#include "core/delivery/pace.h"
#include "core/delivery/retrypolicy.h"
#include "core/delivery/status.h"

#include <QHash>
#include <QObject>
#include <QTimer>

#include <deque>

namespace trace {

class Keychain;
class Transport;

//! What a sender works with; all outlive it.
struct SenderParts
{
    Journal &journal;
    BatchPlanner &planner;
    Transport &transport;
    Keychain &keychain;
};

//! Delivers one endpoint's records, in journal order: the only state machine of the program. Lives
//! on the engine thread; waits with timers and goes on by signals.
class Sender final : public QObject
{
    Q_OBJECT
public:
    Sender(const SenderParts &parts, BacklogStart start, const Endpoint &endpoint,
           QObject *parent = nullptr);
    ~Sender() override;

    //! A changed endpoint: what is not under way is packed anew, and a held sender resumes, unless
    //! the operator paused it.
    void configure(const Endpoint &endpoint);
    //! The endpoint is not configured any more: nothing is sent until it is again. Answers that are
    //! awaited still count; what waits stays.
    void detach();
    void recordsCommitted(SequenceRange range);
    //! The journal has grown without anything for this endpoint.
    void journalGrew(std::uint64_t lastSequence) { m_backlog.journalGrew(lastSequence); }

    //! Sends what there is without waiting for a full buffer.
    void flush();
    //! Ends a wait, a suspension or a hold that is not the operator's.
    void retryNow();
    //! Ends a wait that the service has not asked for.
    void networkReturned();
    //! Ends any wait; sends nothing by itself.
    void endWait();
    //! The operator's word, which the journal keeps.
    void setPaused(bool paused, const QDateTime &now);
    //! Sends a failed batch again that the caller has claimed.
    void replay(qint64 failedBatch);
    //! Before it goes: what its replays have delivered is settled, and the rest of them parked.
    void leaveReplays();
    //! Gives up what waits, counted as discarded by the operator; of a detached endpoint also what
    //! comes back undelivered.
    void discardWaiting();
    //! The caller took on so many records more, in a failed batch.
    void obliged(qint64 records) { m_backlog.obliged(records); }
    //! Gives up what waits of these ranges, but nothing that is in a request now. Tells how many
    //! records.
    qint64 giveUp(const std::vector<SequenceRange> &ranges, DiscardReason reason);
    //! The caller discarded a failed batch of so many records.
    void failedDiscarded(qint64 records) { m_backlog.failedDiscarded(records); }

    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }
    [[nodiscard]] qint64 journalId() const { return m_backlog.journalId(); }
    [[nodiscard]] bool isDetached() const { return m_isDetached; }
    //! The oldest record that waits; 0: none does.
    [[nodiscard]] std::uint64_t firstWaiting() const;
    //! Waits for the operator or a change of the endpoint.
    [[nodiscard]] bool isHeld() const;
    //! Goes on only after something happens outside: held, suspended, or the journal is not
    //! writable.
    [[nodiscard]] bool isStuck() const;
    //! Something of \a range has no outcome that the journal knows.
    [[nodiscard]] bool isOpen(SequenceRange range) const { return m_backlog.isOpen(range); }
    [[nodiscard]] QString problem() const { return m_problem; }
    //! Whether a failed batch may be fit to be sent by another clock.
    [[nodiscard]] bool isParkedForTime(const FailedBatchRow &batch) const;
    //! Whether the clock was found wrong since the last call, see clockSkewChanged().
    [[nodiscard]] bool takeSkewNews();
    //! Its health is not looked at here.
    [[nodiscard]] EndpointStatus status() const;

Q_SIGNALS:
    void changed();
    void failedBatchesChanged();
    void replayFinished(qint64 failedBatch, bool delivered, const QString &problem);
    void problemOccurred(const trace::Error &problem);
    //! The service did not do its part, perhaps because this computer is on no network.
    void serviceMissed();
    //! Records were set aside by a clock that is more than a minute wrong, ours or the server's.
    //! Again after a hold, for who could do nothing about it then.
    void clockSkewChanged();

private:
    struct Active
    {
        BatchProgress progress;
        bool isTravelling = false;
        bool isLeaving = false;  // only its answer is awaited; the rest waits again
        bool isOutdated = false; // of a former configuration: nobody's fault is told by it
        bool isAside = false;    // another batch is tried first
        bool wasSent = false;    // the batch has started
        bool isRetry = false;    // the current part went out before
        bool isProbe = false;    // one record, out of its turn
        QDateTime sentAt{};      // while it travels
        EndpointTrust trust{};   // of a replay, which is refused for what it was refused for before

        [[nodiscard]] bool isReplay() const { return progress.batch().origin.has_value(); }
    };

    [[nodiscard]] bool isBlocked() const;
    [[nodiscard]] bool isStopped() const { return m_paused || !m_endpoint.enabled || m_isDetached; }
    void enter(SenderState state, const QString &problem = {}, const QString &action = {});
    //! Likewise where that stops delivery: the problem of \a why is kept.
    void setStopped(SenderState state, const Error &why);
    void backOff(const Outcome &outcome);
    void setHeld(const Outcome &outcome, const std::optional<QByteArray> &key = {});
    void noteTrouble(const Trouble &trouble);
    void keepTrouble();
    [[nodiscard]] QDateTime unansweredSince() const;
    void watchAnswer();
    void answerEnded();
    void noteUnanswered();
    void tellLater(const Error &problem);
    void resume();
    void lookForNewKey();
    void tellRisks();
    void secretFetched(const QString &reference);
    [[nodiscard]] Expected<Credentials> credentials() const;

    void advance();
    void inquire();
    void informed(const HttpReply &reply);
    void ask(const HttpRequest &request, std::function<void(const HttpReply &)> answered);
    void questionAnswered(const HttpReply &reply,
                          const std::function<void(const HttpReply &)> &answered);
    void askTime(const Batch &batch);
    [[nodiscard]] bool needsTime(const Batch &batch) const;
    [[nodiscard]] bool isTimeDoubtful(const Active &active) const;
    [[nodiscard]] Active *nextToSend();
    [[nodiscard]] Active *nextProbe();
    [[nodiscard]] std::vector<SequenceRange> unplannedRanges(std::size_t most) const;
    void planProbe(std::size_t place);
    void planMore();
    void planBatch(PlanOrder order);
    void planned(Expected<std::unique_ptr<Batch>> batch, quint64 generation);
    void planFailed(const Error &error, qint64 failedBatch);
    void settleUnsent(const Batch &batch, bool isProbe);
    void enqueue(std::unique_ptr<Batch> batch, bool isProbe);
    void abandonBatches();
    void abandonBacklog();
    void putBackReplay(Active &active);
    void refuseReplays(const QString &problem);
    void releaseReplay(qint64 failedBatch, const QString &problem);
    void releaseAgain();
    [[nodiscard]] EndpointTrust &trustOf(Active &active);
    [[nodiscard]] CourierKit kit() const;
    [[nodiscard]] std::uint64_t unplanned() const;
    [[nodiscard]] std::size_t travelling() const;
    [[nodiscard]] bool isLeaving() const;

    [[nodiscard]] std::int64_t serverTime() const;
    void prepare(Active &active) const;
    void send(Active &active);
    void noteAnswer(const Active &active, const Errand &errand);
    void noteDate(const HttpReply &reply);
    void answered(Active &active, const Errand &errand);
    [[nodiscard]] Outcome withTrust(Outcome outcome, const HttpReply &reply) const;
    bool learns(const HttpReply &reply);
    void tellWarning(const QString &warning);
    void goOn(Active &active, BatchProgress::Next next, const Errand &errand);
    void left(Active &active, const QString &reason);
    void gotThrough(const Active &active);
    void wait(const Outcome &outcome);
    void exhausted(Active &active, const Outcome &outcome, const HttpReply &reply);
    void settleDelivered(Active &active);
    void settleParked(const Active &active);
    void noteUncertain(const BatchProgress &progress);
    void setAside(Active &active);
    void holdSuspect(const Outcome &outcome, const std::optional<QByteArray> &key);
    void clearSuspicion();
    void settleSuspects();
    void judgeSuspects();
    void finish(Active &active);
    void finishReplay(Active &active, const QString &problem);
    void remove(const Active &active);

    SenderParts m_parts;
    Endpoint m_endpoint;
    std::shared_ptr<const Service> m_service;
    Filter m_filter;
    TransportSettings m_network;
    RetryPolicy m_retry;
    Backlog m_backlog;
    bool m_isInformed = false; // the server was asked what it can
    bool m_wasTimeAsked = false;
    bool m_isAsking = false; // something of these; no records are sent meanwhile
    QDateTime m_askedAt;     // while it does

    std::uint64_t m_planFrom = 1; // everything unsettled below is in a batch
    std::uint64_t m_flushTo = 0;  // send up to here without waiting for a full buffer
    std::deque<std::unique_ptr<Active>> m_active; // in journal order, replays first
    EndpointTrust m_trust;
    // Refused as a whole by a suspect endpoint; not settled.
    std::vector<std::unique_ptr<Active>> m_suspects;
    SequenceSet m_uncertain;         // unsettled records that a former request may have brought
    std::deque<qint64> m_replays;    // claimed, not planned yet
    std::deque<qint64> m_cutReplays; // likewise, once what they delivered is written
    QHash<qint64, QString> m_refusedReplays; // of those, with the reason: released then
    QList<qint64> m_unreleased;              // that could not be written; tried again
    QTimer m_releaseTimer;
    bool m_planning = false;
    bool m_isPlanningProbe = false;
    qint64 m_plannedReplay = 0; // its failed batch, when that is a replay
    quint64 m_generation = 0;   // plans of an older one are void

    SenderState m_state = SenderState::Idle;
    bool m_isOpenToProbes = false; // held for want of a record that it takes; the next one is tried
    bool m_isSuspicionTold = false; // that it is held so
    int m_probesInVain = 0;         // in a row, since ten requests brought nothing through
    QString m_problem;
    QString m_action;
    Problem m_reason; // why delivery stops, while it does
    QDateTime m_since;
    QString m_warning;     // the last that was told
    Trouble m_trouble;     // the last, until something was delivered
    Trouble m_keptTrouble; // as the journal has it
    QTimer m_troubleTimer;
    QTimer m_answerTimer; // of the oldest request that has no answer
    bool m_paused = false;
    QDateTime m_pausedSince;
    QDateTime m_disabledSince; // invalid where it was so from the start
    bool m_isDetached = false;
    bool m_discardsRest = false; // of what is under way, if it comes back
    const QDateTime m_formerSuccess;
    bool m_awaitsKeychain = false;
    QByteArray m_refusedKey; // why it is held; another one resumes
    int m_failures = 0;      // requests in a row for which the service had no use
    int m_throttled = 0;     // answers in a row that asked for a slower pace
    Pace m_pace;
    double m_bodyPerRaw = 1;                                // bytes sent per byte of records
    std::optional<std::chrono::milliseconds> m_serverAhead; // of our clock, by its Date
    bool m_hasSkewNews = false;
    std::chrono::milliseconds m_signingSkew{0};
    QTimer m_flushTimer;
    QTimer m_retryTimer;          // of a wait that the user sees
    bool m_isAskedToWait = false; // by the service
    QTimer m_paceTimer;
    QTimer m_keyTimer;
    QDateTime m_nextAttempt;
    DeliveryMeter m_meter;
};

} // namespace trace
