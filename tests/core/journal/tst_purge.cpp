// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/ledger.h"
#include "tests/core/journal/journalsupport.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace trace;

class TstPurge final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void removesARunAndNothingElse();
    void removesWhatIsOlder();
    void countsWhatWaitedAsDiscarded();
    void shrinksFailedBatches();
    void changesNothingInATrial();
    void leavesNoByteBehind();
    void tellsOfDamagedBlocks();
    void refusesToGuess();

private:
    std::unique_ptr<QTemporaryDir> m_temporary;
    QString m_folder;
};

void TstPurge::init()
{
    m_temporary = std::make_unique<QTemporaryDir>();
    m_folder = m_temporary->path() + u"/journal"_s;
}

namespace {

//! The runs take turns: a 1, b 2, a 3, b 4 … with these times.
std::vector<Record> mixed(int count)
{
    std::vector<Record> records;
    for (int i = 1; i <= count; ++i)
        records.push_back(recordsOf(1, i % 2 == 1 ? "run-a" : "run-b", i).front());
    return records;
}

struct Kept
{
    std::vector<std::uint64_t> sequences;
    QStringList messages;
};

Kept kept(const QString &folder)
{
    Kept result;
    const auto reader = JournalReader::open(folder).value();
    const auto blocks = reader->blocks({1, 1'000'000}, 1 << 30).value();
    for (const StoredBlock &stored : blocks) {
        const auto block = RecordBlockReader::open(stored.data, stored.first).value();
        if (block.records().size() != stored.count)
            qFatal("a block's count is wrong");
        for (const RecordView &record : block.records()) {
            result.sequences.push_back(record.sequence);
            result.messages.append(
                QString::fromUtf8(record.message.data(), qsizetype(record.message.size())));
        }
    }
    return result;
}

Ledger ledger(const QString &folder, qint64 endpoint)
{
    const auto reader = JournalReader::open(folder).value();
    return readLedger(*reader, endpoint).value();
}

PurgeOrder ofRun(const std::string &run)
{
    PurgeOrder order;
    order.run = run;
    return order;
}

QByteArray bytesOf(const QString &folder)
{
    QByteArray all;
    const QStringList names = QDir(folder).entryList(QDir::Files);
    for (const QString &name : names) {
        QFile file(folder + u'/' + name);
        if (file.open(QIODevice::ReadOnly))
            all += file.readAll();
    }
    return all;
}

} // namespace

void TstPurge::removesARunAndNothingElse()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(3, "run-a", 101)), {endpoint}), QString());
    QCOMPARE(append(*journal, blockOf(mixed(6)), {endpoint}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(2, "run-b", 201)), {}), QString());
    const auto report = journal->purge(ofRun("run-a"));
    QVERIFY2(report, report ? "" : qPrintable(report.error().message()));
    QCOMPARE(report->records, 6);
    QCOMPARE(report->runs, 1);
    QCOMPARE(report->unreadable, 0);
    const Kept rest = kept(m_folder);
    QCOMPARE(rest.sequences, (std::vector<std::uint64_t>{5, 7, 9, 10, 11}));
    QCOMPARE(rest.messages,
             (QStringList{u"run-b message 2"_s, u"run-b message 4"_s, u"run-b message 6"_s,
                          u"run-b message 201"_s, u"run-b message 202"_s}));
    const auto runs = JournalReader::open(m_folder).value()->runs().value();
    QCOMPARE(runs.size(), 1);
    QCOMPARE(runs.front().runId, u"run-b"_s);
    QCOMPARE(runs.front().records(), 5);
    // The next record gets the number that it would have had anyway.
    QCOMPARE(append(*journal, blockOf(recordsOf(1, "run-c")), {}), QString());
    QCOMPARE(kept(m_folder).sequences.back(), std::uint64_t(12));
    // Once more: nothing is there.
    QCOMPARE(journal->purge(ofRun("run-a")).value(), PurgeReport());
}

void TstPurge::removesWhatIsOlder()
{
    const auto journal = Journal::open(m_folder).value();
    QCOMPARE(append(*journal, blockOf(mixed(6)), {}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(2, "run-old", 1)), {}), QString());
    PurgeOrder order;
    order.before = 4;
    const PurgeReport report = journal->purge(order).value();
    QCOMPARE(report.records, 5);
    QCOMPARE(report.runs, 1);
    QCOMPARE(kept(m_folder).sequences, (std::vector<std::uint64_t>{4, 5, 6}));
    const auto runs = JournalReader::open(m_folder).value()->runs().value();
    QCOMPARE(runs.size(), 2);
    QCOMPARE(runs[0].runId, u"run-a"_s);
    QCOMPARE(runs[0].records(), 1);
    QCOMPARE(runs[0].firstSequence, std::uint64_t(5));
    QCOMPARE(runs[0].firstTime, 5);
    QCOMPARE(runs[1].records(), 2);
    QCOMPARE(runs[1].firstSequence, std::uint64_t(4));
    QCOMPARE(runs[1].lastTime, 6);
}

void TstPurge::countsWhatWaitedAsDiscarded()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 slow = enrol(*journal, u"slow"_s);
    const qint64 fast = enrol(*journal, u"fast"_s);
    QCOMPARE(append(*journal, blockOf(mixed(10)), {slow, fast}), QString());
    // The fast one has all, the slow one 1 to 2 and, out of order, 5.
    Settlement all{.endpoint = fast, .ranges = {}, .mark = 10, .counts = {.delivered = 10}};
    QCOMPARE(settle(*journal, all), QString());
    Settlement some{.endpoint = slow, .ranges = {{5, 5}}, .mark = 2, .counts = {.delivered = 3}};
    QCOMPARE(settle(*journal, some), QString());
    const PurgeReport report = journal->purge(ofRun("run-a")).value();
    QCOMPARE(report.records, 5);
    QCOMPARE(report.endpoints,
             (QList<PurgedEndpoint>{{.name = u"slow"_s, .waiting = 3, .failed = 0}}));
    const Ledger left = ledger(m_folder, slow);
    QCOMPARE(left.accepted, 10);
    QCOMPARE(left.delivered, 3);
    QCOMPARE(left.waiting, 4); // 4, 6, 8, 10
    QCOMPARE(left.discardedByOperator, 3);
    QVERIFY(left.isBalanced());
    QVERIFY(ledger(m_folder, fast).isBalanced());
    QCOMPARE(ledger(m_folder, fast).delivered, 10);
}

void TstPurge::shrinksFailedBatches()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(mixed(4)), {endpoint}), QString());
    FailedBatch both = failedBatchOf(endpoint, {1, 2, 3, 4});
    both.data = blockOf(mixed(4)).data;
    both.row.bodyExcerpt = u"run-a message 1 is too old"_s;
    FailedBatch one = failedBatchOf(endpoint, {1, 3});
    one.data = blockOf(recordsOf(2, "run-a")).data;
    // Twice the same records: a batch that was settled long ago keeps a copy of them.
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 4,
                               .counts = {},
                               .failed = {both, one},
                               .damagedBlocks = {}}),
             QString());
    const auto reader = JournalReader::open(m_folder).value();
    const auto before = reader->failedBatches().value();
    QCOMPARE(journal->claim(before[1].id), true);
    QCOMPARE(settleReplay(
                 *journal,
                 {.endpoint = endpoint, .delivered = 0, .remaining = {}, .batch = before[1].id}),
             QString());
    const PurgeReport report = journal->purge(ofRun("run-a")).value();
    QCOMPARE(report.failedBatches, 2);
    QCOMPARE(report.endpoints,
             (QList<PurgedEndpoint>{{.name = u"a"_s, .waiting = 0, .failed = 2}}));
    QVERIFY(!reader->failedBatch(before[1].id));
    const auto rest = reader->failedBatches().value();
    QCOMPARE(rest.size(), 1);
    QCOMPARE(rest.front().id, before[0].id);
    QCOMPARE(rest.front().records, 2);
    QCOMPARE(rest.front().status, 400);
    QVERIFY(!rest.front().bodyExcerpt.contains("run-a"_L1));
    const auto records = reader->failedRecords(before[0].id).value();
    QCOMPARE(records.size(), std::size_t(2));
    QCOMPARE(records[0].sequence, std::uint64_t(2));
    QCOMPARE(records[1].sequence, std::uint64_t(4));
    QCOMPARE(records[1].context.runId, std::string("run-b"));
    const Ledger left = ledger(m_folder, endpoint);
    QCOMPARE(left.failed, 2);
    QCOMPARE(left.discardedByOperator, 2);
    QVERIFY(left.isBalanced());
}

void TstPurge::changesNothingInATrial()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(mixed(6)), {endpoint}), QString());
    PurgeOrder order = ofRun("run-a");
    order.isTrial = true;
    const PurgeReport trial = journal->purge(order).value();
    QCOMPARE(trial.records, 3);
    QCOMPARE(kept(m_folder).sequences.size(), std::size_t(6));
    QCOMPARE(ledger(m_folder, endpoint).waiting, 6);
    order.isTrial = false;
    QCOMPARE(journal->purge(order).value(), trial);
    QCOMPARE(kept(m_folder).sequences.size(), std::size_t(3));
}

void TstPurge::leavesNoByteBehind()
{
    // Bytes that compression leaves as they are, so that the file can be searched for them.
    QByteArray noise;
    quint32 state = 12345;
    for (int i = 0; i < 3000; ++i) {
        state = state * 1664525 + 1013904223;
        noise += char('0' + (state >> 24) % 75);
    }
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    std::vector<Record> records = recordsOf(200, "run-b");
    QCOMPARE(append(*journal, blockOf(records), {endpoint}), QString());
    Record secret = recordsOf(1, "secret-run-name").front();
    secret.message = noise.toStdString();
    const RecordBlock alone = blockOf({secret});
    FailedBatch failed = failedBatchOf(endpoint, {201});
    failed.data = alone.data;
    failed.row.bodyExcerpt = u"secret-run-name is refused"_s;
    QCOMPARE(append(*journal, alone, {endpoint}), QString());
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 201,
                               .counts = {.delivered = 200},
                               .failed = {failed},
                               .damagedBlocks = {}}),
             QString());
    const QByteArray packed = alone.data.mid(alone.data.size() / 2, 64);
    QVERIFY(bytesOf(m_folder).contains(packed));
    QVERIFY(bytesOf(m_folder).contains("secret-run-name"));
    QVERIFY(journal->purge(ofRun("secret-run-name")));
    QVERIFY(!bytesOf(m_folder).contains(packed));
    QVERIFY(!bytesOf(m_folder).contains("secret-run-name"));
    QVERIFY(ledger(m_folder, endpoint).isBalanced());
    QCOMPARE(kept(m_folder).sequences.size(), std::size_t(200));
}

void TstPurge::tellsOfDamagedBlocks()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(3, "run-a", 1)), {endpoint}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(2, "run-a", 11)), {endpoint}), QString());
    QCOMPARE(settle(*journal, {.endpoint = endpoint,
                               .ranges = {},
                               .mark = 3,
                               .counts = {.discardedDamaged = 3},
                               .failed = {},
                               .damagedBlocks = {1}}),
             QString());
    const PurgeReport report = journal->purge(ofRun("run-a")).value();
    QCOMPARE(report.records, 2);
    QCOMPARE(report.unreadable, 3);
    QVERIFY(ledger(m_folder, endpoint).isBalanced());
    // By its time the whole block can go.
    PurgeOrder order;
    order.before = 10;
    QCOMPARE(journal->purge(order).value().records, 3);
    QCOMPARE(journal->purge(order).value(), PurgeReport());
    QVERIFY(ledger(m_folder, endpoint).isBalanced());
}

void TstPurge::refusesToGuess()
{
    const auto journal = Journal::open(m_folder).value();
    QCOMPARE(append(*journal, blockOf(mixed(2)), {}), QString());
    QVERIFY(!journal->purge(PurgeOrder()));
    QCOMPARE(kept(m_folder).sequences.size(), std::size_t(2));
}

QTEST_GUILESS_MAIN(TstPurge)
#include "tst_purge.moc"
