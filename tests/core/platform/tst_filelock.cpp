// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/filelock.h"

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace trace;
using namespace Qt::StringLiterals;

class TestFileLock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsOthersOutAndNamesItself();
    void endsWithTheObject();
    void movesWithTheObject();
    void namesAnotherProcess();
    void endsWithAKilledProcess();
    void doesNotNeedTheHoldersName();
    void saysWhyAFileCannotBeLocked();
    void knowsWhatThisProcessHolds();
    void theFileIsPrivate();

private:
    // Starts this program again, to lock the file and wait.
    void startHolder(QProcess &process) const;

    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath(u"lock"_s);
};

void TestFileLock::startHolder(QProcess &process) const
{
    process.start(QCoreApplication::applicationFilePath(), {u"--hold"_s, m_path});
    QVERIFY(process.waitForReadyRead());
    QCOMPARE(process.readAll(), "locked\n"_ba);
}

void TestFileLock::keepsOthersOutAndNamesItself()
{
    const auto lock = FileLock::tryLock(m_path);
    QVERIFY(lock);
    const auto second = FileLock::tryLock(m_path);
    QVERIFY(!second);
    const QString message = second.error().message();
    QVERIFY2(message.contains(m_path), qPrintable(message));
    QVERIFY(message.contains(QString::number(QCoreApplication::applicationPid())));
    QVERIFY(message.contains(QCoreApplication::applicationName()));
    QVERIFY(message.contains(u"--journal"_s));
}

void TestFileLock::endsWithTheObject()
{
    QVERIFY(FileLock::tryLock(m_path));
    QVERIFY(FileLock::tryLock(m_path));
}

void TestFileLock::movesWithTheObject()
{
    {
        auto first = FileLock::tryLock(m_path);
        QVERIFY(first);
        FileLock moved = std::move(*first);
        QVERIFY(!FileLock::tryLock(m_path));
        auto other = FileLock::tryLock(m_path + u"2"_s);
        QVERIFY(other);
        *other = std::move(moved);
        QVERIFY(!FileLock::tryLock(m_path));
    }
    QVERIFY(FileLock::tryLock(m_path));
}

void TestFileLock::namesAnotherProcess()
{
    QProcess process;
    startHolder(process);
    const auto lock = FileLock::tryLock(m_path);
    QVERIFY(!lock);
    QVERIFY2(lock.error().text.contains(QString::number(process.processId())),
             qPrintable(lock.error().text));
    QVERIFY(lock.error().text.contains(u"holder-of-the-test"_s));
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    QVERIFY(FileLock::tryLock(m_path));
}

void TestFileLock::endsWithAKilledProcess()
{
    QProcess process;
    startHolder(process);
    QVERIFY(!FileLock::tryLock(m_path));
    process.kill();
    QVERIFY(process.waitForFinished());
    QVERIFY(FileLock::tryLock(m_path));
}

void TestFileLock::doesNotNeedTheHoldersName()
{
    const auto lock = FileLock::tryLock(m_path);
    QVERIFY(QFile::resize(m_path, 0));
    const auto second = FileLock::tryLock(m_path);
    QVERIFY(!second);
    QVERIFY(second.error().text.contains(u"another process"_s));
}

void TestFileLock::saysWhyAFileCannotBeLocked()
{
    const QString path = m_folder.filePath(u"missing/lock"_s);
    const auto lock = FileLock::tryLock(path);
    QVERIFY(!lock);
    QVERIFY(lock.error().text.contains(path));
    QVERIFY(lock.error().text.contains(u"No such file"_s));
}

void TestFileLock::knowsWhatThisProcessHolds()
{
    QVERIFY(!FileLock::isHeldHere(m_path));
    {
        const auto lock = FileLock::tryLock(m_path);
        QVERIFY(FileLock::isHeldHere(m_path));
    }
    QVERIFY(!FileLock::isHeldHere(m_path)); // although the file still names this process
    QProcess other;
    startHolder(other);
    QVERIFY(!FileLock::isHeldHere(m_path));
}

void TestFileLock::theFileIsPrivate()
{
    const auto lock = FileLock::tryLock(m_path);
    QVERIFY(lock);
    const QFile::Permissions others =
        QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    QVERIFY(!(QFile::permissions(m_path) & others));
}

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);
    if (argc == 3 && QByteArrayView(argv[1]) == "--hold") {
        QCoreApplication::setApplicationName(u"holder-of-the-test"_s);
        const auto lock = FileLock::tryLock(QString::fromLocal8Bit(argv[2]));
        std::puts(lock ? "locked" : "refused");
        std::fflush(stdout);
        return std::getchar() == EOF ? 0 : 1;
    }
    TestFileLock test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_filelock.moc"
