// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/journal/logsupport.h"

#include <QRegularExpression>
#include <QTemporaryDir>

#include <algorithm>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr int blocks = 20;
constexpr int perBlock = 50;
constexpr int accepted = blocks * perBlock;
constexpr qint64 frameBytes = 24 + 16384;

QByteArray noise(qsizetype size)
{
    std::mt19937 dice(11);
    QByteArray bytes(size, '\0');
    std::generate(bytes.begin(), bytes.end(), [&dice] { return char(dice()); });
    return bytes;
}

} // namespace

class TestJournalTail final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void aLostLogIsToldAndCounted_data();
    void aLostLogIsToldAndCounted();
    void aRemovedLogIsToldAndCounted();
    void aReaderTellsToo();
    void whatFollowsOnALongerJournalIsCounted();
    void lostImportsAreCounted();
    void anOlderFileUnderANewerTailIsTold();
    void anOlderTailIsSilent_data();
    void anOlderTailIsSilent();
    void aNewJournalBeginsAnew();

private:
    void checkCounted(const Journal &journal, qint64 wanted) const;
    [[nodiscard]] QStringList keptLogs() const
    {
        return QDir(m_folder).entryList({u"*-wal.damaged-*"_s}, QDir::Files);
    }

    QTemporaryDir m_source; // a journal whose log has never been checkpointed
    QByteArray m_log;
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestJournalTail::initTestCase()
{
    const QTemporaryDir living;
    const auto journal = Journal::open(living.path()).value();
    const qint64 a = enrol(*journal, u"a"_s);
    for (int i = 0; i < blocks; ++i)
        QCOMPARE(append(*journal, blockOf(bulky(perBlock, i * perBlock + 1)), {a}), QString());
    copyJournal(living.path(), m_source.path());
    m_log = contentOf(logIn(m_source.path()));
    QVERIFY(m_log.size() > blocks * frameBytes);
}

void TestJournalTail::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_folder = m_temp->path();
    copyJournal(m_source.path(), m_folder);
}

//! Each record that was acknowledged waits or is counted, and something was said where one is lost.
void TestJournalTail::checkCounted(const Journal &journal, qint64 wanted) const
{
    const auto reader = JournalReader::open(m_folder).value();
    const auto endpoints = reader->endpoints().value();
    QCOMPARE(endpoints.size(), 1);
    QCOMPARE(endpoints.first().identity, u"a"_s);
    const EndpointAccount account = reader->endpointAccount(endpoints.first().id).value();
    QCOMPARE(account.row.accepted, wanted);
    QCOMPARE(account.row.discardedDamaged + qint64(account.backlog.count()), wanted);
    const QString told = toText(journal.findings());
    if (account.row.discardedDamaged > 0) {
        QVERIFY2(told.contains(u"Lost are %1 accepted record(s), the numbers %2 to %3"_s
                                   .arg(account.row.discardedDamaged)
                                   .arg(wanted - account.row.discardedDamaged + 1)
                                   .arg(wanted)),
                 qPrintable(told));
    }
}

void TestJournalTail::aLostLogIsToldAndCounted_data()
{
    QTest::addColumn<qint64>("place");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<qint64>("size"); // of the log then; 0: as it is
    const qint64 whole = m_log.size();
    const qint64 middle = 32 + (whole / frameBytes / 2) * frameBytes;
    QTest::newRow("first 48 bytes zero") << qint64(0) << QByteArray(48, '\0') << qint64(0);
    QTest::newRow("first 48 bytes noise") << qint64(0) << noise(48) << qint64(0);
    QTest::newRow("first sector zero") << qint64(0) << QByteArray(512, '\0') << qint64(0);
    QTest::newRow("first sector noise") << qint64(0) << noise(512) << qint64(0);
    QTest::newRow("first three frames zero")
        << qint64(0) << QByteArray(32 + 3 * frameBytes, '\0') << qint64(0);
    QTest::newRow("first frame's header zero") << qint64(32) << QByteArray(24, '\0') << qint64(0);
    QTest::newRow("a page of the end zero")
        << whole - 2 * frameBytes - 200 << QByteArray(4096, '\0') << qint64(0);
    QTest::newRow("the end zero") << whole - 512 << QByteArray(512, '\0') << qint64(0);
    QTest::newRow("middle noise") << middle << noise(2 * frameBytes) << qint64(0);
    QTest::newRow("all zero") << qint64(0) << QByteArray(whole, '\0') << qint64(0);
    QTest::newRow("all noise") << qint64(0) << noise(whole) << qint64(0);
    QTest::newRow("another file") << qint64(0) << noise(50'000) << qint64(50'000);
    QTest::newRow("half") << qint64(0) << QByteArray() << whole / 2;
    QTest::newRow("only a header") << qint64(0) << QByteArray() << qint64(32);
}

void TestJournalTail::aLostLogIsToldAndCounted()
{
    QFETCH(qint64, place);
    QFETCH(QByteArray, bytes);
    QFETCH(qint64, size);
    QByteArray log = m_log;
    log.replace(place, bytes.size(), bytes);
    if (size > 0)
        log.truncate(size);
    write(logIn(m_folder), log);
    auto journal = Journal::open(m_folder);
    QVERIFY2(journal, journal ? "" : qPrintable(journal.error().message()));
    QVERIFY(!(*journal)->findings().isEmpty());
    checkCounted(**journal, accepted);
    QCOMPARE(keptLogs().size(), 1);
    QVERIFY(toText((*journal)->findings()).contains(keptLogs().first()));
    QCOMPARE(contentOf(m_folder + u'/' + keptLogs().first()), log);
    // Their numbers are not given again.
    QCOMPARE(append(**journal, blockOf(recordsOf(1)), {1}), QString());
    QCOMPARE(JournalReader::open(m_folder).value()->range().value().last,
             std::uint64_t(accepted) + 1);
    (*journal).reset();
    QVERIFY(QFile::remove(m_folder + u'/' + keptLogs().first()));
    QCOMPARE(toText(Journal::open(m_folder).value()->findings()), QString()); // it is over
}

void TestJournalTail::aRemovedLogIsToldAndCounted()
{
    QVERIFY(QFile::remove(logIn(m_folder)));
    const auto journal = Journal::open(m_folder).value();
    QVERIFY(toText(journal->findings()).contains(u"is missing"));
    checkCounted(*journal, accepted);
    QCOMPARE(keptLogs(), QStringList());
}

void TestJournalTail::aReaderTellsToo()
{
    write(logIn(m_folder), QByteArray());
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"Lost are 1000 accepted record\\(s\\)"_s));
    const auto reader = JournalReader::open(m_folder).value();
    QCOMPARE(reader->endpoints().value().value(0).discardedDamaged, accepted);
}

//! Of records that are in the file, none is counted as lost.
void TestJournalTail::whatFollowsOnALongerJournalIsCounted()
{
    QCOMPARE(Journal::open(m_folder).value()->findings().size(), 0); // and checkpoints
    const QTemporaryDir copy;
    {
        const auto journal = Journal::open(m_folder).value();
        for (int i = 0; i < 3; ++i)
            QCOMPARE(append(*journal, blockOf(recordsOf(10)), {1}), QString());
        copyJournal(m_folder, copy.path());
    }
    m_folder = copy.path();
    QVERIFY(QFile::remove(logIn(m_folder)));
    const auto journal = Journal::open(m_folder).value();
    checkCounted(*journal, accepted + 30);
    QCOMPARE(endpointRow(m_folder, 1).discardedDamaged, 30);
}

void TestJournalTail::lostImportsAreCounted()
{
    QCOMPARE(Journal::open(m_folder).value()->findings().size(), 0); // and checkpoints
    const QTemporaryDir copy;
    {
        const auto journal = Journal::open(m_folder).value();
        QVERIFY(journal->oblige(failedBatchOf(1, {1, 2, 3})));
        copyJournal(m_folder, copy.path());
    }
    QVERIFY(QFile::remove(logIn(copy.path())));
    const auto journal = Journal::open(copy.path()).value();
    QVERIFY2(toText(journal->findings()).contains(u"3 accepted record(s) of failed batches"),
             qPrintable(toText(journal->findings())));
    QCOMPARE(endpointRow(copy.path(), 1).accepted, accepted + 3);
    QCOMPARE(endpointRow(copy.path(), 1).discardedDamaged, 3);
}

void TestJournalTail::anOlderFileUnderANewerTailIsTold()
{
    QCOMPARE(Journal::open(m_folder).value()->findings().size(), 0); // and checkpoints
    const QByteArray older = contentOf(Journal::fileIn(m_folder));
    {
        const auto journal = Journal::open(m_folder).value();
        QCOMPARE(append(*journal, blockOf(recordsOf(7)), {1}), QString());
    }
    write(Journal::fileIn(m_folder), older);
    const auto journal = Journal::open(m_folder).value();
    QVERIFY(toText(journal->findings()).contains(u"an older copy"));
    checkCounted(*journal, accepted + 7);
}

void TestJournalTail::anOlderTailIsSilent_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("none") << 0; // only the journal was copied
    QTest::newRow("of before a power cut") << 1;
    QTest::newRow("flipped bit") << 2;
    QTest::newRow("emptied") << 3;
    QTest::newRow("noise") << 4;
}

void TestJournalTail::anOlderTailIsSilent()
{
    QFETCH(int, kind);
    const QString path = tailIn(m_folder);
    QByteArray tail = contentOf(path);
    QVERIFY(!tail.isEmpty());
    if (kind == 0)
        QVERIFY(QFile::remove(path));
    if (kind == 1) {
        const auto journal = Journal::open(m_folder).value();
        QCOMPARE(append(*journal, blockOf(recordsOf(7)), {1}), QString());
    }
    if (kind == 2)
        tail[20] = char(tail[20] ^ 0x20);
    if (kind == 3)
        tail.clear();
    if (kind == 4)
        tail = noise(tail.size());
    if (kind > 0)
        write(path, tail);
    const auto journal = Journal::open(m_folder).value();
    QCOMPARE(toText(journal->findings()), QString());
    checkCounted(*journal, kind == 1 ? accepted + 7 : accepted);
    QCOMPARE(endpointRow(m_folder, 1).discardedDamaged, 0);
    QVERIFY(contentOf(path).startsWith("TRACETAIL1")); // it is written anew
}

void TestJournalTail::aNewJournalBeginsAnew()
{
    QVERIFY(QFile::remove(Journal::fileIn(m_folder)));
    QVERIFY(QFile::remove(logIn(m_folder)));
    const auto journal = Journal::open(m_folder).value();
    QCOMPARE(toText(journal->findings()), QString());
    QVERIFY(JournalReader::open(m_folder).value()->endpoints().value().isEmpty());
}

QTEST_GUILESS_MAIN(TestJournalTail)
#include "tst_journaltail.moc"
