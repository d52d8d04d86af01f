// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/delivery/flushreport.h"
#include "core/delivery/status.h"
#include "core/journal/journal.h"
#include "core/platform/error.h"

#include <QFuture>
#include <QObject>
#include <QThread>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace trace {

class Forwarder;

//! `$XDG_DATA_HOME/trace-console/journal`; see dataHome().
[[nodiscard]] Expected<QString> defaultJournalFolder();

//! A journal and what delivers it: owns the journal and the engine thread on which the Forwarder
//! and its senders live. Every method may be called from any thread and returns at once; signals
//! are emitted on the engine thread, so connect them with a context object.
class Engine final : public QObject
{
    Q_OBJECT
public:
    //! Opens or creates the journal in \a journalFolder and starts to deliver to \a endpoints.
    //! Fails when the journal cannot be used, for instance because another process holds it.
    //! \a onProblem gets what problemOccurred tells, on the engine thread and from the first
    //! moment: delivery has begun before the caller can connect.
    [[nodiscard]] static Expected<std::unique_ptr<Engine>>
    start(const QString &journalFolder, const QList<Endpoint> &endpoints,
          std::function<void(const Error &)> onProblem = {}, const JournalLimits &limits = {});
    //! Stops the senders, leaves what waits in the journal.
    ~Engine() override;

    //! Replaces the configuration. A changed endpoint that was held resumes. One that is not in it
    //! any more is detached: delivery ends, what waits stays, and goes on when it comes back.
    //! \a inForce is called on the engine thread, once new records are for these.
    void setEndpoints(const QList<Endpoint> &endpoints, std::function<void()> inForce = {});

    //! Accepts a block for all enabled endpoints. Waits for room when the writer is behind, so not
    //! for the GUI thread. What cannot be written is reported through problemOccurred.
    void append(RecordBlock block);
    //! Likewise; \a done tells, on the writer's thread, whether the block is accepted.
    void append(RecordBlock block, Journal::Done done);
    //! Likewise several blocks, of which all are accepted or none.
    void append(std::vector<RecordBlock> blocks, Journal::Done done);
    //! From now on append() fails while no endpoint is configured and enabled: what is accepted must
    //! have somewhere to go.
    void requireRoute() { m_needsRoute = true; }
    //! Before the end: append() does not wait for room on the disk any more, but fails.
    void stopWaiting() { m_journal->stopWaiting(); }
    //! For a caller that must not be held up: append() waits at most so long, then refuses blocks
    //! until there is room.
    void setPatience(std::chrono::milliseconds patience) { m_journal->setPatience(patience); }
    //! For a caller that needs a certain answer in time: a block that waits so long for room is
    //! refused, and is not accepted later.
    void setLongestHold(std::chrono::milliseconds longest) { m_journal->setLongestHold(longest); }

    //! Sends what waits now, however little it is; a service that asked to wait gets its time. Ends
    //! with a report when every record submitted before is delivered, failed, discarded or stuck:
    //! its endpoint is held, paused, suspended or not configured.
    QFuture<FlushReport> flush();
    //! Likewise, but waits for the records of one run only, and reports on them.
    QFuture<FlushReport> flush(const QString &runId);
    void retryNow(const QString &endpoint); //!< Try again at once. Endpoints go by Endpoint::id.
    //! The operator's word: it is kept in the journal until it is taken back, whatever becomes of
    //! the configuration.
    void setPaused(const QString &endpoint, bool paused);
    //! Gives up what waits for an endpoint, configured or not, counted as discarded (operator).
    //! Answers that are awaited still count.
    void discardWaiting(const QString &endpoint);
    void replay(const QList<qint64> &failedBatches);  //!< Send these failed batches again.
    void discard(const QList<qint64> &failedBatches); //!< Give these up, counted.
    //! Takes on the delivery of \a batch to \a endpoint: its accepted records grow. \a done gets
    //! the number of the failed batch that holds them until it is replayed, on the engine thread.
    void oblige(FailedBatch batch, const QString &endpoint,
                std::function<void(const Expected<qint64> &)> done);

    [[nodiscard]] QString journalFolder() const { return m_journal->folder(); }
    [[nodiscard]] Journal &journal() { return *m_journal; }
    //! The last value of statusChanged.
    [[nodiscard]] ForwarderStatus status() const;

Q_SIGNALS:
    //! At most four times a second, and only when something changed; at once when a flush() ends,
    //! before its report.
    void statusChanged(const trace::ForwarderStatus &status);
    //! Failed batches were parked, replayed or discarded.
    void failedBatchesChanged();
    //! Exactly once per batch given to replay(): its records are delivered, or it is parked again
    //! with \a problem.
    void replayFinished(qint64 failedBatch, bool delivered, const QString &problem);
    void problemOccurred(const trace::Error &problem);

private:
    explicit Engine(std::unique_ptr<Journal> journal);
    QFuture<FlushReport> startFlush(const std::optional<QString> &runId);
    [[nodiscard]] Expected<void> configure(const QList<Endpoint> &endpoints);
    void remember(const ForwarderStatus &status);

    std::unique_ptr<Journal> m_journal;
    QThread m_thread;
    Forwarder *m_forwarder = nullptr; // lives on m_thread, deleted there
    mutable std::mutex m_mutex;       // guards the following
    ForwarderStatus m_status;
    std::vector<qint64> m_route; // of new records
    std::atomic<bool> m_needsRoute{false};
    QString m_appendProblem;     // the last that was told, until an append succeeds
};

} // namespace trace
