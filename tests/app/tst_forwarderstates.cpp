// SPDX-License-Identifier: GPL-3.0-or-later
// That each endpoint is in one state, with its reason and its time, whoever tells of it.
#include "core/journal/journal.h"
#include "tests/app/serveprocess.h"

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

QDateTime sinceOf(const QJsonObject &endpoint)
{
    return QDateTime::fromString(endpoint["since"_L1].toString(), Qt::ISODateWithMs);
}

void add(const ForwarderFolder &folder, quint16 port, const QStringList &settings = {})
{
    const QStringList command{u"endpoint"_s, u"add"_s, u"a"_s};
    const CommandResult added = folder.run(command + ForwarderFolder::to(port) + settings);
    QVERIFY2(added.code == 0, added.errors.constData());
}

void setPaused(const ForwarderFolder &folder, bool paused)
{
    const auto journal = Journal::open(folder.journal());
    QVERIFY2(journal, "nobody else holds it");
    (*journal)->setPaused(1, paused, [](const std::optional<Error> &) {});
}

} // namespace

class TstForwarderStates final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsWhatHasNoAnswerYet();
    void tellsWhatWasTriedInVain_data();
    void tellsWhatWasTriedInVain();
    void keepsTheTimeOfAPause();
    void tellsWhenItWasDisabled();
    void hasOneWordForWhatIsNotInUse_data();
    void hasOneWordForWhatIsNotInUse();
    void demonstratesWithoutAConfiguration();
};

void TstForwarderStates::tellsWhatHasNoAnswerYet()
{
    const ForwarderFolder folder;
    const PracticeProcess practice(u"timeout"_s);
    add(folder, practice.port(),
        {u"--set"_s, u"timeout=30"_s, u"--set"_s, u"flush_interval=0.2"_s});
    const ServeProcess serve(folder);
    const QDateTime before = QDateTime::currentDateTimeUtc();
    QCOMPARE(serve.post(recordsFrom(0, 3)) / 100, 2);
    QJsonObject endpoint;
    QTRY_COMPARE((endpoint = statusOf(folder))["health"_L1].toString(), u"trouble"_s);
    QVERIFY2(!endpoint["reason"_L1].isNull(), QJsonDocument(endpoint).toJson().constData());
    QVERIFY(sinceOf(endpoint) >= before);
    // What the request that is on its way is to be told of, not only that records wait.
    QTRY_COMPARE((endpoint = statusOf(folder))["reason"_L1]["kind"_L1].toString(), u"unanswered"_s);
    QVERIFY(sinceOf(endpoint) >= before);
    QVERIFY(endpoint["problem"_L1].toString().contains(u"no answer yet"_s));
}

void TstForwarderStates::tellsWhatWasTriedInVain_data()
{
    QTest::addColumn<bool>("isServed");
    QTest::newRow("send") << false;
    QTest::newRow("serve") << true;
}

void TstForwarderStates::tellsWhatWasTriedInVain()
{
    QFETCH(bool, isServed);
    const ForwarderFolder folder;
    const PracticeProcess practice(u"timeout"_s);
    add(folder, practice.port(),
        {u"--set"_s, u"timeout=30"_s, u"--set"_s, u"flush_interval=0.1"_s});
    CommandResult told;
    if (isServed) {
        ServeProcess serve(folder, {u"--timeout"_s, u"0.5"_s});
        QCOMPARE(serve.post(recordsFrom(0, 3)) / 100, 2);
        told = serve.terminate();
    } else {
        told = runPlainly(
            folder, {u"send"_s, u"--timeout"_s, u"0.5"_s, folder.writeRecords(u"records"_s, 3)});
    }
    QCOMPARE(told.code, 4);
    QVERIFY2(told.errors.contains("no answer within"), told.errors.constData());
    const QJsonObject endpoint = statusOf(folder);
    QCOMPARE(endpoint["health"_L1].toString(), u"trouble"_s);
    QCOMPARE(endpoint["reason"_L1]["kind"_L1].toString(), u"unanswered"_s);
    QVERIFY(endpoint["problem"_L1].toString().contains(u"no answer within"_s));
    QVERIFY(sinceOf(endpoint).isValid());
}

void TstForwarderStates::keepsTheTimeOfAPause()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    add(folder, practice.port());
    QCOMPARE(folder.run({u"send"_s, folder.writeRecords(u"r"_s, 3)}).code, 0);
    const QDateTime before = QDateTime::currentDateTimeUtc();
    setPaused(folder, true);
    const QDateTime after = QDateTime::currentDateTimeUtc();
    const QDateTime since = sinceOf(statusOf(folder));
    QVERIFY(before <= since && since <= after);
    // Not the time at which the one who tells it began.
    const CommandResult sent = folder.run({u"send"_s, folder.writeRecords(u"more"_s, 2, 3)});
    QCOMPARE(sinceOf(sent.json()["endpoints"_L1].toArray().at(0).toObject()), since);
    QCOMPARE(sinceOf(statusOf(folder)), since);
    setPaused(folder, false);
    QVERIFY(!sinceOf(statusOf(folder)).isValid() ||
            statusOf(folder)["reason"_L1]["kind"_L1] != "paused"_L1);
}

//! By who saw it. Another one does not know, and does not make a time up.
void TstForwarderStates::tellsWhenItWasDisabled()
{
    const ForwarderFolder folder;
    const PracticeProcess practice(u"503"_s);
    add(folder, practice.port());
    ServeProcess serve(folder);
    QCOMPARE(serve.post(recordsFrom(0, 3)) / 100, 2);
    QTRY_COMPARE(statusOf(folder)["health"_L1].toString(), u"trouble"_s);
    const QDateTime before = QDateTime::currentDateTimeUtc();
    QCOMPARE(folder.run({u"endpoint"_s, u"set"_s, u"a"_s, u"enabled=false"_s}).code, 0);
    QVERIFY(serve.hasSaid("disabled"));
    const QJsonObject told = serve.terminate().json()["endpoints"_L1].toArray().at(0).toObject();
    QCOMPARE(told["reason"_L1]["kind"_L1].toString(), u"disabled"_s);
    QVERIFY(sinceOf(told) >= before);
    QCOMPARE(statusOf(folder)["reason"_L1]["kind"_L1].toString(), u"disabled"_s);
    QVERIFY(statusOf(folder)["since"_L1].isNull());
}

void TstForwarderStates::hasOneWordForWhatIsNotInUse_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<bool>("waits");
    QTest::addColumn<bool>("isShown");
    const QStringList disable{u"endpoint"_s, u"set"_s, u"a"_s, u"enabled=false"_s};
    const QStringList remove{u"endpoint"_s, u"remove"_s, u"a"_s, u"--yes"_s};
    QTest::newRow("disabled") << disable << false << true;
    QTest::newRow("disabled, something waits") << disable << true << true;
    QTest::newRow("removed") << remove << false << false;
    QTest::newRow("removed, something waits") << remove << true << true;
}

void TstForwarderStates::hasOneWordForWhatIsNotInUse()
{
    QFETCH(QStringList, command);
    QFETCH(bool, waits);
    QFETCH(bool, isShown);
    const ForwarderFolder folder;
    PracticeProcess practice;
    add(folder, practice.port());
    QCOMPARE(folder.run({u"send"_s, folder.writeRecords(u"r"_s, 3)}).code, 0);
    if (waits) {
        practice.stop();
        const CommandResult sent =
            folder.run({u"send"_s, u"--timeout"_s, u"0.2"_s, folder.writeRecords(u"more"_s, 3, 3)});
        QCOMPARE(sent.code, 4);
    }
    QCOMPARE(folder.run(command).code, 0);
    QCOMPARE(statusOf(folder)["health"_L1].toString(), waits ? u"trouble"_s : u"unused"_s);
    const CommandResult status = runPlainly(folder, {u"status"_s});
    QCOMPARE(status.code, 0);
    QCOMPARE(status.output.contains("a (generic"), isShown);
    QCOMPARE(status.output.contains("in trouble"), waits);
    QCOMPARE(status.output.contains("not in use"), isShown && !waits);
    for (const QByteArray &other : {": ok:"_ba, "not tried yet"_ba})
        QVERIFY2(!status.output.contains(other), status.output.constData());
}

void TstForwarderStates::demonstratesWithoutAConfiguration()
{
    const ForwarderFolder folder;
    const CommandResult demo = runForwarder({u"--config"_s, folder.path(u"config"_s), u"demo"_s});
    QVERIFY2(demo.code == 0, demo.errors.constData());
    QVERIFY2(demo.errors.isEmpty(), demo.errors.constData());
    QVERIFY2(demo.output.contains("Practice (Loki) (grafana"), demo.output.constData());
    QVERIFY2(!demo.output.contains("not configured"), demo.output.constData());
}

QTEST_GUILESS_MAIN(TstForwarderStates)
#include "tst_forwarderstates.moc"
