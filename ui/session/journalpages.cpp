// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/journalpages.h"

#include "core/record/recordblock.h"

#include <QThread>

namespace trace {

namespace {

constexpr qint64 readAtOnce = 4 * 1024 * 1024; // bytes of records before compression

} // namespace

JournalPages::JournalPages(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(std::move(folder))
{}

JournalPages::~JournalPages() = default;

JournalReader *JournalPages::reader()
{
    Q_ASSERT(thread() == QThread::currentThread());
    if (!m_reader) {
        auto opened = JournalReader::open(m_folder);
        if (!opened) {
            Q_EMIT problemOccurred(opened.error());
            return nullptr;
        }
        m_reader = std::move(*opened);
    }
    return m_reader.get();
}

Expected<void> JournalPages::fill(RecordPage &page)
{
    SequenceRange range{page.first(), page.loadedTo};
    page.rows.resize(range.count());
    while (range.first <= range.last) {
        const auto blocks = m_reader->blocks(range, readAtOnce);
        if (!blocks)
            return tl::make_unexpected(blocks.error());
        if (blocks->empty())
            break;
        for (const StoredBlock &block : *blocks) {
            const auto opened = RecordBlockReader::open(block.data, block.first);
            if (!opened)
                return tl::make_unexpected(opened.error());
            for (const RecordView &record : opened->records()) {
                if (record.sequence >= page.first() && record.sequence <= page.loadedTo)
                    page.rows[record.sequence - page.first()] = makeRecordRow(toRecord(record));
            }
        }
        range.first = std::max(range.first, blocks->back().last()) + 1;
    }
    return {};
}

void JournalPages::loadPage(quint64 number, quint64 upTo)
{
    auto page = std::make_shared<RecordPage>();
    page->number = number;
    page->loadedTo = std::min(upTo, page->first() + RecordPage::size - 1);
    if (reader() && page->loadedTo >= page->first()) {
        if (const auto filled = fill(*page); !filled)
            Q_EMIT problemOccurred(filled.error());
    }
    Q_EMIT pageLoaded(page);
}

void JournalPages::loadRange()
{
    SequenceRange range;
    if (JournalReader *const journal = reader()) {
        if (const auto kept = journal->range())
            range = *kept;
        else
            Q_EMIT problemOccurred(kept.error());
    }
    Q_EMIT rangeLoaded(range);
}

void JournalPages::loadRuns(quint64 since)
{
    QList<RunRow> rows;
    if (JournalReader *const journal = reader()) {
        if (auto runs = journal->runs(since))
            rows = std::move(*runs);
        else
            Q_EMIT problemOccurred(runs.error());
    }
    Q_EMIT runsLoaded(rows);
}

void JournalPages::loadSources(quint64 last)
{
    bool isComplete = true;
    if (JournalReader *const journal = reader()) {
        if (const auto reached = m_sources.readOn(*journal, last))
            isComplete = *reached;
        else
            Q_EMIT problemOccurred(reached.error());
    }
    Q_EMIT sourcesLoaded(m_sources.rows(), isComplete);
    if (!isComplete)
        QMetaObject::invokeMethod(this, [=, this] { loadSources(last); }, Qt::QueuedConnection);
}

void JournalPages::findError(SequenceRange range)
{
    continueSearch(++m_search, range);
}

void JournalPages::continueSearch(quint64 search, SequenceRange range)
{
    if (search != m_search)
        return;
    if (range.first > range.last || !reader()) {
        Q_EMIT errorFound(0);
        return;
    }
    const auto blocks = m_reader->blocks(range, readAtOnce);
    if (!blocks || blocks->empty()) {
        if (!blocks)
            Q_EMIT problemOccurred(blocks.error());
        Q_EMIT errorFound(0);
        return;
    }
    for (const StoredBlock &block : *blocks) {
        const auto opened =
            RecordBlockReader::open(block.data, block.first, RecordBlockReader::Parts::Fields);
        if (!opened)
            continue; // the page that shows it says so
        for (const RecordView &record : opened->records()) {
            if (record.level >= Level::Error && record.sequence >= range.first &&
                record.sequence <= range.last) {
                Q_EMIT errorFound(record.sequence);
                return;
            }
        }
    }
    range.first = std::max<quint64>(range.first, blocks->back().last()) + 1;
    QMetaObject::invokeMethod(
        this, [=, this] { continueSearch(search, range); }, Qt::QueuedConnection);
}

void JournalPages::loadFailedBatches()
{
    QList<FailedBatchRow> rows;
    if (JournalReader *const journal = reader()) {
        if (auto batches = journal->failedBatches())
            rows = std::move(*batches);
        else
            Q_EMIT problemOccurred(batches.error());
    }
    Q_EMIT failedBatchesLoaded(rows);
}

void JournalPages::loadFailedRecords(qint64 failedBatch)
{
    QList<Record> records;
    if (JournalReader *const journal = reader()) {
        if (auto found = journal->failedRecords(failedBatch))
            records = QList<Record>(std::make_move_iterator(found->begin()),
                                    std::make_move_iterator(found->end()));
        else
            Q_EMIT problemOccurred(found.error());
    }
    Q_EMIT failedRecordsLoaded(failedBatch, records);
}

} // namespace trace
