// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/consolesession.h"

#include "core/delivery/engine.h"
#include "ui/session/endpointfile.h"
#include "ui/session/journalpages.h"

using namespace Qt::StringLiterals;

namespace trace {

ConsoleSession::ConsoleSession(Engine &engine, const QString &configFolder,
                               QList<Endpoint> endpoints, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
    , m_configuration(std::move(endpoints))
    , m_pages(new JournalPages(engine.journalFolder()))
    , m_file(new EndpointFile(configFolder))
    , m_finishing(engine)
{
    m_thread.setObjectName(u"console reader"_s);
    for (QObject *worker : {static_cast<QObject *>(m_pages), static_cast<QObject *>(m_file)}) {
        worker->moveToThread(&m_thread);
        connect(&m_thread, &QThread::finished, worker, &QObject::deleteLater);
    }
    connectWorkers();
    connectEngine();
    m_thread.start();
    QMetaObject::invokeMethod(m_file,
                              [file = m_file, inForce = m_configuration] { file->watch(inForce); });
    setStatus(engine.status());
    loadFailedBatches();
}

ConsoleSession::~ConsoleSession()
{
    m_thread.quit();
    m_thread.wait();
}

void ConsoleSession::connectWorkers()
{
    connect(&m_records, &RecordModel::pageNeeded, m_pages, &JournalPages::loadPage);
    connect(m_pages, &JournalPages::pageLoaded, &m_records, &RecordModel::addPage);
    connect(m_pages, &JournalPages::rangeLoaded, this, [this](SequenceRange range) {
        m_kept = range;
        m_records.setRange(range);
        m_runs.removeBefore(oldestKept());
    });
    connect(m_pages, &JournalPages::runsLoaded, this, &ConsoleSession::showRuns);
    connect(m_pages, &JournalPages::sourcesLoaded, this,
            [this](const QList<RunRow> &sources, bool isComplete) {
                QList<RunRow> kept = sources;
                kept.removeIf([oldest = oldestKept()](const RunRow &source) {
                    return source.lastSequence < oldest;
                });
                m_runs.update(kept);
                m_sourcesLoading = !isComplete;
                loadSources();
            });
    connect(m_pages, &JournalPages::failedBatchesLoaded, this,
            [this](const QList<FailedBatchRow> &batches) {
                m_failed.setBatches(batches);
                m_failedLoading = false;
                if (std::exchange(m_failedChanged, false))
                    loadFailedBatches();
                Q_EMIT statusChanged();
            });
    connect(m_pages, &JournalPages::failedRecordsLoaded, this,
            &ConsoleSession::failedRecordsLoaded);
    connect(m_pages, &JournalPages::errorFound, this, &ConsoleSession::errorFound);
    connect(m_pages, &JournalPages::problemOccurred, this, &ConsoleSession::problemOccurred);
    connect(m_file, &EndpointFile::problemOccurred, this, &ConsoleSession::problemOccurred);
    connect(m_file, &EndpointFile::problemEnded, this, &ConsoleSession::problemEnded);
    connect(m_file, &EndpointFile::saved, this,
            [this](const QList<Endpoint> &endpoints, const QStringList &discarded) {
                applyConfiguration(endpoints);
                for (const QString &endpoint : discarded)
                    m_engine.discardWaiting(endpoint);
            });
    connect(m_file, &EndpointFile::changed, this, &ConsoleSession::applyConfiguration);
}

void ConsoleSession::connectEngine()
{
    connect(&m_engine, &Engine::statusChanged, this, &ConsoleSession::setStatus);
    connect(&m_engine, &Engine::failedBatchesChanged, this, &ConsoleSession::loadFailedBatches);
    connect(&m_engine, &Engine::replayFinished, this, &ConsoleSession::replayFinished);
    connect(&m_engine, &Engine::problemOccurred, this, &ConsoleSession::problemOccurred);
    connect(&m_finishing, &Finishing::finished, this, &ConsoleSession::finished);
}

QString ConsoleSession::journalFolder() const
{
    return m_engine.journalFolder();
}

void ConsoleSession::setStatus(const ForwarderStatus &status)
{
    m_status = status;
    QList<EndpointStatus> shown = status.endpoints;
    shown.removeIf(isOver);
    m_endpoints.setEndpoints(shown);
    loadContents();
    Q_EMIT statusChanged();
}

//! The journal is asked itself: the engine knows its contents only as far as its endpoints need.
void ConsoleSession::loadContents()
{
    const SequenceRange told{m_status.firstSequence, m_status.lastSequence};
    if (m_contentsLoading || m_askedAt == told)
        return;
    const quint64 since = m_kept.last == 0 ? 0 : m_kept.last + 1;
    m_askedAt = told;
    m_contentsLoading = true;
    QMetaObject::invokeMethod(m_pages, [pages = m_pages, since] {
        pages->loadRange();
        pages->loadRuns(since);
    });
}

quint64 ConsoleSession::oldestKept() const
{
    return m_kept.last == 0 ? maxSequence : m_kept.first;
}

void ConsoleSession::showRuns(const QList<RunRow> &runs)
{
    QList<RunRow> named = runs;
    named.removeIf([this](const RunRow &run) {
        if (!run.runId.isEmpty())
            return false;
        m_sourcesEnd = run.lastSequence;
        return true;
    });
    m_runs.update(named);
    loadSources();
    m_contentsLoading = false;
    loadContents();
}

//! Records without a run id are in no run: they are shown by their source.
void ConsoleSession::loadSources()
{
    if (m_sourcesLoading || m_sourcesAskedTo >= m_sourcesEnd)
        return;
    m_sourcesAskedTo = m_sourcesEnd;
    m_sourcesLoading = true;
    QMetaObject::invokeMethod(
        m_pages, [pages = m_pages, last = m_sourcesEnd] { pages->loadSources(last); });
}

void ConsoleSession::loadFailedBatches()
{
    if (m_failedLoading) {
        m_failedChanged = true;
        return;
    }
    m_failedLoading = true;
    QMetaObject::invokeMethod(m_pages, &JournalPages::loadFailedBatches);
}

void ConsoleSession::loadFailedRecords(qint64 batch)
{
    QMetaObject::invokeMethod(m_pages,
                              [pages = m_pages, batch] { pages->loadFailedRecords(batch); });
}

void ConsoleSession::findError(quint64 sequence)
{
    const SequenceRange range{std::max<quint64>(sequence, 1), m_status.lastSequence};
    QMetaObject::invokeMethod(m_pages, [pages = m_pages, range] { pages->findError(range); });
}

void ConsoleSession::save(const QList<Endpoint> &endpoints, const QStringList &discarded)
{
    QMetaObject::invokeMethod(
        m_file, [file = m_file, endpoints, discarded] { file->save(endpoints, discarded); });
}

void ConsoleSession::removeEndpoint(const QString &endpoint, bool discardsWaiting)
{
    QList<Endpoint> endpoints = m_configuration;
    const auto removed =
        endpoints.removeIf([&](const Endpoint &other) { return other.id == endpoint; });
    if (removed == 0) {
        if (discardsWaiting)
            m_engine.discardWaiting(endpoint);
        return;
    }
    save(endpoints, discardsWaiting ? QStringList{endpoint} : QStringList());
}

void ConsoleSession::applyConfiguration(const QList<Endpoint> &endpoints)
{
    if (endpoints == m_configuration)
        return; // the watcher reports what was just saved
    m_configuration = endpoints;
    m_engine.setEndpoints(endpoints);
}

void ConsoleSession::retryNow(const QString &endpoint)
{
    m_engine.retryNow(endpoint);
}

void ConsoleSession::setPaused(const QString &endpoint, bool paused)
{
    m_engine.setPaused(endpoint, paused);
}

void ConsoleSession::replay(const QList<qint64> &batches)
{
    m_engine.replay(batches);
}

void ConsoleSession::discard(const QList<qint64> &batches)
{
    m_engine.discard(batches);
}

qint64 ConsoleSession::openRecords() const
{
    // Asked itself, because its last word may still be on the way to this thread.
    const ForwarderStatus status = m_engine.status();
    qint64 open = 0;
    for (const EndpointStatus &endpoint : status.endpoints)
        open += endpoint.ledger.waiting + endpoint.ledger.inFlight;
    return open;
}

bool ConsoleSession::isUpToDate() const
{
    return !m_contentsLoading && !m_sourcesLoading && !m_failedLoading && !m_records.isLoading() &&
           m_failed.rowCount() == m_status.failedBatches;
}

} // namespace trace
