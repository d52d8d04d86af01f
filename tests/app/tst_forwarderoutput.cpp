// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace trace;

// What the program writes, and to whom.
class TstForwarderOutput final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void tellsThatTheDiskIsFull_data();
    void tellsThatTheDiskIsFull();
    void exportsIntoAPipeOfThatName();

private:
    ForwarderFolder m_folder;
};

//! A journal with one failed batch.
void TstForwarderOutput::initTestCase()
{
    const QString file = m_folder.writeRecords(u"in.ndjson"_s, 10);
    const CommandResult sent =
        m_folder.run(QStringList{u"send"_s} + m_folder.to(unusedPort()) +
                     QStringList{u"--on-exhausted"_s, u"park"_s, u"--max-retries"_s, u"1"_s, file});
    QCOMPARE(sent.code, 3);
}

void TstForwarderOutput::tellsThatTheDiskIsFull_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::newRow("status") << QStringList{u"status"_s};
    QTest::newRow("runs") << QStringList{u"runs"_s};
    QTest::newRow("records") << QStringList{u"records"_s};
    QTest::newRow("failed list") << QStringList{u"failed"_s, u"list"_s};
    QTest::newRow("failed export") << QStringList{u"failed"_s, u"export"_s, u"--all"_s};
}

void TstForwarderOutput::tellsThatTheDiskIsFull()
{
    QFETCH(QStringList, command);
    if (!QFile::exists(u"/dev/full"_s))
        QSKIP("this system has no /dev/full");
    QProcess process;
    process.setStandardOutputFile(u"/dev/full"_s);
    process.start(forwarderProgram, m_folder.arguments(command));
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 1);
    const QByteArray errors = process.readAllStandardError();
    QVERIFY2(errors.contains("written") || errors.contains("cannot write"), errors.constData());
}

void TstForwarderOutput::exportsIntoAPipeOfThatName()
{
    const QString path = m_folder.path(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    QProcess reader;
    reader.start(u"cat"_s, {path});
    QVERIFY(reader.waitForStarted());
    const CommandResult exported =
        m_folder.run({u"failed"_s, u"export"_s, u"--all"_s, u"--output"_s, path});
    QCOMPARE(exported.code, 0);
    QCOMPARE(exported.json()["batches"_L1].toInteger(), 1);
    QVERIFY2(reader.waitForFinished(patience), "a file took the place of the pipe");
    QVERIFY(reader.readAllStandardOutput().startsWith("{\"failed_batch\":"));
}

QTEST_GUILESS_MAIN(TstForwarderOutput)
#include "tst_forwarderoutput.moc"
