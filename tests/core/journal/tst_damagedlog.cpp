// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/journal/logsupport.h"

#include <QTemporaryDir>
#include <QtEndian>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr int blocks = 20;
constexpr int perBlock = 50;
constexpr int accepted = blocks * perBlock;
constexpr qint64 frameBytes = 24 + 16384;

quint32 pageOf(const QByteArray &log, qint64 frame)
{
    return qFromBigEndian<quint32>(log.constData() + 32 + frame * frameBytes);
}

bool isCommit(const QByteArray &log, qint64 frame)
{
    return qFromBigEndian<quint32>(log.constData() + 32 + frame * frameBytes + 4) != 0;
}

} // namespace

class TestDamagedLog final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void aWholeLogIsSilent();
    void oneFlippedBitLosesNothing_data();
    void oneFlippedBitLosesNothing();
    void aReaderSeesAllToo();
    void aFlippedBitAnywhereIsTold();
    void aLostFrameIsToldAndCounted();
    void aPageThatIsWrittenAgainLosesNothing();
    void aLostHeaderIsNotSilent();
    void aTornEndIsNoDamage_data();
    void aTornEndIsNoDamage();
    void aLogThatIsUsedAgainIsNoDamage();

private:
    [[nodiscard]] std::unique_ptr<Journal> open() const;
    void compareAll(Journal &journal) const;
    [[nodiscard]] int readable() const;
    [[nodiscard]] qint64 waitingIn(qint64 endpoint) const
    {
        return qint64(JournalReader::open(m_folder).value()->backlog(endpoint).value().count());
    }

    QTemporaryDir m_source; // a journal whose log has never been checkpointed
    QByteArray m_log;
    QByteArray m_formerTail; // of before the last commit
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestDamagedLog::initTestCase()
{
    const QTemporaryDir living;
    const auto journal = Journal::open(living.path()).value();
    const qint64 a = enrol(*journal, u"a"_s);
    for (int i = 0; i < blocks; ++i) {
        m_formerTail = contentOf(tailIn(living.path()));
        QCOMPARE(append(*journal, blockOf(bulky(perBlock, i * perBlock + 1)), {a}), QString());
    }
    copyJournal(living.path(), m_source.path());
    m_log = contentOf(logIn(m_source.path()));
    QVERIFY(m_log.size() > blocks * frameBytes);
}

void TestDamagedLog::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_folder = m_temp->path();
    copyJournal(m_source.path(), m_folder);
}

std::unique_ptr<Journal> TestDamagedLog::open() const
{
    auto journal = Journal::open(m_folder);
    if (!journal)
        qWarning("%s", qPrintable(journal.error().message()));
    return journal ? std::move(*journal) : nullptr;
}

//! Each accepted record is there.
void TestDamagedLog::compareAll(Journal &journal) const
{
    const auto reader = JournalReader::open(journal.folder()).value();
    QCOMPARE(reader->range().value(), (SequenceRange{1, accepted}));
    const EndpointAccount account = reader->endpointAccount(1).value();
    QCOMPARE(account.row.accepted, accepted);
    QCOMPARE(account.row.discardedDamaged, 0);
    QCOMPARE(account.backlog.count(), std::uint64_t(accepted));
    int time = 0;
    const auto stored = reader->blocks({1, accepted}, 1 << 30).value();
    for (const StoredBlock &block : stored) {
        const auto opened = RecordBlockReader::open(block.data, block.first);
        QVERIFY(opened);
        for (const RecordView &record : opened->records())
            QCOMPARE(record.timestamp, ++time);
    }
    QCOMPARE(time, accepted);
}

void TestDamagedLog::aWholeLogIsSilent()
{
    const auto journal = open();
    QVERIFY(journal);
    QCOMPARE(toText(journal->findings()), QString());
    compareAll(*journal);
}

void TestDamagedLog::oneFlippedBitLosesNothing_data()
{
    QTest::addColumn<qint64>("place"); // in the log; negative: from its end
    QTest::newRow("magic") << qint64(3);
    QTest::newRow("page size") << qint64(10);
    QTest::newRow("salt of the log") << qint64(17);
    QTest::newRow("checksum of the header") << qint64(24);
    QTest::newRow("page number") << 32 + 3 * frameBytes + 3;
    QTest::newRow("commit mark") << 32 + 3 * frameBytes + 4;
    QTest::newRow("salt of a frame") << 32 + 3 * frameBytes + 9;
    QTest::newRow("checksum of a frame") << 32 + 3 * frameBytes + 16;
    QTest::newRow("second half of a checksum") << 32 + 3 * frameBytes + 23;
    QTest::newRow("begin of a page") << 32 + 4 * frameBytes + 24;
    QTest::newRow("end of a page") << 32 + 5 * frameBytes - 4;
    QTest::newRow("first frame") << qint64(32 + 24 + 100);
    QTest::newRow("last frame") << qint64(-8000);
}

void TestDamagedLog::oneFlippedBitLosesNothing()
{
    QFETCH(qint64, place);
    QByteArray log = m_log;
    const qint64 at = place < 0 ? log.size() + place : place;
    log[at] = char(log[at] ^ 0x10);
    write(logIn(m_folder), log);
    auto journal = open();
    QVERIFY(journal);
    QVERIFY2(toText(journal->findings()).contains(u"1 bit(s)"),
             qPrintable(toText(journal->findings())));
    compareAll(*journal);
    journal.reset();
    journal = open(); // and it is over
    QCOMPARE(toText(journal->findings()), QString());
}

//! Also when it comes first, and stays while the journal is opened for writing.
void TestDamagedLog::aReaderSeesAllToo()
{
    QByteArray log = m_log;
    const qsizetype at = 32 + 30 * frameBytes + 2000;
    log[at] = char(log[at] ^ 1);
    write(logIn(m_folder), log);
    const auto reader = JournalReader::open(m_folder).value();
    QCOMPARE(reader->range().value(), (SequenceRange{1, accepted}));
    const auto journal = open();
    QVERIFY(journal);
    compareAll(*journal);
    QCOMPARE(append(*journal, blockOf(recordsOf(1)), {1}), QString());
    QCOMPARE(reader->range().value(), (SequenceRange{1, accepted + 1}));
}

//! Blocks that the journal has whole.
int TestDamagedLog::readable() const
{
    int count = 0;
    const auto reader = JournalReader::open(m_folder).value();
    const auto stored = reader->blocks({1, accepted}, 1 << 30).value();
    for (const StoredBlock &block : stored) {
        const auto opened = RecordBlockReader::open(block.data, block.first);
        count += opened && opened->records().size() == perBlock ? 1 : 0;
    }
    return count;
}

void TestDamagedLog::aFlippedBitAnywhereIsTold()
{
    std::mt19937 dice(7);
    int mended = 0;
    for (int i = 0; i < 60; ++i) {
        QVERIFY(QDir(m_folder).removeRecursively());
        copyJournal(m_source.path(), m_folder);
        QByteArray log = m_log;
        const auto bit = qsizetype(dice() % unsigned(log.size() * 8));
        log[bit / 8] = char(log[bit / 8] ^ (1 << (bit % 8)));
        write(logIn(m_folder), log);
        const auto journal = open();
        QVERIFY2(journal, qPrintable(QString::number(bit)));
        const QString told = toText(journal->findings());
        if (told.contains(u"flipped back")) {
            compareAll(*journal);
            ++mended;
            continue;
        }
        // Which of several bits it was cannot be told: at most the block that was hit is lost, and
        // that is told where it is read.
        QVERIFY2(told.contains(u"from there on are kept"), qPrintable(told));
        QCOMPARE(endpointRow(m_folder, 1).accepted, accepted);
        QCOMPARE(waitingIn(1), accepted);
        QVERIFY(readable() >= blocks - 1);
    }
    QVERIFY2(mended > 30, qPrintable(QString::number(mended)));
}

//! More than one bit: what stands behind is gone, and the ledger says so.
void TestDamagedLog::aLostFrameIsToldAndCounted()
{
    QByteArray log = m_log;
    const qint64 frames = (log.size() - 32) / frameBytes;
    const auto isWrittenAgain = [&](qint64 frame) {
        for (qint64 other = frame + 1; other < frames; ++other) {
            if (pageOf(log, other) == pageOf(log, frame))
                return true;
        }
        return false;
    };
    qint64 frame = frames / 2;
    while (isWrittenAgain(frame))
        ++frame;
    QVERIFY(frame < frames - 20);
    log.replace(32 + frame * frameBytes + 24, 400, QByteArray(400, '\x5a'));
    write(logIn(m_folder), log);
    auto journal = open();
    QVERIFY(journal);
    const QString told = toText(journal->findings());
    QVERIFY2(told.contains(u"was damaged"_s), qPrintable(told));
    const QStringList kept = QDir(m_folder).entryList({u"*-wal.damaged-*"_s}, QDir::Files);
    QCOMPARE(kept.size(), 1);
    QVERIFY(told.contains(kept.first()));
    QCOMPARE(contentOf(m_folder + u'/' + kept.first()), log);

    const auto account = JournalReader::open(m_folder).value()->endpointAccount(1).value();
    QCOMPARE(account.row.accepted, accepted);
    QVERIFY(account.row.discardedDamaged > 0);
    QCOMPARE(account.row.discardedDamaged + qint64(account.backlog.count()), accepted);
    QVERIFY2(told.contains(u" %1 accepted record(s)"_s.arg(account.row.discardedDamaged)),
             qPrintable(told));
    // Their numbers are not given again.
    QCOMPARE(append(*journal, blockOf(recordsOf(1)), {1}), QString());
    QCOMPARE(JournalReader::open(m_folder).value()->range().value().last,
             std::uint64_t(accepted) + 1);
    journal.reset();
    journal = open(); // told until somebody has seen to it
    QVERIFY(toText(journal->findings()).contains(kept.first()));
    journal.reset();
    QVERIFY(QFile::remove(m_folder + u'/' + kept.first()));
    QCOMPARE(toText(open()->findings()), QString());
}

void TestDamagedLog::aPageThatIsWrittenAgainLosesNothing()
{
    QByteArray log = m_log;
    qint64 frame = 10;
    while (pageOf(log, frame) != pageOf(log, 0))
        ++frame;
    log.replace(32 + frame * frameBytes + 24, 400, QByteArray(400, '\x5a'));
    write(logIn(m_folder), log);
    const auto journal = open();
    QVERIFY(journal);
    const QString told = toText(journal->findings());
    QVERIFY2(told.contains(u"from there on are kept"_s), qPrintable(told));
    compareAll(*journal);
}

void TestDamagedLog::aLostHeaderIsNotSilent()
{
    QByteArray log = m_log;
    log.replace(12, 20, QByteArray(20, '\x5a'));
    write(logIn(m_folder), log);
    const auto journal = open();
    QVERIFY(journal);
    QVERIFY2(toText(journal->findings()).contains(u"was damaged"_s),
             qPrintable(toText(journal->findings())));
    compareAll(*journal);
}

void TestDamagedLog::aTornEndIsNoDamage_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("half of a frame") << 0;
    QTest::newRow("frames without a commit") << 1;
    QTest::newRow("a rotten frame without a commit") << 2;
    QTest::newRow("zeros in front of the last commit") << 3;
}

void TestDamagedLog::aTornEndIsNoDamage()
{
    QFETCH(int, kind);
    QByteArray log = m_log;
    const qint64 frames = (log.size() - 32) / frameBytes;
    qint64 begin = frames - 1; // of the last transaction
    while (!isCommit(log, begin - 1))
        --begin;
    QVERIFY(begin < frames - 1);
    if (kind == 0)
        log.chop(frameBytes / 2);
    if (kind == 1)
        log.truncate(32 + (begin + 1) * frameBytes);
    if (kind == 2) {
        log.truncate(32 + (begin + 1) * frameBytes);
        log.replace(32 + begin * frameBytes + 1000, 4096, QByteArray(4096, '\0'));
    }
    if (kind == 3)
        log.replace(32 + begin * frameBytes, frameBytes, QByteArray(frameBytes, '\0'));
    write(logIn(m_folder), log);
    write(tailIn(m_folder), m_formerTail); // it is written behind a commit
    const auto journal = open();
    QVERIFY(journal);
    QCOMPARE(toText(journal->findings()), QString());
    QCOMPARE(endpointRow(m_folder, 1).accepted, accepted - perBlock);
    QCOMPARE(endpointRow(m_folder, 1).discardedDamaged, 0);
}

void TestDamagedLog::aLogThatIsUsedAgainIsNoDamage()
{
    const QTemporaryDir living;
    const auto journal = Journal::open(living.path()).value();
    const qint64 a = enrol(*journal, u"a"_s);
    for (int i = 0; i < blocks; ++i)
        QCOMPARE(append(*journal, blockOf(recordsOf(perBlock)), {a}), QString());
    const qint64 size = QFileInfo(logIn(living.path())).size();
    {
        // Passive, as the journal's own: the file keeps its length and is written from its begin.
        auto other =
            Connection::open(Journal::fileIn(living.path()), Connection::Access::ReadWrite);
        QVERIFY(other->execute(u"PRAGMA wal_checkpoint(PASSIVE)"_s));
    }
    QCOMPARE(append(*journal, blockOf(recordsOf(perBlock)), {a}), QString());
    QCOMPARE(QFileInfo(logIn(living.path())).size(), size);
    QDir(m_folder).removeRecursively();
    copyJournal(living.path(), m_folder);
    const auto again = open();
    QVERIFY(again);
    QCOMPARE(toText(again->findings()), QString());
    QCOMPARE(endpointRow(m_folder, a).accepted, accepted + perBlock);
}

QTEST_GUILESS_MAIN(TestDamagedLog)
#include "tst_damagedlog.moc"
