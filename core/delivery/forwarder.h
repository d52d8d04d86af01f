// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/keychain.h"
#include "core/delivery/batchplanner.h"
#include "core/delivery/flushing.h"
#include "core/delivery/sender.h"
#include "core/delivery/status.h"
#include "core/delivery/transport.h"
#include "core/journal/journal.h"
#include "core/journal/journalreader.h"

#include <QHash>
#include <QObject>
#include <QThread>
#include <QTimer>

namespace trace {

//! The senders of a journal: one per configured endpoint. Lives on the engine thread, where all its
//! methods are called.
class Forwarder final : public QObject
{
    Q_OBJECT
public:
    explicit Forwarder(Journal &journal);
    ~Forwarder() override;

    //! See Engine::setEndpoints(). What cannot be started is shown with its reason and tried again;
    //! it fails only where nothing can be.
    [[nodiscard]] Expected<void> setEndpoints(const QList<Endpoint> &endpoints);
    //! The ids, in the journal, of the endpoints that new records are for.
    [[nodiscard]] std::vector<qint64> route() const;
    //! See Engine::flush(); without a run for all records.
    void flush(const std::optional<QString> &runId, Flushing::Promise promise);
    void retryNow(const QString &endpoint);
    void setPaused(const QString &endpoint, bool paused);
    void replay(const QList<qint64> &failedBatches);
    void discard(const QList<qint64> &failedBatches);
    void discardWaiting(const QString &endpoint);
    //! See Engine::oblige().
    [[nodiscard]] Expected<qint64> oblige(FailedBatch batch, const QString &endpoint);
    void setJournalProblem(const QString &problem);

    [[nodiscard]] ForwarderStatus status() const;

Q_SIGNALS:
    void routeChanged();
    void statusChanged(const trace::ForwarderStatus &status);
    void failedBatchesChanged();
    void replayFinished(qint64 failedBatch, bool delivered, const QString &problem);
    void problemOccurred(const trace::Error &problem);

private:
    void committed(const Commit &commit);
    void giveUp(const GiveUp &request);
    void evicted(quint64 first);
    void setCondition(const JournalCondition &condition);
    [[nodiscard]] Expected<void> startSender(const Endpoint &endpoint);
    void watchNetwork();
    void detachAll(std::vector<std::unique_ptr<Sender>> senders);
    [[nodiscard]] std::unique_ptr<Sender> takeSender(const QString &endpoint,
                                                     std::vector<std::unique_ptr<Sender>> &former);
    void showUnstarted(const Endpoint &endpoint, const Error &problem);
    void startAgain();
    [[nodiscard]] qint64 pauseUnattended(const QString &endpoint, bool paused);
    void keepPause(qint64 journalId, bool paused, const QDateTime &since);
    void giveUpUnattended(const GiveUp &request);
    [[nodiscard]] Sender *senderOf(const QString &endpoint) const;
    [[nodiscard]] Sender *senderOrDetached(const QString &endpoint) const;
    [[nodiscard]] Sender *senderOf(qint64 journalId) const;
    [[nodiscard]] Expected<Sender *> claim(qint64 failedBatch);
    void lookAgain(Sender &sender);
    [[nodiscard]] Expected<void> readOthers();
    [[nodiscard]] EndpointStatus statusOf(const Sender &sender) const;
    void scheduleStatus();
    void publishStatus();

    Journal &m_journal;
    std::unique_ptr<JournalReader> m_reader;
    Transport m_transport;
    Keychain m_keychain;
    QThread m_plannerThread;
    BatchPlanner *m_planner;                         // lives on m_plannerThread, deleted there
    std::vector<std::unique_ptr<Sender>> m_senders;  // in the order of the configuration
    Flushing m_flushing;                             // until they go
    std::vector<std::unique_ptr<Sender>> m_detached; // configured before, in this process
    QList<Endpoint> m_configuration;
    QList<EndpointStatus> m_others;    // known to the journal alone
    QList<EndpointStatus> m_unstarted; // configured, but without a sender
    QHash<QString, bool> m_pauses;     // of those that the journal does not know yet
    QTimer m_startTimer;               // tries those again
    SequenceRange m_range;
    qint64 m_acceptedInWindow = 0;
    double m_acceptedPerSecond = 0;
    qint64 m_failedBatches = 0;
    QString m_journalProblem; // of the last append
    JournalCondition m_condition;
    bool m_watchesNetwork = false;
    QTimer m_statusTimer;
    QTimer m_rateTimer;
    ForwarderStatus m_published;
};

} // namespace trace
