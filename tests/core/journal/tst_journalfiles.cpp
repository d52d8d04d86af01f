// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/journal/schema.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

using namespace trace;
using namespace Qt::StringLiterals;

// What stands in a journal's folder and is not what a journal wrote there.
class TestJournalFiles final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void linksAreRefused_data();
    void linksAreRefused();
    void pipesAreRefused_data();
    void pipesAreRefused();
    void aRecoveryThatWasCutShortIsNoLink();
    void anOpenFolderIsTold();
    void foreignFilesAreNamed_data();
    void foreignFilesAreNamed();
    void aBeginThatWasCutShortGoesOn();
    void aLogWithoutItsJournalIsKept();
    void anothersJournalIsNotMissing();
    void readersCheckTheVersion();
    void readersBringAnOlderJournalForward();
    void impossibleNumbersAreRefused_data();
    void impossibleNumbersAreRefused();
    void aBlockOfTooManyIsTold();
    void usedUpNumbersAreTold();
    void aRemovedFileStopsAcceptance_data();
    void aRemovedFileStopsAcceptance();

private:
    [[nodiscard]] QString file() const { return Journal::fileIn(m_folder->path()); }
    void change(const QString &sql) const;
    void checkRefused(const QString &text) const;

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestJournalFiles::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    const auto journal = Journal::open(m_folder->path()).value();
    QCOMPARE(append(*journal, blockOf(recordsOf(10)), {enrol(*journal, u"a"_s)}), QString());
}

void TestJournalFiles::change(const QString &sql) const
{
    auto connection = Connection::open(file(), Connection::Access::ReadWrite);
    QVERIFY(connection);
    QVERIFY(connection->execute(sql));
}

//! By who writes and by who only reads.
void TestJournalFiles::checkRefused(const QString &text) const
{
    const auto journal = Journal::open(m_folder->path());
    QVERIFY(!journal);
    QVERIFY2(journal.error().text.contains(text), qPrintable(journal.error().text));
    QVERIFY(!journal.error().action.isEmpty());
    const auto reader = JournalReader::open(m_folder->path());
    QVERIFY(!reader);
    QVERIFY2(reader.error().text.contains(text), qPrintable(reader.error().text));
    QVERIFY(!reader.error().action.isEmpty());
}

void TestJournalFiles::linksAreRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isHard");
    QTest::newRow("journal") << u"journal.sqlite"_s << false;
    QTest::newRow("journal, hard") << u"journal.sqlite"_s << true;
    QTest::newRow("log") << u"journal.sqlite-wal"_s << false;
    QTest::newRow("index of the log") << u"journal.sqlite-shm"_s << false;
    QTest::newRow("lock") << u"journal.lock"_s << false;
    QTest::newRow("reserve") << u"journal.reserve"_s << false;
    QTest::newRow("clock") << u"journal.clock"_s << false;
    QTest::newRow("tail") << u"journal.tail"_s << false;
}

void TestJournalFiles::linksAreRefused()
{
    QFETCH(QString, name);
    QFETCH(bool, isHard);
    const QTemporaryDir elsewhere;
    const QString target = elsewhere.filePath(u"target"_s);
    const QString path = m_folder->filePath(name);
    if (!QFile::rename(path, target)) { // not there now
        QFile file(target);
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    const QFileInfo before(target);
    const qint64 size = before.size();
    if (isHard)
        std::filesystem::create_hard_link(target.toStdString(), path.toStdString());
    else
        QVERIFY(QFile::link(target, path));
    checkRefused(path + u" is a link"_s);
    QCOMPARE(QFileInfo(target).size(), size);
}

void TestJournalFiles::pipesAreRefused_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm",
                             "journal.lock", "journal.reserve", "journal.clock", "journal.tail"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

//! Nobody waits for one.
void TestJournalFiles::pipesAreRefused()
{
    QFETCH(QString, name);
    const QString path = m_folder->filePath(name);
    QFile::remove(path);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    checkRefused(path + u" is no file"_s);
}

void TestJournalFiles::aRecoveryThatWasCutShortIsNoLink()
{
    const QString left = m_folder->filePath(u"recovery"_s);
    QVERIFY(QDir().mkpath(left));
    std::filesystem::create_hard_link(file().toStdString(), Journal::fileIn(left).toStdString());
    QVERIFY(JournalReader::open(m_folder->path()));
    const auto journal = Journal::open(m_folder->path());
    QVERIFY2(journal, journal ? "" : qPrintable(journal.error().message()));
    QVERIFY(!QFileInfo::exists(left));
}

void TestJournalFiles::anOpenFolderIsTold()
{
    QCOMPARE(Journal::open(m_folder->path()).value()->findings().size(), 0);
    QVERIFY(QFile::setPermissions(m_folder->path(), QFile::Permissions(0x7750)));
    const auto findings = Journal::open(m_folder->path()).value()->findings();
    QCOMPARE(findings.size(), 1);
    QVERIFY(findings.first().text.contains(m_folder->path()));
    QVERIFY(findings.first().action.contains(u"chmod 700"));
}

void TestJournalFiles::foreignFilesAreNamed_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("text");
    QTest::newRow("emptied") << QByteArray() << u"is empty"_s;
    QTest::newRow("text") << QByteArray("hello\n").repeated(5000) << u"is no journal"_s;
    QTest::newRow("shorter than a header") << QByteArray("SQLite") << u"is no journal"_s;
}

void TestJournalFiles::foreignFilesAreNamed()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, text);
    QFile journal(file());
    QVERIFY(journal.open(QIODevice::WriteOnly | QIODevice::Truncate));
    journal.write(content);
    journal.close();
    checkRefused(file() + u' ' + text);
    QCOMPARE(journal.size(), content.size());
}

void TestJournalFiles::aBeginThatWasCutShortGoesOn()
{
    const QTemporaryDir fresh;
    QFile begun(Journal::fileIn(fresh.path()));
    QVERIFY(begun.open(QIODevice::WriteOnly));
    begun.close();
    QVERIFY(Journal::open(fresh.path()));
}

void TestJournalFiles::aLogWithoutItsJournalIsKept()
{
    QVERIFY(QFile::rename(file(), file() + u"-wal"_s));
    const auto journal = Journal::open(m_folder->path());
    QVERIFY(!journal);
    QVERIFY2(journal.error().text.contains(u"is gone"_s), qPrintable(journal.error().text));
    QVERIFY(QFileInfo(file() + u"-wal"_s).size() > 0);
}

void TestJournalFiles::anothersJournalIsNotMissing()
{
    constexpr uid_t nobody = 65534; // the superuser may read everything
    const uid_t own = ::geteuid();
    QVERIFY(QFile::setPermissions(m_folder->path(), QFile::Permissions()));
    QVERIFY(own != 0 || ::seteuid(nobody) == 0);
    const auto reader = JournalReader::open(m_folder->path());
    QCOMPARE(::seteuid(own), 0);
    QVERIFY(QFile::setPermissions(m_folder->path(), QFile::Permissions(0x7700)));
    QVERIFY(!reader);
    QVERIFY2(reader.error().text.contains(u"cannot be read: Permission denied"),
             qPrintable(reader.error().text));
}

void TestJournalFiles::readersCheckTheVersion()
{
    change(u"PRAGMA user_version = 99"_s);
    checkRefused(u"newer version"_s);
    change(u"PRAGMA application_id = 5"_s);
    checkRefused(u"another program"_s);
}

void TestJournalFiles::readersBringAnOlderJournalForward()
{
    change(u"DROP TABLE run_range"_s);
    change(u"DROP TABLE run_count"_s);
    change(u"DROP TABLE discard"_s);
    for (const QString &column : {u"paused"_s, u"trouble"_s, u"problem"_s, u"problem_arguments"_s,
                                  u"trouble_ms"_s, u"success_ms"_s})
        change(u"ALTER TABLE endpoint DROP COLUMN "_s + column);
    change(u"PRAGMA user_version = 2"_s);
    {
        // Who holds it could be of the older version.
        const auto lock = FileLock::tryLock(m_folder->filePath(u"journal.lock"_s));
        const auto reader = JournalReader::open(m_folder->path());
        QVERIFY(!reader);
        QVERIFY2(reader.error().text.contains(u"older version"), qPrintable(reader.error().text));
        QVERIFY(!reader.error().action.isEmpty());
    }
    const auto reader = JournalReader::open(m_folder->path());
    QVERIFY2(reader, reader ? "" : qPrintable(reader.error().message()));
    QVERIFY((*reader)->runAccounts());
    QCOMPARE((*reader)->range().value().last, 10U);
}

void TestJournalFiles::impossibleNumbersAreRefused_data()
{
    QTest::addColumn<QString>("sql");
    for (const char *sql :
         {"UPDATE sequence SET next = 9223372036854775807", "UPDATE sequence SET next = -1",
          "UPDATE sequence SET next = 5", "DELETE FROM sequence", "UPDATE sequence SET next = 'x'",
          "UPDATE block SET first = 9223372036854775000", "UPDATE block SET count = -5",
          "UPDATE block SET count = 0", "UPDATE block SET count = 9223372036854775807",
          "UPDATE endpoint SET settled = 9223372036854775807", "UPDATE endpoint SET settled = -1",
          "UPDATE endpoint SET accepted = -7", "UPDATE endpoint SET delivered = -7",
          "INSERT INTO settled_range VALUES(1, 9, 3)",
          "INSERT INTO settled_range VALUES(1, 1, 9223372036854775807)"})
        QTest::newRow(sql) << QString::fromLatin1(sql);
}

void TestJournalFiles::impossibleNumbersAreRefused()
{
    QFETCH(QString, sql);
    change(sql);
    checkRefused(u"numbers in the journal"_s);
}

//! Where others follow, so that its end may be anywhere.
void TestJournalFiles::aBlockOfTooManyIsTold()
{
    {
        const auto journal = Journal::open(m_folder->path()).value();
        QCOMPARE(append(*journal, blockOf(recordsOf(10)), {1}), QString());
    }
    change(u"UPDATE block SET count = 2000000000 WHERE first = 1"_s);
    const auto reader = JournalReader::open(m_folder->path()).value();
    const auto backlog = reader->backlog(1);
    QVERIFY(!backlog);
    QVERIFY2(backlog.error().text.contains(u"numbers in the journal"),
             qPrintable(backlog.error().text));
    const auto read = reader->blocks({1, 5}, 1);
    QVERIFY(!read);
    QVERIFY2(read.error().text.contains(u"numbers in the journal"), qPrintable(read.error().text));
    const auto journal = Journal::open(m_folder->path());
    QVERIFY(!journal);
    QVERIFY2(journal.error().text.contains(u"numbers in the journal"),
             qPrintable(journal.error().text));
}

void TestJournalFiles::usedUpNumbersAreTold()
{
    change(u"UPDATE sequence SET next = %1"_s.arg(maxSequence - 5));
    const auto journal = Journal::open(m_folder->path()).value();
    const QString problem = append(*journal, blockOf(recordsOf(10)), {1});
    QVERIFY2(problem.contains(u"used up"), qPrintable(problem));
    QCOMPARE(endpointRow(m_folder->path(), 1).accepted, 10);
}

void TestJournalFiles::aRemovedFileStopsAcceptance_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("journal") << u"journal.sqlite"_s;
    QTest::newRow("log") << u"journal.sqlite-wal"_s;
}

void TestJournalFiles::aRemovedFileStopsAcceptance()
{
    QFETCH(QString, name);
    const auto journal = Journal::open(m_folder->path()).value();
    const Heard<JournalCondition> conditions(journal.get(), &Journal::conditionChanged);
    QCOMPARE(append(*journal, blockOf(recordsOf(1)), {1}), QString());
    const QString away = m_folder->filePath(u"away"_s);
    QVERIFY(QFile::rename(m_folder->filePath(name), away));
    const QString problem = append(*journal, blockOf(recordsOf(1)), {1});
    QVERIFY2(problem.contains(name + u" was removed or replaced"_s), qPrintable(problem));
    QTRY_VERIFY(!conditions.isEmpty());
    QCOMPARE(conditions.values().back().kind, JournalCondition::Kind::Gone);
    QVERIFY(QFile::rename(away, m_folder->filePath(name)));
    QCOMPARE(append(*journal, blockOf(recordsOf(1)), {1}), QString());
    QCOMPARE(endpointRow(m_folder->path(), 1).accepted, 12);
}

QTEST_GUILESS_MAIN(TestJournalFiles)
#include "tst_journalfiles.moc"
