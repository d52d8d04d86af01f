// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

using namespace trace;
using namespace Qt::StringLiterals;

class TestForwarderRuns final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsWhereTheRecordsOfEachRunAre();
    void showsOneRun();
    void refusesAnUnknownRun();

private:
    //! 40 records of four runs in turn; one of run-1 is refused.
    static void send(const ForwarderFolder &folder);
};

void TestForwarderRuns::send(const ForwarderFolder &folder)
{
    const PracticeProcess practice(u"reject=record 17"_s);
    QVERIFY(practice.port() != 0);
    const QString file = folder.writeRecords(u"records.ndjson"_s, 40);
    const CommandResult sent =
        folder.run(QStringList{u"send"_s, file} + ForwarderFolder::to(practice.port()));
    QVERIFY2(sent.code == 3, sent.errors.constData());
}

void TestForwarderRuns::showsWhereTheRecordsOfEachRunAre()
{
    const ForwarderFolder folder;
    send(folder);
    const QJsonObject whole = folder.run({u"status"_s}).ledger();
    const CommandResult runs = folder.run({u"runs"_s});
    QCOMPARE(runs.code, 0);
    const QJsonArray list = runs.json()["runs"_L1].toArray();
    QCOMPARE(list.size(), 4);
    QHash<QString, qint64> sums;
    for (const QJsonValue &run : list) {
        const QJsonArray endpoints = run["endpoints"_L1].toArray();
        QCOMPARE(endpoints.size(), 1);
        const QJsonObject ledger = endpoints[0]["ledger"_L1].toObject();
        QVERIFY(ledger["balanced"_L1].toBool());
        QCOMPARE(ledger["accepted"_L1].toInteger(), 10);
        const bool isStruck = run["run_id"_L1].toString() == u"run-1";
        QCOMPARE(ledger["failed"_L1].toInteger(), isStruck ? 1 : 0);
        QCOMPARE(ledger["delivered"_L1].toInteger(), isStruck ? 9 : 10);
        for (const char *member : {"accepted", "delivered", "waiting", "failed"})
            sums[QLatin1String(member)] += ledger[QLatin1String(member)].toInteger();
    }
    for (auto sum = sums.cbegin(); sum != sums.cend(); ++sum)
        QCOMPARE(sum.value(), whole[sum.key()].toInteger());
}

void TestForwarderRuns::showsOneRun()
{
    const ForwarderFolder folder;
    send(folder);
    const CommandResult shown =
        runForwarder({u"--config"_s, folder.path(u"config"_s), u"--journal"_s, folder.journal(),
                      u"runs"_s, u"run-2"_s});
    QCOMPARE(shown.code, 0);
    const QList<QByteArray> lines = shown.output.trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    QVERIFY2(lines[0].startsWith("run-2  nightly"), shown.output.constData());
    QVERIFY2(lines[1].contains(": accepted 10 = delivered 10 + "), shown.output.constData());
    const QJsonArray list = folder.run({u"runs"_s, u"run-2"_s}).json()["runs"_L1].toArray();
    QCOMPARE(list.size(), 1);
    QCOMPARE(list[0]["run_id"_L1].toString(), u"run-2"_s);
}

void TestForwarderRuns::refusesAnUnknownRun()
{
    const ForwarderFolder folder;
    send(folder);
    const CommandResult shown = folder.run({u"runs"_s, u"run-9"_s});
    QCOMPARE(shown.code, 1);
    QCOMPARE(shown.output, QByteArray());
    QVERIFY2(shown.errors.contains("run-9"), shown.errors.constData());
}

QTEST_GUILESS_MAIN(TestForwarderRuns)
#include "tst_forwarderruns.moc"
