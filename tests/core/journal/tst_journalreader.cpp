// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/journal/journalsupport.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 plenty = 1'000'000'000;

std::vector<std::uint64_t> firsts(const std::vector<StoredBlock> &blocks)
{
    std::vector<std::uint64_t> numbers;
    for (const StoredBlock &block : blocks)
        numbers.push_back(block.first);
    return numbers;
}

} // namespace

class TestJournalReader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void missingJournalSaysWhatToDo();
    void emptyJournal();
    void rangeGrows();
    void readsBlocksByRange_data();
    void readsBlocksByRange();
    void givesTheRecordsBack();
    void stopsAtTheBytes();
    void leavesOutDamagedBlocks();
    void foldsRuns();
    void laterRecordsFillInNames();
    void givesChangedRunsOnly();
    void numbersFailedRecords();
    void damagedFailedBatchIsAnError();
    void unknownFailedBatchIsAnError();

private:
    void appendBlocks(int blocks, int records);

    std::unique_ptr<QTemporaryDir> m_temp;
    std::unique_ptr<Journal> m_journal;
    std::unique_ptr<JournalReader> m_reader;
};

void TestJournalReader::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_journal = Journal::open(m_temp->path()).value();
    m_reader = JournalReader::open(m_temp->path()).value();
}

void TestJournalReader::cleanup()
{
    m_reader.reset();
    m_journal.reset();
}

void TestJournalReader::appendBlocks(int blocks, int records)
{
    for (int i = 0; i < blocks; ++i) {
        QCOMPARE(append(*m_journal, blockOf(recordsOf(records, "run-1", 1 + i * records)), {}),
                 QString());
    }
}

void TestJournalReader::missingJournalSaysWhatToDo()
{
    const QString folder = m_temp->filePath(u"none"_s);
    const auto reader = JournalReader::open(folder);
    QVERIFY(!reader);
    QVERIFY2(reader.error().text.contains(folder), qPrintable(reader.error().text));
    QVERIFY(!reader.error().action.isEmpty());
    QVERIFY(!QFileInfo::exists(folder)); // Reading makes nothing.
}

void TestJournalReader::emptyJournal()
{
    QCOMPARE(m_reader->range().value(), (SequenceRange{0, 0}));
    QVERIFY(m_reader->blocks({1, 100}, plenty).value().empty());
    QVERIFY(m_reader->runs().value().isEmpty());
    QVERIFY(m_reader->failedBatches().value().isEmpty());
    QVERIFY(m_reader->endpoints().value().isEmpty());
}

void TestJournalReader::rangeGrows()
{
    appendBlocks(1, 3);
    QCOMPARE(m_reader->range().value(), (SequenceRange{1, 3}));
    appendBlocks(2, 3);
    QCOMPARE(m_reader->range().value(), (SequenceRange{1, 9}));
}

void TestJournalReader::readsBlocksByRange_data()
{
    using Firsts = std::vector<std::uint64_t>;
    QTest::addColumn<quint64>("first");
    QTest::addColumn<quint64>("last");
    QTest::addColumn<std::vector<std::uint64_t>>("expected");
    const auto row = [](const char *name, quint64 first, quint64 last, const Firsts &expected) {
        QTest::newRow(name) << first << last << expected;
    };
    row("everything", 1, 40, {1, 11, 21, 31});
    row("more than there is", 0, 1'000'000, {1, 11, 21, 31});
    row("one block", 11, 20, {11});
    row("middle of a block", 13, 17, {11});
    row("one record at an end", 20, 20, {11});
    row("over an edge", 20, 21, {11, 21});
    row("middle to middle", 15, 35, {11, 21, 31});
    row("behind the end", 41, 50, {});
}

void TestJournalReader::readsBlocksByRange()
{
    QFETCH(quint64, first);
    QFETCH(quint64, last);
    QFETCH(std::vector<std::uint64_t>, expected);
    appendBlocks(4, 10);
    const auto blocks = m_reader->blocks({first, last}, plenty);
    QVERIFY(blocks);
    QCOMPARE(firsts(*blocks), expected);
    for (const StoredBlock &block : *blocks) {
        QCOMPARE(block.count, 10U);
        QCOMPARE(block.last(), block.first + 9);
        QVERIFY(block.rawBytes > 0);
    }
}

void TestJournalReader::givesTheRecordsBack()
{
    const std::vector<Record> records = recordsOf(7);
    appendBlocks(1, 2);
    QCOMPARE(append(*m_journal, blockOf(records), {}), QString());
    const auto blocks = m_reader->blocks({5, 5}, plenty).value();
    QCOMPARE(blocks.size(), 1U);
    const auto block = RecordBlockReader::open(blocks[0].data, blocks[0].first).value();
    QCOMPARE(block.records().size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        Record expected = records[i];
        expected.sequence = 3 + i;
        QVERIFY(toRecord(block.records()[i]) == expected);
    }
}

void TestJournalReader::stopsAtTheBytes()
{
    appendBlocks(4, 10);
    const qint64 one = m_reader->blocks({1, 1}, plenty).value().front().rawBytes;
    QCOMPARE(firsts(m_reader->blocks({1, 40}, 0).value()), (std::vector<std::uint64_t>{1}));
    QCOMPARE(firsts(m_reader->blocks({1, 40}, one).value()), (std::vector<std::uint64_t>{1}));
    QCOMPARE(firsts(m_reader->blocks({1, 40}, one + 1).value()),
             (std::vector<std::uint64_t>{1, 11}));
    // On from behind the last block, until there is no more.
    std::uint64_t next = 1;
    int calls = 0;
    while (next <= 40 && calls < 10) {
        next = m_reader->blocks({next, 40}, 1).value().back().last() + 1;
        ++calls;
    }
    QCOMPARE(calls, 4);
}

void TestJournalReader::leavesOutDamagedBlocks()
{
    appendBlocks(3, 10);
    Settlement settlement;
    settlement.damagedBlocks = {11};
    QCOMPARE(settle(*m_journal, settlement), QString());
    QCOMPARE(firsts(m_reader->blocks({1, 30}, plenty).value()),
             (std::vector<std::uint64_t>{1, 21}));
    QCOMPARE(m_reader->range().value(), (SequenceRange{1, 30}));
}

void TestJournalReader::foldsRuns()
{
    auto records = recordsOf(6, "run-1", 100); // Four infos, two warnings.
    records[0].context.workflowName = "nightly";
    auto others = recordsOf(1, "run-2", 50);
    others[0].level = Level::Critical;
    records.push_back(others[0]);
    QCOMPARE(append(*m_journal, blockOf(records), {}), QString());
    QCOMPARE(append(*m_journal, blockOf(recordsOf(3, "run-1", 10)), {}), QString());

    const auto runs = m_reader->runs().value();
    QCOMPARE(runs.size(), 2);
    QCOMPARE(runs[0].runId, u"run-1"_s);
    QCOMPARE(runs[0].workflowName, u"nightly"_s);
    QCOMPARE(runs[0].firstSequence, 1U);
    QCOMPARE(runs[0].lastSequence, 10U);
    QCOMPARE(runs[0].firstTime, 10); // The second block is older.
    QCOMPARE(runs[0].lastTime, 105);
    QCOMPARE(runs[0].counts, (std::array<qint64, 5>{0, 6, 3, 0, 0}));
    QCOMPARE(runs[0].records(), 9);
    QCOMPARE(runs[1].runId, u"run-2"_s);
    QCOMPARE(runs[1].firstSequence, 7U);
    QCOMPARE(runs[1].lastSequence, 7U);
    QCOMPARE(runs[1].counts, (std::array<qint64, 5>{0, 0, 0, 0, 1}));
    QVERIFY(runs[0].id < runs[1].id);
}

void TestJournalReader::laterRecordsFillInNames()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(1)), {}), QString());
    QCOMPARE(m_reader->runs().value().front().parentRunId, QString());
    for (const std::string parent : {"parent", "another"}) {
        auto records = recordsOf(1);
        records[0].context.parentRunId = parent;
        records[0].context.workflowName = "workflow of " + parent;
        QCOMPARE(append(*m_journal, blockOf(records), {}), QString());
    }
    const RunRow run = m_reader->runs().value().front();
    QCOMPARE(run.parentRunId, u"parent"_s); // The first name is kept.
    QCOMPARE(run.workflowName, u"workflow of parent"_s);
    QCOMPARE(run.records(), 3);
}

void TestJournalReader::givesChangedRunsOnly()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(2, "one")), {}), QString()); // 1, 2
    QCOMPARE(append(*m_journal, blockOf(recordsOf(2, "two")), {}), QString()); // 3, 4
    QCOMPARE(append(*m_journal, blockOf(recordsOf(1, "one")), {}), QString()); // 5
    QCOMPARE(m_reader->runs(0).value().size(), 2);
    QCOMPARE(m_reader->runs(4).value().size(), 2);
    const auto changed = m_reader->runs(5).value();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.front().runId, u"one"_s);
    QVERIFY(m_reader->runs(6).value().isEmpty());
}

void TestJournalReader::numbersFailedRecords()
{
    const qint64 endpoint = enrol(*m_journal, u"a"_s);
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.failed = {failedBatchOf(endpoint, {2, 3, 7, 1000})};
    QCOMPARE(settle(*m_journal, settlement), QString());
    const qint64 id = m_reader->failedBatches().value().front().id;
    const auto records = m_reader->failedRecords(id);
    QVERIFY(records);
    std::vector<Record> expected = recordsOf(4, "failed");
    const std::vector<std::uint64_t> sequences{2, 3, 7, 1000};
    QCOMPARE(records->size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i].sequence = sequences[i];
        QVERIFY((*records)[i] == expected[i]);
    }
}

void TestJournalReader::damagedFailedBatchIsAnError()
{
    const qint64 endpoint = enrol(*m_journal, u"a"_s);
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.failed = {failedBatchOf(endpoint, {2, 3})};
    settlement.failed.front().data[20] = char(settlement.failed.front().data[20] ^ 1);
    QCOMPARE(settle(*m_journal, settlement), QString());
    const qint64 id = m_reader->failedBatches().value().front().id;
    const auto records = m_reader->failedRecords(id);
    QVERIFY(!records);
    QVERIFY(!records.error().text.isEmpty());
    QCOMPARE(m_reader->failedBatch(id).value().records, 2); // What is known stays visible.
}

void TestJournalReader::unknownFailedBatchIsAnError()
{
    const auto records = m_reader->failedRecords(12);
    QVERIFY(!records);
    QVERIFY(records.error().text.contains(u"12"_s));
    QVERIFY(!records.error().action.isEmpty());
    QVERIFY(!m_reader->failedBatch(12));
}

QTEST_GUILESS_MAIN(TestJournalReader)
#include "tst_journalreader.moc"
