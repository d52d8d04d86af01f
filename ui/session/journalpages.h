// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/journal/sourcecounts.h"
#include "core/platform/error.h"
#include "ui/session/recordpage.h"

#include <QObject>

#include <memory>

namespace trace {

//! Reads the journal for the models, on a thread of its own. Every call is answered by exactly one
//! signal of the same kind; what cannot be read is reported by problemOccurred and answered empty.
class JournalPages final : public QObject
{
    Q_OBJECT
public:
    explicit JournalPages(QString folder, QObject *parent = nullptr);
    ~JournalPages() override;

    //! The records of a page up to and including \a upTo.
    void loadPage(quint64 number, quint64 upTo);
    //! Which records the journal keeps.
    void loadRange();
    //! Runs whose last record is at or behind \a since; 0 for all.
    void loadRuns(quint64 since);
    //! Counts the records without a run id up to \a last, by their source. Answered several times
    //! when that takes long; other requests are served meanwhile.
    void loadSources(quint64 last);
    //! Looks for the first record of level error or worse within \a range. Other requests are
    //! served meanwhile; a new search ends the one before without an answer.
    void findError(trace::SequenceRange range);
    void loadFailedBatches();
    void loadFailedRecords(qint64 failedBatch);

Q_SIGNALS:
    void pageLoaded(const trace::RecordPagePointer &page);
    void rangeLoaded(trace::SequenceRange range);
    void runsLoaded(const QList<trace::RunRow> &runs);
    void sourcesLoaded(const QList<trace::RunRow> &sources, bool isComplete);
    //! 0 when there is none.
    void errorFound(quint64 sequence);
    void failedBatchesLoaded(const QList<trace::FailedBatchRow> &batches);
    void failedRecordsLoaded(qint64 failedBatch, const QList<trace::Record> &records);
    void problemOccurred(const trace::Error &problem);

private:
    //! Opened at the first use; null after a problem, which was reported then.
    JournalReader *reader();
    void continueSearch(quint64 search, SequenceRange range);
    [[nodiscard]] Expected<void> fill(RecordPage &page);

    QString m_folder;
    std::unique_ptr<JournalReader> m_reader;
    SourceCounts m_sources;
    quint64 m_search = 0; // the number of the latest one
};

} // namespace trace
