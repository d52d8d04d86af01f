// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QElapsedTimer>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace trace;

class TstForwarderRun final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsEachLineAndPassesItOn();
    void takesJsonLinesAsRecords();
    void endsAsTheCommand_data();
    void endsAsTheCommand();
    void letsTheCommandRead();
    void forwardsSignals();
    void doesNotMindADeadEndpoint();
    void runsBesideAHolderOfTheJournal();
    void refusesWrongArguments();
};

namespace {

QStringList shell(const ForwarderFolder &folder, const QStringList &options, const QString &script)
{
    return folder.arguments(QStringList{u"run"_s} + options +
                            QStringList{u"--"_s, u"sh"_s, u"-c"_s, script});
}

QList<QJsonObject> recordsOf(const ForwarderFolder &folder)
{
    QList<QJsonObject> records;
    const QList<QByteArray> lines = folder.run({u"records"_s}).output.split('\n');
    for (const QByteArray &line : lines) {
        if (!line.isEmpty())
            records.append(QJsonDocument::fromJson(line).object());
    }
    return records;
}

QStringList valuesOf(const QList<QJsonObject> &records, QLatin1StringView key)
{
    QStringList values;
    for (const QJsonObject &record : records)
        values.append(record.value(key).toString());
    return values;
}

} // namespace

void TstForwarderRun::keepsEachLineAndPassesItOn()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const CommandResult run = runForwarder(shell(
        folder,
        folder.to(practice.port()) + QStringList{u"--run-id"_s, u"r1"_s, u"--workflow"_s,
                                                 u"nightly"_s, u"--stage"_s, u"load"_s, u"--job"_s,
                                                 u"j"_s, u"--tag"_s, u"a"_s, u"--tag"_s, u"b"_s},
        u"printf 'one\\n\\ttwo\\r\\n'; echo bad >&2; printf rest"_s));
    QVERIFY2(run.code == 0, run.errors.constData());
    QCOMPARE(run.output, "one\n\ttwo\r\nrest"_ba);
    QCOMPARE(run.errors, "bad\n"_ba);
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 6);

    const QList<QJsonObject> records = recordsOf(folder);
    QCOMPARE(records.size(), 6);
    QCOMPARE(records.first()["message"_L1].toString(), u"run started"_s);
    QCOMPARE(records.first()["metadata"_L1]["command"_L1].toString(), u"sh"_s);
    const QJsonObject last = records.last();
    QCOMPARE(last["message"_L1].toString(), u"run ended with exit code 0"_s);
    QCOMPARE(last["metadata"_L1]["exit_code"_L1].toInt(-1), 0);
    QVERIFY(last["duration_ms"_L1].toDouble() > 0);
    QStringList outputs;
    for (const QJsonObject &record : records) {
        QCOMPARE(record["run_id"_L1].toString(), u"r1"_s);
        QCOMPARE(record["workflow_name"_L1].toString(), u"nightly"_s);
        QCOMPARE(record["stage_name"_L1].toString(), u"load"_s);
        QCOMPARE(record["job_name"_L1].toString(), u"j"_s);
        QCOMPARE(record["tags"_L1].toArray(), (QJsonArray{u"a"_s, u"b"_s}));
        const QString mode = record["mode"_L1].toString();
        if (mode == "stderr"_L1)
            QCOMPARE(record["level"_L1].toString(), u"info"_s);
        if (mode == "stdout"_L1)
            outputs.append(record["message"_L1].toString());
    }
    QCOMPARE(outputs, (QStringList{u"one"_s, u"\ttwo"_s, u"rest"_s}));
}

void TstForwarderRun::takesJsonLinesAsRecords()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString file =
        folder.write(u"out"_s, R"({"level":"warning","message":"hot","stage_name":"own"})"
                               "\n"
                               R"({"message":"inner","run_id":"other"})"
                               "\n{broken\n"_ba);
    const CommandResult run = runForwarder(
        shell(folder,
              folder.to(practice.port()) + QStringList{u"--run-id"_s, u"r1"_s, u"--stage"_s,
                                                       u"load"_s, u"--stderr-level"_s, u"debug"_s},
              u"cat '%1'; cat '%1' >&2"_s.arg(file)));
    QCOMPARE(run.code, 0);
    QList<QJsonObject> fromOut;
    QList<QJsonObject> fromErr;
    const QList<QJsonObject> all = recordsOf(folder);
    for (const QJsonObject &record : all) {
        if (record["mode"_L1] == u"stdout"_s)
            fromOut.append(record);
        else if (record["mode"_L1] == u"stderr"_s)
            fromErr.append(record);
    }
    QCOMPARE(valuesOf(fromOut, "level"_L1), (QStringList{u"warning"_s, u"info"_s, u"info"_s}));
    QCOMPARE(valuesOf(fromErr, "level"_L1), (QStringList{u"warning"_s, u"info"_s, u"debug"_s}));
    QCOMPARE(valuesOf(fromOut, "message"_L1), (QStringList{u"hot"_s, u"inner"_s, u"{broken"_s}));
    QCOMPARE(valuesOf(fromOut, "stage_name"_L1), (QStringList{u"own"_s, u"load"_s, u"load"_s}));
    QCOMPARE(valuesOf(fromOut, "run_id"_L1), (QStringList{u"r1"_s, u"other"_s, u"r1"_s}));
    QCOMPARE(valuesOf(fromOut, "parent_run_id"_L1), (QStringList{{}, u"r1"_s, {}}));
}

void TstForwarderRun::endsAsTheCommand_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<int>("code");
    QTest::newRow("exit code") << QStringList{u"sh"_s, u"-c"_s, u"exit 77"_s} << 77;
    QTest::newRow("signal") << QStringList{u"sh"_s, u"-c"_s, u"kill -KILL $$"_s} << 128 + SIGKILL;
    QTest::newRow("not found") << QStringList{u"trace-no-such-command"_s} << 127;
    QTest::newRow("no program") << QStringList{u"/etc/passwd"_s} << 126;
    QTest::newRow("options that look like ours")
        << QStringList{u"sh"_s, u"-c"_s, u"test \"$1\" = --help"_s, u"sh"_s, u"--help"_s} << 0;
}

void TstForwarderRun::endsAsTheCommand()
{
    QFETCH(QStringList, command);
    QFETCH(int, code);
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const CommandResult run = folder.run(QStringList{u"run"_s} + folder.to(practice.port()) +
                                         QStringList{u"--"_s} + command);
    QCOMPARE(run.code, code);
    // However it ended, the run tells.
    const QList<QJsonObject> records = recordsOf(folder);
    QVERIFY(!records.isEmpty());
    QCOMPARE(records.last()["level"_L1].toString(), code == 0 ? u"info"_s : u"error"_s);
    QCOMPARE(practice.summary()["records"_L1].toInteger(), records.size());
}

void TstForwarderRun::letsTheCommandRead()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QProcess process;
    process.start(forwarderProgram, shell(folder, folder.to(practice.port()), u"cat"_s));
    QVERIFY(process.waitForStarted());
    // Each line comes through while the command still runs.
    for (const QByteArray &line : {"first\n"_ba, "second\n"_ba}) {
        process.write(line);
        QTRY_VERIFY(process.canReadLine());
        QCOMPARE(process.readLine(), line);
    }
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 0);
}

void TstForwarderRun::forwardsSignals()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QProcess process;
    process.start(
        forwarderProgram,
        shell(folder, folder.to(practice.port()),
              u"trap 'echo caught; exit 9' TERM; echo ready; while :; do read x; done"_s));
    QVERIFY(process.waitForStarted());
    QTRY_VERIFY(process.canReadLine());
    QCOMPARE(process.readLine(), "ready\n"_ba);
    process.terminate();
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.readAllStandardOutput(), "caught\n"_ba);
    QCOMPARE(process.exitCode(), 9);
    QCOMPARE(recordsOf(folder).last()["metadata"_L1]["exit_code"_L1].toInt(), 9);
}

void TstForwarderRun::doesNotMindADeadEndpoint()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    QElapsedTimer clock;
    clock.start();
    const CommandResult run = runForwarder(
        shell(folder, folder.to(port) + QStringList{u"--timeout"_s, u"0.5"_s}, u"echo done"_s));
    QVERIFY(clock.elapsed() < 5000);
    QCOMPARE(run.code, 0);
    QCOMPARE(run.output, "done\n"_ba);
    QCOMPARE(run.errors.count('\n'), 1);
    QVERIFY2(run.errors.contains("3 record(s) wait"), run.errors.constData());
    const PracticeProcess practice({}, port);
    QCOMPARE(folder.run({u"drain"_s}).code, 0);
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 3);
}

void TstForwarderRun::runsBesideAHolderOfTheJournal()
{
    const ForwarderFolder folder;
    PracticeProcess practice;
    QProcess holder; // Waits for its standard input.
    holder.start(forwarderProgram,
                 folder.arguments(QStringList{u"send"_s} + folder.to(practice.port()) +
                                  QStringList{u"-"_s}));
    QVERIFY(holder.waitForStarted());
    holder.write("first\n");
    QTRY_COMPARE(practice.summary()["records"_L1].toInteger(), 1);

    const CommandResult run =
        runForwarder(shell(folder, folder.to(practice.port()), u"echo done"_s));
    QCOMPARE(run.code, 0);
    QCOMPARE(run.output, "done\n"_ba);
    QCOMPARE(run.errors, QByteArray());
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 4);
    const QDir own(folder.journal() + u"/runs"_s);
    QVERIFY(own.isEmpty()); // all was delivered

    practice.stop();
    const CommandResult kept = runForwarder(
        shell(folder, folder.to(practice.port()) + QStringList{u"--timeout"_s, u"0.2"_s},
              u"echo done"_s));
    QCOMPARE(kept.code, 0);
    QVERIFY2(kept.errors.contains("/runs/"), kept.errors.constData());
    QCOMPARE(QDir(own.path()).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(), 1);
    holder.kill();
    holder.waitForFinished();
}

void TstForwarderRun::refusesWrongArguments()
{
    const ForwarderFolder folder;
    const QString proof = folder.path(u"ran"_s);
    QCOMPARE(folder.run({u"run"_s}).code, 2);
    QCOMPARE(folder.run({u"run"_s, u"touch"_s, proof}).code, 2); // without the dashes
    QCOMPARE(folder.run({u"run"_s, u"--endpoint"_s, u"no"_s, u"--"_s, u"touch"_s, proof}).code, 2);
    QVERIFY(!QFile::exists(proof));
}

QTEST_GUILESS_MAIN(TstForwarderRun)
#include "tst_forwarderrun.moc"
