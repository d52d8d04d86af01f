// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/delivery/status.h"
#include "core/journal/journalrows.h"
#include "ui/endpoints/endpointmodel.h"
#include "ui/failed/failedbatchmodel.h"
#include "ui/records/recordmodel.h"
#include "ui/runs/runmodel.h"
#include "ui/session/finishing.h"

#include <QObject>
#include <QThread>

#include <optional>

namespace trace {

class EndpointFile;
class Engine;
class JournalPages;

//! Joins the models with the engine and the journal. Reads and writes happen on a thread of its
//! own; this object and the models belong to the GUI thread.
class ConsoleSession final : public QObject
{
    Q_OBJECT
public:
    //! \a engine must outlive the session. \a endpoints are those that it was started with.
    ConsoleSession(Engine &engine, const QString &configFolder, QList<Endpoint> endpoints,
                   QObject *parent = nullptr);
    ~ConsoleSession() override;

    [[nodiscard]] RunModel &runs() { return m_runs; }
    [[nodiscard]] RecordModel &records() { return m_records; }
    [[nodiscard]] EndpointModel &endpoints() { return m_endpoints; }
    [[nodiscard]] FailedBatchModel &failedBatches() { return m_failed; }
    [[nodiscard]] const ForwarderStatus &status() const { return m_status; }
    [[nodiscard]] QString journalFolder() const;

    [[nodiscard]] const QList<Endpoint> &configuration() const { return m_configuration; }
    //! Saves the configuration; it is in force once that succeeded.
    void setConfiguration(const QList<Endpoint> &endpoints) { save(endpoints, {}); }
    //! Takes an endpoint out of the configuration, where it is in it. What waits for it stays, or
    //! is given up once the configuration is saved.
    void removeEndpoint(const QString &endpoint, bool discardsWaiting);

    void retryNow(const QString &endpoint);
    void setPaused(const QString &endpoint, bool paused);
    void replay(const QList<qint64> &batches);
    void discard(const QList<qint64> &batches);
    //! Answered by failedRecordsLoaded.
    void loadFailedRecords(qint64 batch);
    //! Looks for the next error at or behind \a sequence; answered by errorFound.
    void findError(quint64 sequence);

    //! Before the end: delivers what waits, for a bounded time; finished() tells of its end.
    void finish(std::chrono::milliseconds bound) { m_finishing.start(bound); }
    //! Ends that at once.
    void stopFinishing() { m_finishing.stop(); }
    //! Records that wait or are on their way, at all endpoints.
    [[nodiscard]] qint64 openRecords() const;

    //! The models show what the engine reported last and nothing is on its way.
    [[nodiscard]] bool isUpToDate() const;

Q_SIGNALS:
    void statusChanged();
    void failedRecordsLoaded(qint64 batch, const QList<trace::Record> &records);
    void errorFound(quint64 sequence);
    void replayFinished(qint64 batch, bool delivered, const QString &problem);
    void problemOccurred(const trace::Error &problem);
    //! What problemOccurred() told of the configuration's file is over.
    void problemEnded(const trace::Error &problem);
    void finished();

private:
    void save(const QList<Endpoint> &endpoints, const QStringList &discarded);
    void connectEngine();
    void connectWorkers();
    void setStatus(const ForwarderStatus &status);
    void applyConfiguration(const QList<Endpoint> &endpoints);
    void loadContents();
    [[nodiscard]] quint64 oldestKept() const;
    void showRuns(const QList<RunRow> &runs);
    void loadSources();
    void loadFailedBatches();

    Engine &m_engine;
    QList<Endpoint> m_configuration;
    ForwarderStatus m_status;
    RunModel m_runs;
    RecordModel m_records;
    EndpointModel m_endpoints;
    FailedBatchModel m_failed;
    QThread m_thread;
    JournalPages *m_pages; // both live on m_thread and are deleted there
    EndpointFile *m_file;
    std::optional<SequenceRange> m_askedAt; // what the engine told when contents were asked for
    SequenceRange m_kept;                   // by the journal itself
    quint64 m_sourcesAskedTo = 0;           // the last record that was asked for without a run
    quint64 m_sourcesEnd = 0;               // the last one that is known
    Finishing m_finishing;
    bool m_contentsLoading = false;
    bool m_sourcesLoading = false;
    bool m_failedLoading = false;
    bool m_failedChanged = false; // while it was loading
};

} // namespace trace
