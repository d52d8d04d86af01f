// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/journal/retentionsupport.h"
#include "tests/support/smalldisk.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"

#include <QCoreApplication>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int recordsPerBlock = 200; // about 170 KB
constexpr qint64 reserve = 4 * 1024 * 1024;

struct Answers
{
    std::atomic<int> accepted{0};
    std::atomic<int> failed{0};
    Journal::Done done()
    {
        return [this](const std::optional<Error> &error) { ++(error ? failed : accepted); };
    }
};

bool isReserved(const QString &folder)
{
    return QFileInfo(folder + u"/journal.reserve"_s).size() == reserve;
}

} // namespace

class TestDiskFull final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void theReserveIsThere();
    void appendsWaitForSpace();
    void callersWaitWhenTooMuchWaits();
    void callersWithoutTimeAreRefused();
    void refusedRecordsDoNotComeLater();
    void marksAreWrittenFromTheReserve();
    void marksThatCannotBeWrittenSaySo();
    void opensAfterAKill();
    void deliveredBlocksMakeRoom();
    void theEndIsNotHeldUp_data();
    void theEndIsNotHeldUp();
};

void TestDiskFull::init()
{
    const SmallDisk probe(1);
    if (!SmallDisk::whyNot().isEmpty())
        QSKIP(qPrintable(u"no disk to fill up: "_s + SmallDisk::whyNot()));
}

void TestDiskFull::theReserveIsThere()
{
    const SmallDisk disk(16);
    const auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    journal->sync();
    QVERIFY(isReserved(disk.path()));
}

void TestDiskFull::appendsWaitForSpace()
{
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const Heard<JournalCondition> conditions(journal.get(), &Journal::conditionChanged);
    const qint64 a = enrol(*journal, u"a"_s);
    disk.fill();
    Answers answers;
    for (int i = 0; i < 20; ++i)
        journal->append(blockOf(recordsOf(1, "run-1", i + 1)), {a}, answers.done());
    for (int i = 0; i < 20; ++i)
        journal->append(blockOf(bulkyRecords(recordsPerBlock)), {a}, answers.done());
    QTRY_COMPARE(conditions.count(), 1U);
    const auto condition = conditions.values().front();
    QCOMPARE(condition.kind, JournalCondition::Kind::DiskFull);
    QVERIFY2(condition.problem.text.contains(u"full"), qPrintable(condition.problem.text));
    QVERIFY(condition.problem.action.contains(u"Free some disk space"));
    QTRY_VERIFY(!isReserved(disk.path())); // taken back for a moment by each try
    // It tries again and again without a word.
    QVERIFY(!QTest::qWaitFor([&] { return conditions.count() > 1; }, 1500));
    QVERIFY(answers.accepted < 40);
    QCOMPARE(answers.failed, 0);

    disk.clear();
    QTRY_COMPARE(answers.accepted, 40);
    QTRY_COMPARE(conditions.count(), 2U);
    QCOMPARE(conditions.values().back(), JournalCondition());
    QVERIFY(isReserved(disk.path()));
    QCOMPARE(answers.failed, 0);
    const auto reader = JournalReader::open(disk.path()).value();
    QCOMPARE(reader->backlog(a).value().ranges(),
             (std::vector<SequenceRange>{{1, 20 + 20 * recordsPerBlock}}));
    const auto blocks = reader->blocks({1, 20}, 1 << 20).value();
    for (std::size_t i = 0; i < 20; ++i) { // in the order in which they came
        const auto block = RecordBlockReader::open(blocks[i].data, blocks[i].first).value();
        QCOMPARE(block.records().front().timestamp, std::int64_t(i + 1));
    }
}

void TestDiskFull::callersWaitWhenTooMuchWaits()
{
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const qint64 a = enrol(*journal, u"a"_s);
    disk.fill();
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    Answers answers;
    std::atomic<int> handedOver{0};
    constexpr int count = 60; // 10 MB
    std::thread caller([&] {
        for (int i = 0; i < count; ++i) {
            journal->append(block, {a}, answers.done());
            ++handedOver;
        }
    });
    QTRY_VERIFY(handedOver * block.data.size() > JournalWriter::maxQueuedBytes * 9 / 10);
    QVERIFY(handedOver < count);
    disk.clear();
    caller.join();
    journal->sync();
    QCOMPARE(answers.accepted, count);
    QCOMPARE(answers.failed, 0);
}

void TestDiskFull::callersWithoutTimeAreRefused()
{
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const qint64 a = enrol(*journal, u"a"_s);
    disk.fill();
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    Answers answers;
    constexpr int count = 200; // 34 MB: without patience for more than one wait
    journal->setPatience(1s);
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < count; ++i)
        journal->append(block, {a}, answers.done());
    QVERIFY2(clock.elapsed() < 20'000, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(answers.failed > 0);
    disk.clear();
    QTRY_COMPARE(answers.accepted + answers.failed, count); // what waited is written
    QVERIFY(answers.accepted * block.data.size() > JournalWriter::maxQueuedBytes * 9 / 10);
    QCOMPARE(append(*journal, block, {a}), QString()); // and there is room again
    QCOMPARE(waitingIn(disk.path(), a), (answers.accepted + 1) * recordsPerBlock);
}

//! Who is told no may bring the same again: nothing of it is written then.
void TestDiskFull::refusedRecordsDoNotComeLater()
{
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const qint64 a = enrol(*journal, u"a"_s);
    disk.fill();
    journal->setPatience(300ms);
    journal->setLongestHold(300ms);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    Answers answers;
    constexpr int count = 30;
    for (int i = 0; i < count; ++i)
        journal->append(std::vector{block, block, block}, {a}, answers.done());
    QTRY_COMPARE(answers.accepted + answers.failed, count); // although the disk stays full
    QVERIFY(answers.failed > 0);
    disk.clear();
    QString refusal = u"not tried"_s;
    QTRY_VERIFY(refusal.isEmpty() || (refusal = append(*journal, block, {a})).isEmpty());
    QCOMPARE(waitingIn(disk.path(), a), (answers.accepted * 3 + 1) * recordsPerBlock);
}

void TestDiskFull::marksAreWrittenFromTheReserve()
{
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const qint64 a = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(500)), {a}), QString());
    const Heard<JournalCondition> conditions(journal.get(), &Journal::conditionChanged);
    disk.fill();
    Answers answers;
    for (int i = 0; i < 20; ++i)
        journal->append(blockOf(bulkyRecords(recordsPerBlock)), {a}, answers.done());
    QTRY_COMPARE(conditions.count(), 1U);
    for (std::uint64_t i = 1; i <= 200; ++i) {
        QCOMPARE(settle(*journal,
                        {.endpoint = a, .ranges = {{i, i}}, .mark = i, .counts = {.delivered = 1}}),
                 QString());
    }
    QCOMPARE(endpointRow(disk.path(), a).delivered, 200);
    QVERIFY(answers.accepted < 20);
    disk.clear();
    QTRY_COMPARE(answers.accepted, 20);
}

void TestDiskFull::marksThatCannotBeWrittenSaySo()
{
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const qint64 a = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(500)), {a}), QString());
    const Heard<JournalCondition> conditions(journal.get(), &Journal::conditionChanged);
    disk.fill();
    const auto done = [](const std::optional<Error> &) {};
    for (int i = 0; i < 20; ++i)
        journal->append(blockOf(bulkyRecords(recordsPerBlock)), {a}, done);
    QTRY_COMPARE(conditions.count(), 1U);
    disk.fill(); // the reserve too
    QString problem;
    std::uint64_t i = 1;
    for (; problem.isEmpty() && i <= 400; ++i)
        problem = settle(*journal, {.endpoint = a, .ranges = {{i, i}}, .mark = i});
    QVERIFY2(problem.contains(u"Free some disk space"), qPrintable(problem));
    QCOMPARE(endpointRow(disk.path(), a).settled, i - 2);
    disk.clear();
    journal->sync();
    QCOMPARE(settle(*journal, {.endpoint = a, .ranges = {{i, i}}, .mark = i}), QString());
}

void TestDiskFull::opensAfterAKill()
{
    const SmallDisk disk(32);
    const QString killed = disk.path() + u"/killed"_s;
    qint64 a = 0;
    {
        auto journal =
            Journal::open(disk.path() + u"/journal"_s, {.reserveBytes = reserve}).value();
        a = enrol(*journal, u"a"_s);
        for (int i = 0; i < 10; ++i)
            QCOMPARE(append(*journal, blockOf(bulkyRecords(recordsPerBlock)), {a}), QString());
        QVERIFY(QDir().mkpath(killed));
        for (const QString &name :
             {u"journal.sqlite"_s, u"journal.sqlite-wal"_s, u"journal.reserve"_s}) {
            QVERIFY(QFile::copy(disk.path() + u"/journal/"_s + name, killed + u'/' + name));
        }
    }
    disk.fill();
    const auto journal = Journal::open(killed, {.reserveBytes = reserve});
    QVERIFY2(journal, journal ? "" : qPrintable(journal.error().message()));
    constexpr std::uint64_t last = 10 * recordsPerBlock;
    QCOMPARE(settle(**journal, {.endpoint = a,
                                .ranges = {{1, last}},
                                .mark = last,
                                .counts = {.delivered = qint64(last)}}),
             QString());
    QCOMPARE(waitingIn(killed, a), 0);
}

void TestDiskFull::deliveredBlocksMakeRoom()
{
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const qint64 a = enrol(*journal, u"a"_s);
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    // Far more than the disk holds, below the cap, all of it delivered.
    std::uint64_t last = 0;
    for (int i = 0; i < 200; ++i) {
        QCOMPARE(append(*journal, block, {a}), QString());
        last += recordsPerBlock;
        QTRY_COMPARE(
            settle(*journal,
                   {.endpoint = a, .ranges = {{last - recordsPerBlock + 1, last}}, .mark = last}),
            QString());
    }
    const auto range = JournalReader::open(disk.path()).value()->range().value();
    QCOMPARE(range.last, last);
    QVERIFY(range.first > 1);
    QTRY_VERIFY(isReserved(disk.path()));
}

void TestDiskFull::theEndIsNotHeldUp_data()
{
    QTest::addColumn<bool>("isTold");
    QTest::newRow("told to wait no longer") << true;
    QTest::newRow("just destroyed") << false;
}

void TestDiskFull::theEndIsNotHeldUp()
{
    QFETCH(bool, isTold);
    const SmallDisk disk(24);
    auto journal = Journal::open(disk.path(), {.reserveBytes = reserve}).value();
    const qint64 a = enrol(*journal, u"a"_s);
    const Heard<JournalCondition> conditions(journal.get(), &Journal::conditionChanged);
    disk.fill();
    Answers answers;
    const RecordBlock block = blockOf(bulkyRecords(recordsPerBlock));
    for (int i = 0; i < 40; ++i)
        journal->append(block, {a}, answers.done());
    QTRY_COMPARE(conditions.count(), 1U);
    disk.fill();
    if (isTold) {
        journal->stopWaiting();
        QTRY_COMPARE(answers.accepted + answers.failed, 40);
        QVERIFY(append(*journal, block, {a}).contains(u"full"));
    }
    journal.reset();
    QCOMPARE(answers.accepted + answers.failed, 40);
    QVERIFY(answers.failed > 0);
    // What was accepted is there, the rest is not.
    QCOMPARE(waitingIn(disk.path(), a), answers.accepted * recordsPerBlock);
}

int main(int argc, char *argv[])
{
    SmallDisk::prepare();
    QCoreApplication app(argc, argv);
    TestDiskFull test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_diskfull.moc"
