// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/journal/schema.h"
#include "core/platform/filelock.h"
#include "tests/core/journal/journalsupport.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMutex>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <thread>

using namespace trace;
using namespace Qt::StringLiterals;
using Ranges = std::vector<SequenceRange>;

namespace {

// The answer of another program that opens the file.
QVariant ask(const QString &folder, const QString &sql)
{
    QVariant answer;
    {
        QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"test"_s);
        db.setDatabaseName(Journal::fileIn(folder));
        if (db.open()) {
            QSqlQuery query(db);
            if (query.exec(sql) && query.next())
                answer = query.value(0);
        }
    }
    QSqlDatabase::removeDatabase(u"test"_s);
    return answer;
}

Ranges backlog(const QString &folder, qint64 endpoint)
{
    return JournalReader::open(folder).value()->backlog(endpoint).value().ranges();
}

} // namespace

class TestJournal : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void isPrivate();
    void pragmasAreSet();
    void numbersRecordsOneAfterTheOther();
    void emptyBlockIsNothing();
    void enrolsOnceAndStartsAtTheEnd();
    void countsAcceptedPerRoute();
    void groupsFromManyThreadsAreDurable();
    void settlesMarkAndRanges();
    void settlesInTheMiddleOfABlock();
    void markNeverFalls();
    void numbersGoOnAfterReopening();
    void secondOpenNamesTheHolder();
    void foreignLockIsRespected();
    void foreignFileIsLeftAlone();
    void newerSchemaIsRefused();
    void olderSchemaIsBroughtForward();
    void endpointsAreBroughtForward_data();
    void endpointsAreBroughtForward();
    void anotherProgramsFileIsLeftAlone();

private:
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestJournal::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    QVERIFY(m_temp->isValid());
    m_folder = m_temp->filePath(u"state/journal"_s);
}

void TestJournal::isPrivate()
{
    const auto journal = Journal::open(m_folder).value();
    QCOMPARE(append(*journal, blockOf(recordsOf(3)), {}), QString());
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther |
                        QFile::WriteOther | QFile::ExeOther;
    QCOMPARE(QFileInfo(m_folder).permissions() & others, QFile::Permissions());
    const QFileInfo file(Journal::fileIn(m_folder));
    QVERIFY(file.exists());
    QCOMPARE(file.permissions() & (others | QFile::ExeOwner), QFile::Permissions());
    QVERIFY(file.permissions() & QFile::WriteOwner);
    const QFileInfo log(Journal::fileIn(m_folder) + u"-wal"_s); // Holds the newest records.
    QVERIFY(log.exists());
    QCOMPARE(log.permissions() & others, QFile::Permissions());
}

void TestJournal::pragmasAreSet()
{
    const auto journal = Journal::open(m_folder).value();
    QCOMPARE(ask(m_folder, u"PRAGMA page_size"_s).toInt(), 16384);
    QCOMPARE(ask(m_folder, u"PRAGMA journal_mode"_s).toString(), u"wal"_s);
    QCOMPARE(ask(m_folder, u"PRAGMA auto_vacuum"_s).toInt(), 2); // Incremental.
    QCOMPARE(ask(m_folder, u"PRAGMA user_version"_s).toInt(), schemaVersion);
}

void TestJournal::numbersRecordsOneAfterTheOther()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QMutex mutex;
    QList<Commit> commits;
    connect(
        journal.get(), &Journal::committed, this,
        [&](const Commit &commit) {
            const QMutexLocker lock(&mutex);
            commits.append(commit);
        },
        Qt::DirectConnection);
    QCOMPARE(append(*journal, blockOf(recordsOf(3)), {endpoint}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(1)), {}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(5)), {endpoint}), QString());
    const QMutexLocker lock(&mutex);
    QCOMPARE(commits.size(), 3); // Each was there before its append was answered.
    QCOMPARE(commits[0].range, (SequenceRange{1, 3}));
    QCOMPARE(commits[0].endpoints, std::vector{endpoint});
    QCOMPARE(commits[1].range, (SequenceRange{4, 4}));
    QVERIFY(commits[1].endpoints.empty());
    QCOMPARE(commits[2].range, (SequenceRange{5, 9}));
}

void TestJournal::emptyBlockIsNothing()
{
    const auto journal = Journal::open(m_folder).value();
    QCOMPARE(append(*journal, {}, {}), QString());
    QCOMPARE(JournalReader::open(m_folder).value()->range().value(), (SequenceRange{0, 0}));
}

void TestJournal::enrolsOnceAndStartsAtTheEnd()
{
    auto journal = Journal::open(m_folder).value();
    const qint64 first = enrol(*journal, u"a"_s);
    QVERIFY(first > 0);
    QCOMPARE(append(*journal, blockOf(recordsOf(4)), {first}), QString());
    const qint64 second = enrol(*journal, u"b"_s);
    QVERIFY(second != first);
    QCOMPARE(endpointRow(m_folder, second).settled, 4U);
    QCOMPARE(backlog(m_folder, second), Ranges());

    journal.reset();
    journal = Journal::open(m_folder).value();
    const QUrl url(u"https://other.example/x?y=z"_s);
    QCOMPARE(journal->enrol(u"a"_s, u"New name"_s, u"grafana"_s, url).value_or(0), first);
    const EndpointRow row = endpointRow(m_folder, first);
    QCOMPARE(row.identity, u"a"_s);
    QCOMPARE(row.name, u"New name"_s);
    QCOMPARE(row.service, u"grafana"_s);
    QCOMPARE(row.url, url);
    QCOMPARE(row.settled, 0U); // Where it was, not the end.
    QCOMPARE(backlog(m_folder, first), (Ranges{{1, 4}}));
}

void TestJournal::countsAcceptedPerRoute()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 a = enrol(*journal, u"a"_s);
    const qint64 b = enrol(*journal, u"b"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(3)), {a, b}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(2)), {b}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(4)), {b, a}), QString()); // Order is nothing.
    QCOMPARE(endpointRow(m_folder, a).accepted, 7);
    QCOMPARE(endpointRow(m_folder, b).accepted, 9);
    QCOMPARE(backlog(m_folder, a), (Ranges{{1, 3}, {6, 9}}));
    QCOMPARE(backlog(m_folder, b), (Ranges{{1, 9}}));
    QCOMPARE(ask(m_folder, u"SELECT count(*) FROM route"_s).toInt(), 2);
}

void TestJournal::groupsFromManyThreadsAreDurable()
{
    constexpr int perThread = 200;
    std::atomic<int> accepted = 0;
    std::atomic<int> failed = 0;
    {
        const auto journal = Journal::open(m_folder).value();
        const auto work = [&](const std::string &run) {
            for (int i = 0; i < perThread; ++i) {
                journal->append(
                    blockOf(recordsOf(3, run, 1 + 3 * i)), {},
                    [&](const std::optional<Error> &error) { ++(error ? failed : accepted); });
            }
        };
        std::thread one(work, "one");
        std::thread two(work, "two");
        one.join();
        two.join();
    } // Writes what is queued.
    QCOMPARE(failed.load(), 0);
    QCOMPARE(accepted.load(), 2 * perThread);

    const auto reader = JournalReader::open(m_folder).value();
    const SequenceRange range = reader->range().value();
    QCOMPARE(range, (SequenceRange{1, 2 * perThread * 3}));
    std::map<std::string, std::int64_t> lastTime; // Each thread's records, in its own order.
    std::uint64_t next = 1;
    const auto blocks = reader->blocks(range, 1'000'000'000).value();
    for (const StoredBlock &stored : blocks) {
        const auto block = RecordBlockReader::open(stored.data, stored.first).value();
        for (const RecordView &record : block.records()) {
            QCOMPARE(record.sequence, next++);
            QCOMPARE(record.timestamp, ++lastTime[record.context->runId]);
        }
    }
    QCOMPARE(lastTime["one"], 3 * perThread);
    QCOMPARE(lastTime["two"], 3 * perThread);
}

void TestJournal::settlesMarkAndRanges()
{
    auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    for (int i = 0; i < 4; ++i)
        QCOMPARE(append(*journal, blockOf(recordsOf(10)), {endpoint}), QString());
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.ranges = {{11, 20}, {31, 33}};
    settlement.counts.delivered = 13;
    QCOMPARE(settle(*journal, settlement), QString());
    const Ranges open{{1, 10}, {21, 30}, {34, 40}};
    QCOMPARE(backlog(m_folder, endpoint), open);
    QCOMPARE(endpointRow(m_folder, endpoint).settled, 0U);
    journal.reset();
    journal = Journal::open(m_folder).value();
    QCOMPARE(backlog(m_folder, endpoint), open);

    settlement.ranges = {{1, 10}}; // Closes the gap below 20.
    settlement.mark = 20;
    settlement.counts.delivered = 10;
    QCOMPARE(settle(*journal, settlement), QString());
    QCOMPARE(backlog(m_folder, endpoint), (Ranges{{21, 30}, {34, 40}}));
    const EndpointRow row = endpointRow(m_folder, endpoint);
    QCOMPARE(row.settled, 20U);
    QCOMPARE(row.delivered, 23);
    QCOMPARE(ask(m_folder, u"SELECT count(*) FROM settled_range"_s).toInt(), 1); // Not growing.
}

void TestJournal::settlesInTheMiddleOfABlock()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {endpoint}), QString());
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {}), QString()); // Not for it.
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {endpoint}), QString());
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.ranges = {{1, 4}};
    settlement.mark = 4;
    QCOMPARE(settle(*journal, settlement), QString());
    QCOMPARE(backlog(m_folder, endpoint), (Ranges{{5, 10}, {21, 30}}));
}

void TestJournal::markNeverFalls()
{
    const auto journal = Journal::open(m_folder).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {endpoint}), QString());
    for (const std::uint64_t mark : {std::uint64_t(9), std::uint64_t(2), std::uint64_t(0)}) {
        Settlement settlement;
        settlement.endpoint = endpoint;
        settlement.mark = mark;
        QCOMPARE(settle(*journal, settlement), QString());
        QCOMPARE(endpointRow(m_folder, endpoint).settled, 9U);
    }
}

void TestJournal::numbersGoOnAfterReopening()
{
    auto journal = Journal::open(m_folder).value();
    QCOMPARE(append(*journal, blockOf(recordsOf(3)), {}), QString());
    journal.reset();
    journal = Journal::open(m_folder).value();
    QCOMPARE(append(*journal, blockOf(recordsOf(2)), {}), QString());
    QCOMPARE(JournalReader::open(m_folder).value()->range().value(), (SequenceRange{1, 5}));
}

void TestJournal::secondOpenNamesTheHolder()
{
    auto journal = Journal::open(m_folder).value();
    const auto second = Journal::open(m_folder);
    QVERIFY(!second);
    const QString text = second.error().message();
    QVERIFY2(text.contains(QString::number(QCoreApplication::applicationPid())), qPrintable(text));
    QVERIFY2(text.contains(m_folder), qPrintable(text));
    QVERIFY(!second.error().action.isEmpty());
    journal.reset();
    QVERIFY(Journal::open(m_folder).has_value());
}

void TestJournal::foreignLockIsRespected()
{
    Journal::open(m_folder).value().reset();
    const auto lock = FileLock::tryLock(m_folder + u"/journal.lock"_s);
    QVERIFY(lock.has_value());
    QVERIFY(!Journal::open(m_folder));
    QVERIFY(JournalReader::open(m_folder).has_value()); // Looking is allowed.
}

void TestJournal::foreignFileIsLeftAlone()
{
    QVERIFY(QDir().mkpath(m_folder));
    const QByteArray text = QByteArray("not a database\n").repeated(1000);
    QFile file(Journal::fileIn(m_folder));
    QVERIFY(file.open(QFile::WriteOnly));
    file.write(text);
    file.close();
    const auto journal = Journal::open(m_folder);
    QVERIFY(!journal);
    QVERIFY2(journal.error().text.contains(file.fileName()), qPrintable(journal.error().text));
    QVERIFY2(!journal.error().action.isEmpty(), qPrintable(journal.error().text));
    QVERIFY(file.open(QFile::ReadOnly));
    QCOMPARE(file.readAll(), text);
}

void TestJournal::olderSchemaIsBroughtForward()
{
    Journal::open(m_folder).value().reset();
    for (const QString &sql :
         {u"ALTER TABLE failed_batch DROP COLUMN origin_batch"_s,
          u"ALTER TABLE failed_batch DROP COLUMN origin"_s,
          u"INSERT INTO endpoint(identity, name, service, url, settled)"
          u" VALUES('a', 'A', 'generic', 'http://127.0.0.1/', 0)"_s,
          u"INSERT INTO failed_batch VALUES(7, 1, 0, 'why', 400, '', '[]', 5, 1,"
          u" 1, 1, 0, '', x'', x'')"_s,
          u"ALTER TABLE endpoint DROP COLUMN paused"_s,
          u"ALTER TABLE endpoint DROP COLUMN trouble"_s,
          u"ALTER TABLE endpoint DROP COLUMN problem"_s,
          u"ALTER TABLE endpoint DROP COLUMN problem_arguments"_s,
          u"ALTER TABLE endpoint DROP COLUMN trouble_ms"_s,
          u"ALTER TABLE endpoint DROP COLUMN success_ms"_s, u"DROP TABLE run_range"_s,
          u"DROP TABLE run_count"_s, u"DROP TABLE discard"_s, u"PRAGMA user_version = 1"_s})
        ask(m_folder, sql);
    QVERIFY(Journal::open(m_folder).has_value());
    const auto batch = JournalReader::open(m_folder).value()->failedBatch(7);
    QVERIFY(batch.has_value());
    QCOMPARE(batch->reason, u"why"_s);
    QCOMPARE(batch->originBatch, 0);
    QCOMPARE(ask(m_folder, u"PRAGMA user_version"_s).toInt(), schemaVersion);
    QVERIFY(JournalReader::open(m_folder).value()->runAccounts().has_value());
}

void TestJournal::endpointsAreBroughtForward_data()
{
    QTest::addColumn<int>("version");
    for (const int version : {1, 2, 3})
        QTest::addRow("version %d", version) << version;
}

void TestJournal::endpointsAreBroughtForward()
{
    QFETCH(int, version);
    Journal::open(m_folder).value().reset();
    for (const QString &column : {u"paused"_s, u"trouble"_s, u"problem"_s, u"problem_arguments"_s,
                                  u"trouble_ms"_s, u"success_ms"_s})
        ask(m_folder, u"ALTER TABLE endpoint DROP COLUMN "_s + column);
    if (version < 3) {
        for (const QString &table : {u"run_range"_s, u"run_count"_s, u"discard"_s})
            ask(m_folder, u"DROP TABLE "_s + table);
    }
    if (version < 2) {
        ask(m_folder, u"ALTER TABLE failed_batch DROP COLUMN origin_batch"_s);
        ask(m_folder, u"ALTER TABLE failed_batch DROP COLUMN origin"_s);
    }
    ask(m_folder, u"INSERT INTO endpoint(identity, name, service, url, settled, delivered)"
                  u" VALUES('a', 'A', 'generic', 'http://127.0.0.1/', 0, 5)"_s);
    ask(m_folder, u"PRAGMA user_version = %1"_s.arg(version));
    // Who only reads it needs no writer to have come first.
    QCOMPARE(JournalReader::open(m_folder).value()->endpoints().value().at(0).delivered, 5);
    {
        const auto journal = Journal::open(m_folder);
        QVERIFY(journal.has_value());
        (*journal)->setPaused(1, true, [](const std::optional<Error> &) {});
        (*journal)->setTrouble(1,
                               {.kind = Trouble::Kind::HeldAuthentication,
                                .problem = {ProblemKind::KeyRefused, {u"403"_s, u"no \"x\""_s}},
                                .since = QDateTime::fromMSecsSinceEpoch(7000, Qt::UTC)},
                               [](const std::optional<Error> &) {});
    }
    QCOMPARE(ask(m_folder, u"PRAGMA user_version"_s).toInt(), schemaVersion);
    const EndpointRow row = JournalReader::open(m_folder).value()->endpoints().value().at(0);
    QCOMPARE(row.delivered, 5);
    QVERIFY(row.paused);
    QCOMPARE(row.trouble.kind, Trouble::Kind::HeldAuthentication);
    QCOMPARE(row.trouble.problem, (Problem{ProblemKind::KeyRefused, {u"403"_s, u"no \"x\""_s}}));
    QCOMPARE(row.trouble.since.toMSecsSinceEpoch(), 7000);
    QVERIFY(!row.lastSuccess.isValid());
}

void TestJournal::anotherProgramsFileIsLeftAlone()
{
    QVERIFY(QDir().mkpath(m_folder));
    ask(m_folder, u"CREATE TABLE bookmarks(url TEXT)"_s);
    const auto journal = Journal::open(m_folder);
    QVERIFY(!journal);
    QVERIFY2(journal.error().text.contains(u"another program"_s), qPrintable(journal.error().text));
    QCOMPARE(ask(m_folder, u"SELECT count(*) FROM sqlite_master"_s).toInt(), 1);
    QCOMPARE(ask(m_folder, u"PRAGMA journal_mode"_s).toString(), u"delete"_s);
}

void TestJournal::newerSchemaIsRefused()
{
    Journal::open(m_folder).value().reset();
    ask(m_folder, u"PRAGMA user_version = 99"_s);
    const auto journal = Journal::open(m_folder);
    QVERIFY(!journal);
    QVERIFY2(journal.error().text.contains(u"99"_s), qPrintable(journal.error().text));
    QVERIFY(!journal.error().action.isEmpty());
    QCOMPARE(ask(m_folder, u"PRAGMA user_version"_s).toInt(), 99);
}

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
