// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/journal/journal.h"
#include "core/journal/journalreader.h"
#include "tests/app/forwarderprocess.h"

#include <QElapsedTimer>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

CommandResult runPlainly(const ForwarderFolder &folder, const QStringList &command)
{
    QStringList arguments = folder.arguments(command);
    arguments.removeAll(u"--json"_s);
    return runForwarder(arguments);
}

QJsonObject statusOf(const ForwarderFolder &folder)
{
    return folder.run({u"status"_s}).json()["endpoints"_L1].toArray().at(0).toObject();
}

} // namespace

//! Why an endpoint does not deliver: told at once, and by another process too.
class TstForwarderHeld final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhy_data();
    void saysWhy();
    void honoursAPause_data();
    void honoursAPause();
    void hasThreeStates();
    void tellsOfWhatWasTriedOnce_data();
    void tellsOfWhatWasTriedOnce();
    void blamesNoEndpointForAMistakeInTheConfiguration();
    void namesTheAddressThatIsConfigured();
    void advisesToBringBackAListThatIsMissing();
    void advisesOnlyWhatCanBeDoneHere();
};

void TstForwarderHeld::saysWhy_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("faults");
    QTest::addColumn<QByteArray>("word"); // What must be named.
    QTest::addColumn<QString>("kind");
    QTest::newRow("unset variable")
        << u"env:TRACE_TST_UNSET"_s << QString() << "TRACE_TST_UNSET"_ba << u"variable_unset"_s;
    QTest::newRow("missing file") << u"file:/nowhere/key"_s << QString() << "/nowhere/key"_ba
                                  << u"file_unreadable"_s;
    QTest::newRow("refused key") << u"env:TRACE_TST_KEY"_s << u"401"_s << "env:TRACE_TST_KEY"_ba
                                 << u"key_refused"_s;
}

void TstForwarderHeld::saysWhy()
{
    QFETCH(QString, key);
    QFETCH(QString, faults);
    QFETCH(QByteArray, word);
    QFETCH(QString, kind);
    qputenv("TRACE_TST_KEY", "s3cret-key");
    const ForwarderFolder folder;
    const PracticeProcess practice(faults);
    const QString records = folder.writeRecords(u"r"_s, 3);
    QCOMPARE(folder
                 .run(QStringList{u"endpoint"_s, u"add"_s, u"a"_s} +
                      ForwarderFolder::to(practice.port()) + QStringList{u"--api-key"_s, key})
                 .code,
             0);
    for (const QStringList &command : {QStringList{u"send"_s, records}, QStringList{u"drain"_s}}) {
        const CommandResult held = runPlainly(folder, command);
        QCOMPARE(held.code, 4);
        QVERIFY2(held.errors.contains(word), held.errors.constData());
    }
    // Nobody holds the journal now.
    const QJsonObject endpoint = statusOf(folder);
    QCOMPARE(endpoint["reason"_L1]["kind"_L1].toString(), kind);
    QCOMPARE(endpoint["state"_L1].toString(), u"held (authentication)"_s);
    QCOMPARE(endpoint["health"_L1].toString(), u"trouble"_s);
    QVERIFY(!endpoint["since"_L1].toString().isEmpty());
    const CommandResult status = runPlainly(folder, {u"status"_s});
    QVERIFY2(status.output.contains(word), status.output.constData());
    QVERIFY2(status.output.contains("in trouble"), status.output.constData());
    QVERIFY(!status.output.contains("got none"));
}

void TstForwarderHeld::honoursAPause_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::newRow("send") << QStringList{u"send"_s};
    QTest::newRow("drain") << QStringList{u"drain"_s};
    QTest::newRow("run") << QStringList{u"run"_s, u"--"_s, u"echo"_s, u"done"_s};
}

void TstForwarderHeld::honoursAPause()
{
    QFETCH(QStringList, command);
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QStringList add{u"endpoint"_s, u"add"_s, u"a"_s};
    QCOMPARE(folder.run(add + ForwarderFolder::to(practice.port())).code, 0);
    const QString records = folder.writeRecords(u"r"_s, 3);
    QCOMPARE(folder.run({u"send"_s, records}).code, 0);
    if (command.first() == u"send"_s)
        command.append(folder.writeRecords(u"more"_s, 2, 3));
    const auto setPaused = [&](bool paused) {
        const auto journal = Journal::open(folder.journal());
        QVERIFY2(journal, "nobody else holds it");
        (*journal)->setPaused(1, paused, [](const std::optional<Error> &) {});
    };
    if (command.first() == u"drain"_s) { // Something must wait.
        const CommandResult sent =
            folder.run({u"endpoint"_s, u"set"_s, u"a"_s, u"url=http://127.0.0.1:1/"_s});
        QCOMPARE(sent.code, 0);
        QCOMPARE(folder.run({u"send"_s, u"--timeout"_s, u"0.1"_s, records}).code, 4);
        QCOMPARE(folder
                     .run({u"endpoint"_s, u"set"_s, u"a"_s,
                           u"url=http://127.0.0.1:%1/logs"_s.arg(practice.port())})
                     .code,
                 0);
    }
    setPaused(true);
    QElapsedTimer clock;
    clock.start();
    const CommandResult paused = runPlainly(folder, command);
    const bool isRun = command.first() == u"run"_s; // Its exit code is the command's.
    QCOMPARE(paused.code, isRun ? 0 : 4);
    QVERIFY2((paused.output + paused.errors).contains("paused by the operator"),
             (paused.output + paused.errors).constData());
    QVERIFY2(clock.elapsed() < 9000, "nothing is waited for");
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 3);
    QVERIFY(statusOf(folder)["paused"_L1].toBool());
    QCOMPARE(statusOf(folder)["health"_L1].toString(), u"trouble"_s);
    setPaused(false);
    QCOMPARE(folder.run({u"drain"_s}).code, 0);
    QVERIFY(practice.summary()["records"_L1].toInteger() > 3);
}

void TstForwarderHeld::hasThreeStates()
{
    const ForwarderFolder folder;
    PracticeProcess practice;
    const QString empty = folder.write(u"empty"_s, "");
    const QStringList to = ForwarderFolder::to(practice.port());
    QCOMPARE(folder.run(QStringList{u"send"_s} + to + QStringList{empty}).code, 0);
    QCOMPARE(statusOf(folder)["health"_L1].toString(), u"untried"_s);
    QVERIFY(runPlainly(folder, {u"status"_s}).output.contains("not tried yet"));
    const QStringList send =
        QStringList{u"send"_s} + to + QStringList{folder.writeRecords(u"r"_s, 2)};
    QCOMPARE(folder.run(send).code, 0);
    QCOMPARE(statusOf(folder)["health"_L1].toString(), u"ok"_s);
    QVERIFY(!statusOf(folder)["last_success"_L1].toString().isEmpty());
    practice.stop();
    QCOMPARE(
        folder.run(send + QStringList{u"--timeout"_s, u"0.2"_s, u"--max-retries"_s, u"1"_s}).code,
        4);
    QCOMPARE(statusOf(folder)["health"_L1].toString(), u"trouble"_s);
    QCOMPARE(statusOf(folder)["state"_L1].toString(), u"suspended"_s);
    QCOMPARE(statusOf(folder)["reason"_L1]["kind"_L1].toString(), u"no_answer"_s);
}

void TstForwarderHeld::tellsOfWhatWasTriedOnce_data()
{
    QTest::addColumn<QString>("faults");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("problem");
    QTest::newRow("no answer") << u"drop"_s << u"closed"_s << QString();
    QTest::newRow("unavailable") << u"503"_s << u"unavailable"_s << u"HTTP 503: a practice fault"_s;
    QTest::newRow("throttled") << u"429"_s << u"throttled"_s << u"HTTP 429: a practice fault"_s;
}

//! It ended before the endpoint was suspended; that is "not tried yet" no more, nor without a word.
void TstForwarderHeld::tellsOfWhatWasTriedOnce()
{
    QFETCH(QString, faults);
    QFETCH(QString, kind);
    QFETCH(QString, problem);
    const ForwarderFolder folder;
    const PracticeProcess practice(faults);
    const QStringList send{u"send"_s,          u"--timeout"_s, u"0.3"_s,
                           u"--max-retries"_s, u"100"_s,       folder.writeRecords(u"r"_s, 2)};
    QCOMPARE(folder.run(send + ForwarderFolder::to(practice.port())).code, 4);
    const QJsonObject endpoint = statusOf(folder);
    QCOMPARE(endpoint["health"_L1].toString(), u"trouble"_s);
    QCOMPARE(endpoint["state"_L1].toString(), u"backing off"_s);
    QCOMPARE(endpoint["reason"_L1]["kind"_L1].toString(), kind);
    QVERIFY(!endpoint["since"_L1].toString().isEmpty());
    if (!problem.isEmpty())
        QCOMPARE(endpoint["problem"_L1].toString(), problem);
}

void TstForwarderHeld::blamesNoEndpointForAMistakeInTheConfiguration()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QStringList add{u"endpoint"_s, u"add"_s, u"a"_s};
    QCOMPARE(folder.run(add + ForwarderFolder::to(practice.port())).code, 0);
    QCOMPARE(folder.run({u"send"_s, folder.writeRecords(u"r"_s, 2)}).code, 0);
    folder.write(u"config/endpoints.json"_s, "{");
    const CommandResult status = runPlainly(folder, {u"status"_s});
    QCOMPARE(status.code, 0);
    QVERIFY2(!status.output.contains("not configured") && !status.output.contains("discard-"),
             status.output.constData());
    QVERIFY2(status.errors.contains("endpoints.json"), status.errors.constData());
    QCOMPARE(statusOf(folder)["health"_L1].toString(), u"ok"_s);
    QVERIFY(statusOf(folder)["configured"_L1].toBool());
}

void TstForwarderHeld::namesTheAddressThatIsConfigured()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QStringList add{u"endpoint"_s, u"add"_s, u"a"_s};
    QCOMPARE(folder.run(add + ForwarderFolder::to(practice.port())).code, 0);
    QCOMPARE(folder.run({u"send"_s, folder.writeRecords(u"r"_s, 2)}).code, 0);
    const QString other = u"http://127.0.0.1:1/other"_s;
    QCOMPARE(folder.run({u"endpoint"_s, u"set"_s, u"a"_s, u"url="_s + other}).code, 0);
    QCOMPARE(statusOf(folder)["url"_L1].toString(), other);
    const QByteArray plain = runPlainly(folder, {u"status"_s}).output;
    QVERIFY2(plain.contains(other.toUtf8()), plain.constData());
}

//! And not to give up what it named.
void TstForwarderHeld::advisesToBringBackAListThatIsMissing()
{
    const ForwarderFolder folder;
    const QStringList add{u"endpoint"_s, u"add"_s, u"a"_s};
    QCOMPARE(folder.run(add + ForwarderFolder::to(unusedPort())).code, 0);
    QCOMPARE(folder.run({u"send"_s, u"--timeout"_s, u"0.2"_s, folder.writeRecords(u"r"_s, 2)}).code,
             4);
    QVERIFY(QFile::remove(folder.path(u"config/endpoints.json"_s)));
    for (const auto *command : {"status", "drain"}) {
        const CommandResult told = runPlainly(folder, {QString::fromLatin1(command)});
        QVERIFY2(!told.output.contains("discard-waiting"), told.output.constData());
        QVERIFY2(told.output.contains("list of endpoints is missing"), told.output.constData());
        QVERIFY2(told.output.contains("Bring it back"), told.output.constData());
    }
    QCOMPARE(statusOf(folder)["reason"_L1]["kind"_L1].toString(), u"list_missing"_s);
    QCOMPARE(statusOf(folder)["health"_L1].toString(), u"trouble"_s);
}

void TstForwarderHeld::advisesOnlyWhatCanBeDoneHere()
{
    const ForwarderFolder folder;
    const QStringList to = ForwarderFolder::to(unusedPort());
    QCOMPARE(folder
                 .run(QStringList{u"send"_s, u"--timeout"_s, u"0.2"_s, u"--max-retries"_s, u"1"_s,
                                  folder.writeRecords(u"r"_s, 2)} +
                      to)
                 .code,
             4);
    for (const QStringList &command :
         {QStringList{u"status"_s}, QStringList{u"drain"_s, u"--timeout"_s, u"0.2"_s} + to}) {
        const CommandResult told = runPlainly(folder, command);
        const QByteArray text = told.output + told.errors;
        QVERIFY2(!text.contains("etry now"), text.constData());
        QVERIFY2(text.contains("/journal' drain"), text.constData());
    }
}

QTEST_GUILESS_MAIN(TstForwarderHeld)
#include "tst_forwarderheld.moc"
