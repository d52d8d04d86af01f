// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <sys/stat.h>

#include <tuple>

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
    void showsControlCharacters_data();
    void showsControlCharacters();
    void showsProgressOnATerminal_data();
    void showsProgressOnATerminal();
    void marksWhatIsNotVerified_data();
    void marksWhatIsNotVerified();
    void isJsonWhereAskedFor();
    void asksBeforeItDiscards();
    void refusesWrongNumbers_data();
    void refusesWrongNumbers();
    void namesAnUnknownCommand();

private:
    //! As it looks on a terminal, standard error in it. "No such program": there is no `script`.
    [[nodiscard]] CommandResult onTerminal(const QStringList &command) const;
    [[nodiscard]] CommandResult runPlainly(const QStringList &command) const;

    ForwarderFolder m_folder;
};

CommandResult TstForwarderOutput::onTerminal(const QStringList &command) const
{
    QStringList arguments = m_folder.arguments(command);
    arguments.removeAll(u"--json"_s);
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(u"script"_s,
                  {u"-qec"_s, u"'%1' '%2'"_s.arg(forwarderProgram, arguments.join(u"' '"_s)),
                   u"/dev/null"_s});
    CommandResult result;
    if (process.waitForFinished(patience))
        result.code = process.exitCode();
    result.output = process.readAllStandardOutput();
    return result;
}

CommandResult TstForwarderOutput::runPlainly(const QStringList &command) const
{
    QStringList arguments = m_folder.arguments(command);
    arguments.removeAll(u"--json"_s);
    return runForwarder(arguments);
}

//! A journal with one failed batch, whose records come from a run with a hostile name.
void TstForwarderOutput::initTestCase()
{
    const QString file = m_folder.write(
        u"in.ndjson"_s,
        R"({"message":"a\u001b[31mb\u009b0mc","run_id":"r\u001b]0;x\u0007\n\u009bend"})");
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

void TstForwarderOutput::showsControlCharacters_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::newRow("runs") << QStringList{u"runs"_s};
    QTest::newRow("records") << QStringList{u"records"_s};
    QTest::newRow("a batch") << QStringList{u"failed"_s, u"show"_s, u"1"_s};
    QTest::newRow("an unknown run") << QStringList{u"runs"_s, u"no\x1b[31m"_s};
}

void TstForwarderOutput::showsControlCharacters()
{
    QFETCH(QStringList, command);
    const CommandResult shown = onTerminal(command);
    if (shown.code < 0)
        QSKIP("there is no `script` to make a terminal");
    QVERIFY(!shown.output.isEmpty());
    for (const QByteArray &control : {"\x1b"_ba, "\x07"_ba, "\xc2\x9b"_ba})
        QVERIFY2(!shown.output.contains(control),
                 shown.output.toPercentEncoding(" []").constData());
}

void TstForwarderOutput::showsProgressOnATerminal_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("send") << QStringList{u"send"_s, u"--buffer-size"_s, u"10"_s} << "records"_ba;
    QTest::newRow("replay") << QStringList{u"replay"_s, u"--since"_s, u"2h"_s} << "batches"_ba;
}

void TstForwarderOutput::showsProgressOnATerminal()
{
    QFETCH(QStringList, command);
    QFETCH(QByteArray, unit);
    const PracticeProcess practice({}, unusedPort(), {u"--latency"_s, u"400ms"_s});
    QVERIFY(practice.port() != 0);
    if (command.first() == "send"_L1)
        command.append(m_folder.writeRecords(u"many.ndjson"_s, 100));
    command += m_folder.to(practice.port());
    const CommandResult shown = onTerminal(command);
    if (shown.code < 0)
        QSKIP("there is no `script` to make a terminal");
    QVERIFY2(shown.code == 0, shown.output.constData());
    const QByteArray begin = "\r\033[K";
    QVERIFY2(shown.output.contains(begin + '['), shown.output.constData());
    QVERIFY2(shown.output.contains(unit), shown.output.constData());
    // Each line that stays begins on a line of its own.
    const QList<QByteArray> lines = shown.output.split('\n');
    for (const QByteArray &line : lines)
        QVERIFY2(!line.mid(line.lastIndexOf(begin) + begin.size()).startsWith('['),
                 line.constData());
    QVERIFY(!runPlainly(command).errors.contains(" %"));
}

void TstForwarderOutput::marksWhatIsNotVerified_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::newRow("list") << QStringList{u"endpoint"_s, u"list"_s};
    QTest::newRow("test") << QStringList{u"endpoint"_s, u"test"_s, u"open"_s};
    QTest::newRow("check") << QStringList{u"config"_s, u"check"_s};
}

void TstForwarderOutput::marksWhatIsNotVerified()
{
    QFETCH(QStringList, command);
    const PracticeProcess practice;
    std::ignore = m_folder.run({u"endpoint"_s, u"remove"_s, u"open"_s, u"--yes"_s});
    QCOMPARE(m_folder
                 .run({u"endpoint"_s, u"add"_s, u"open"_s, u"--service"_s, u"generic"_s, u"--url"_s,
                       m_folder.to(practice.port()).constLast(), u"--set"_s, u"tls.verify=false"_s})
                 .code,
             0);
    const CommandResult shown = runPlainly(command);
    QVERIFY2(shown.output.contains("NOT VERIFIED"), shown.output.constData());
}

void TstForwarderOutput::isJsonWhereAskedFor()
{
    const QStringList endpoint{u"endpoint"_s};
    const QList<QStringList> commands{
        endpoint + QStringList{u"add"_s, u"j"_s, u"--service"_s, u"generic"_s, u"--url"_s,
                               u"http://127.0.0.1:9/logs"_s},
        endpoint + QStringList{u"set"_s, u"j"_s, u"buffer_size=7"_s},
        endpoint + QStringList{u"remove"_s, u"j"_s, u"--yes"_s},
        {u"failed"_s, u"export"_s, u"--all"_s, u"--output"_s, m_folder.path(u"out"_s)},
        {u"failed"_s, u"discard"_s, u"--all"_s, u"--dry-run"_s},
        {u"failed"_s, u"discard"_s, u"--reason"_s, u"no such words"_s},
    };
    for (const QStringList &command : commands) {
        const CommandResult done = m_folder.run(command);
        QVERIFY2(done.code == 0, done.errors.constData());
        QVERIFY2(!done.json().isEmpty(), done.output.constData());
    }
}

void TstForwarderOutput::asksBeforeItDiscards()
{
    const qsizetype before = m_folder.failedBatches().size();
    QVERIFY(before > 0);
    const CommandResult asked = m_folder.run({u"failed"_s, u"discard"_s, u"--all"_s});
    QCOMPARE(asked.code, 2);
    QVERIFY2(asked.errors.contains("--yes"), asked.errors.constData());
    const CommandResult trial =
        m_folder.run({u"failed"_s, u"discard"_s, u"--all"_s, u"--dry-run"_s});
    QCOMPARE(trial.json()["would_discard"_L1].toArray().size(), before);
    QCOMPARE(m_folder.failedBatches().size(), before);
    const QStringList none{u"failed"_s, u"discard"_s, u"--reason"_s, u"no such words"_s};
    QVERIFY(runPlainly(none).output.contains("no failed batch"));
    const CommandResult stranger =
        m_folder.run({u"failed"_s, u"discard"_s, u"--endpoint"_s, u"nobody"_s, u"--yes"_s});
    QCOMPARE(stranger.code, 2);
    QVERIFY2(stranger.errors.contains("nobody"), stranger.errors.constData());
}

void TstForwarderOutput::refusesWrongNumbers_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::newRow("port") << QStringList{u"practice"_s, u"--port"_s, u"99999"_s};
    QTest::newRow("latency") << QStringList{u"practice"_s, u"--latency=-5ms"_s};
    QTest::newRow("timeout") << QStringList{u"drain"_s, u"--timeout=-1"_s};
    QTest::newRow("limit") << QStringList{u"records"_s, u"--limit=-1"_s};
}

void TstForwarderOutput::refusesWrongNumbers()
{
    QFETCH(QStringList, command);
    QProcess process; // `practice` would not end
    process.start(forwarderProgram, m_folder.arguments(command));
    QVERIFY(process.waitForStarted());
    const bool isOver = process.waitForFinished(5000);
    process.kill();
    process.waitForFinished();
    QVERIFY2(isOver, "it took the number");
    QCOMPARE(process.exitCode(), 2);
}

void TstForwarderOutput::namesAnUnknownCommand()
{
    for (const QStringList &command :
         {QStringList{u"sned"_s}, QStringList{u"failed"_s, u"sned"_s}}) {
        const CommandResult refused = m_folder.run(command);
        QCOMPARE(refused.code, 2);
        QVERIFY2(refused.errors.contains("sned"), refused.errors.constData());
    }
}

QTEST_GUILESS_MAIN(TstForwarderOutput)
#include "tst_forwarderoutput.moc"
