// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

using namespace Qt::StringLiterals;
using namespace trace;

class TstForwarderFailed final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void parksWhenRetriesAreUsedUpAndReplays();
    void parksOnlyTheRecordThatIsRefused();
    void discardedBatchIsCounted();
    void killedReplayMayHaveArrived();
    void tellsHowManyAReplayDelivered();
    void tellsInWordsHowManyAReplayDelivered();
    void replaysToAnEndpointThatOnlyTheCommandLineNames_data();
    void replaysToAnEndpointThatOnlyTheCommandLineNames();
};

namespace {

//! Parks so many records for the endpoint at \a port, where nobody listens.
CommandResult park(const ForwarderFolder &folder, quint16 port, qint64 count)
{
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    return folder.run(
        QStringList{u"send"_s} + folder.to(port) +
        QStringList{u"--on-exhausted"_s, u"park"_s, u"--max-retries"_s, u"1"_s, file});
}

} // namespace

void TstForwarderFailed::parksWhenRetriesAreUsedUpAndReplays()
{
    constexpr qint64 count = 500;
    const ForwarderFolder folder;
    PracticeProcess down(u"500"_s);
    QVERIFY(down.port() != 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);

    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(down.port()) +
                   QStringList{u"--on-exhausted"_s, u"park"_s, u"--max-retries"_s, u"1"_s, file});
    QCOMPARE(sent.code, 3);
    QCOMPARE(sent.inLedger("failed"), count);
    QVERIFY(sent.isBalanced());

    const QJsonArray failed = folder.failedBatches();
    QVERIFY(!failed.isEmpty());
    QStringList ids;
    qint64 records = 0;
    for (const QJsonValue &batch : failed) {
        ids.append(QString::number(batch["id"_L1].toInteger()));
        records += batch["records"_L1].toInteger();
        QVERIFY(!batch["reason"_L1].toString().isEmpty());
        QCOMPARE(batch["status"_L1].toInt(), 500);
        QCOMPARE(batch["attempts"_L1].toArray().size(), 1);
        QCOMPARE(batch["attempts"_L1][0]["status"_L1].toInt(), 500);
        QCOMPARE(batch["state"_L1].toString(), u"parked"_s);
    }
    QCOMPARE(records, count);

    const quint16 port = down.port();
    down.stop();
    const PracticeProcess up({}, port);
    QCOMPARE(up.port(), port);
    const CommandResult replayed = folder.run(QStringList{u"failed"_s, u"replay"_s} + ids);
    QVERIFY2(replayed.code == 0, (replayed.output + replayed.errors).constData());
    QVERIFY(up.hasEachOnce(count));
    QCOMPARE(folder.failedBatches(), QJsonArray());
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.inLedger("delivered"), count);
    QCOMPARE(status.inLedger("failed"), 0);
    QVERIFY(status.isBalanced());

    // What was replayed is not sent a second time.
    const CommandResult again = folder.run(QStringList{u"failed"_s, u"replay"_s} + ids);
    QCOMPARE(again.code, 2);
    QVERIFY2(again.errors.contains("no failed batch"), again.errors.constData());
    QVERIFY(up.hasEachOnce(count));
}

void TstForwarderFailed::parksOnlyTheRecordThatIsRefused()
{
    constexpr qint64 count = 1000;
    const ForwarderFolder folder;
    PracticeProcess strict(u"reject=record 617"_s);
    QVERIFY(strict.port() != 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);

    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(strict.port()) + QStringList{file});
    QCOMPARE(sent.code, 3);
    QCOMPARE(sent.inLedger("delivered"), count - 1);
    QCOMPARE(sent.inLedger("failed"), 1);
    QVERIFY(sent.isBalanced());
    const QJsonObject arrived = strict.ids();
    QCOMPARE(arrived["distinct"_L1].toInteger(), count - 1);
    QCOMPARE(arrived["duplicates"_L1].toInteger(-1), 0);

    const QJsonArray failed = folder.failedBatches();
    QCOMPARE(failed.size(), 1);
    QCOMPARE(failed[0]["status"_L1].toInt(), 400);
    QCOMPARE(failed[0]["records"_L1].toInt(), 1);
    QVERIFY(!failed[0]["reason"_L1].toString().isEmpty());
    const QString id = QString::number(failed[0]["id"_L1].toInteger());
    const CommandResult shown = folder.run({u"failed"_s, u"show"_s, id});
    QCOMPARE(shown.code, 0);
    QCOMPARE(shown.json()["content"_L1][0]["metadata"_L1]["id"_L1].toInt(), 617);
    for (const QString &command : {u"show"_s, u"replay"_s, u"discard"_s, u"export"_s})
        QCOMPARE(folder.run({u"failed"_s, command, u"999"_s}).code, 2); // no such batch

    // As long as the service refuses it, a replay leaves it where it was.
    const CommandResult refused = folder.run({u"failed"_s, u"replay"_s, id});
    QCOMPARE(refused.code, 3);
    QCOMPARE(folder.failedBatches().size(), 1);

    const quint16 port = strict.port();
    strict.stop();
    const PracticeProcess lenient({}, port);
    QCOMPARE(lenient.port(), port);
    const CommandResult replayed = folder.run({u"failed"_s, u"replay"_s, u"--all"_s});
    QVERIFY2(replayed.code == 0, (replayed.output + replayed.errors).constData());
    const QJsonObject ids = lenient.ids();
    QCOMPARE(ids["distinct"_L1].toInteger(), 1);
    QCOMPARE(ids["minimum"_L1].toInteger(), 617);
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.inLedger("delivered"), count);
    QVERIFY(status.isBalanced());
}

void TstForwarderFailed::discardedBatchIsCounted()
{
    constexpr qint64 count = 100;
    const ForwarderFolder folder;
    const PracticeProcess strict(u"reject=record 42"_s);
    QVERIFY(strict.port() != 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(strict.port()) + QStringList{file});
    QCOMPARE(sent.code, 3);

    QCOMPARE(folder.run({u"failed"_s, u"discard"_s, u"--all"_s, u"--yes"_s}).code, 0);
    QCOMPARE(folder.failedBatches(), QJsonArray());
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.inLedger("failed"), 0);
    QCOMPARE(status.ledger()["discarded"_L1]["operator"_L1].toInteger(), 1);
    QVERIFY(status.isBalanced());
}

void TstForwarderFailed::killedReplayMayHaveArrived()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    QCOMPARE(park(folder, port, 10).code, 3);
    QVERIFY(!folder.failedBatches()[0]["may_have_arrived"_L1].toBool());

    const PracticeProcess silent(u"timeout"_s, port); // takes it and never answers
    QProcess replaying;
    replaying.start(forwarderProgram, folder.arguments({u"failed"_s, u"replay"_s, u"--all"_s}));
    QTRY_VERIFY(silent.summary()["requests"_L1].toInteger() > 0);
    replaying.kill();
    QVERIFY(replaying.waitForFinished());

    QCOMPARE(folder.run({u"drain"_s}).code, 0); // the next to open it for writing
    const QJsonArray failed = folder.failedBatches();
    QCOMPARE(failed.size(), 1);
    QCOMPARE(failed[0]["state"_L1].toString(), u"parked"_s);
    QVERIFY(failed[0]["may_have_arrived"_L1].toBool());
}

void TstForwarderFailed::tellsHowManyAReplayDelivered()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    QCOMPARE(park(folder, port, 40).code, 3);
    const PracticeProcess strict(u"reject=record 3"_s, port); // and 30 to 39
    const CommandResult replayed = folder.run({u"failed"_s, u"replay"_s, u"--all"_s});
    QCOMPARE(replayed.code, 3);
    const QJsonValue batch = replayed.json()["replayed"_L1][0];
    QCOMPARE(batch["delivered"_L1].toBool(true), false);
    QCOMPARE(batch["records"_L1].toInteger(), 40);
    QCOMPARE(batch["delivered_records"_L1].toInteger(), 29);
    QCOMPARE(folder.failedBatches()[0]["records"_L1].toInteger(), 11);
}

void TstForwarderFailed::tellsInWordsHowManyAReplayDelivered()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    QCOMPARE(park(folder, port, 40).code, 3);
    const PracticeProcess strict(u"reject=record 3"_s, port);
    QStringList arguments = folder.arguments({u"failed"_s, u"replay"_s, u"--all"_s});
    arguments.removeAll(u"--json"_s);
    for (const char *words :
         {": 29 of 40 record(s) delivered, 11 not: ", ": not delivered (0 of 11 record(s)): "}) {
        const CommandResult replayed = runForwarder(arguments);
        QCOMPARE(replayed.code, 3);
        QVERIFY2(replayed.output.contains(words), replayed.output.constData());
    }
}

void TstForwarderFailed::replaysToAnEndpointThatOnlyTheCommandLineNames_data()
{
    QTest::addColumn<bool>("isNamed");
    QTest::newRow("named again, with a key") << true;
    QTest::newRow("known to the journal") << false;
}

void TstForwarderFailed::replaysToAnEndpointThatOnlyTheCommandLineNames()
{
    QFETCH(bool, isNamed);
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    QCOMPARE(park(folder, port, 10).code, 3);
    const PracticeProcess up({}, port);
    qputenv("TRACE_TEST_KEY", "some-key");
    const QStringList target =
        folder.to(port) + QStringList{u"--api-key"_s, u"env:TRACE_TEST_KEY"_s};
    const CommandResult replayed = folder.run(QStringList{u"failed"_s, u"replay"_s, u"--all"_s} +
                                              (isNamed ? target : QStringList()));
    QVERIFY2(replayed.code == 0, (replayed.output + replayed.errors).constData());
    QVERIFY(up.hasEachOnce(10));
    QCOMPARE(folder.failedBatches(), QJsonArray());
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.inLedger("accepted"), 10); // no copy
    QCOMPARE(status.inLedger("delivered"), 10);
}

QTEST_GUILESS_MAIN(TstForwarderFailed)
#include "tst_forwarderfailed.moc"
