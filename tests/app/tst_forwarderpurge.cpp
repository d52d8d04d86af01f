// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

using namespace Qt::StringLiterals;
using namespace trace;

class TstForwarderPurge final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void removesARunThatWaitsAndDeliversTheRest();
    void removesWhatIsOlder();
    void refusesWhatIsUnclear_data();
    void refusesWhatIsUnclear();
};

void TstForwarderPurge::removesARunThatWaitsAndDeliversTheRest()
{
    constexpr qint64 count = 400; // of four runs in turn
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    QCOMPARE(folder
                 .run(QStringList{u"send"_s} + folder.to(port) +
                      QStringList{u"--timeout"_s, u"0.2"_s, file})
                 .code,
             4);
    const CommandResult trial = folder.run({u"purge"_s, u"--run"_s, u"run-0"_s, u"--dry-run"_s});
    QCOMPARE(trial.code, 0);
    QCOMPARE(trial.json()["records"_L1].toInt(), 100);
    QCOMPARE(folder.run({u"status"_s}).inLedger("waiting"), count);

    QCOMPARE(folder.run({u"purge"_s, u"--run"_s, u"run-0"_s}).code, 2); // nobody to ask
    const CommandResult unknown = folder.run({u"purge"_s, u"--run"_s, u"nobody"_s, u"--yes"_s});
    QCOMPARE(unknown.code, 2);
    QVERIFY2(unknown.errors.contains("nobody"), unknown.errors.constData());
    const CommandResult purged = folder.run({u"purge"_s, u"--run"_s, u"run-0"_s, u"--yes"_s});
    QVERIFY2(purged.code == 0, purged.errors.constData());
    QCOMPARE(purged.json()["records"_L1].toInt(), 100);
    QCOMPARE(purged.json()["discarded"_L1][0]["waiting"_L1].toInt(), 100);
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.inLedger("accepted"), count);
    QCOMPARE(status.inLedger("waiting"), count - 100);
    QCOMPARE(status.ledger()["discarded"_L1]["operator"_L1].toInteger(), 100);
    QVERIFY(status.isBalanced());
    QVERIFY(!folder.run({u"records"_s}).output.contains("run-0"));
    QVERIFY(!folder.run({u"runs"_s}).output.contains("run-0"));

    const PracticeProcess practice({}, port);
    const CommandResult drained = folder.run({u"drain"_s});
    QVERIFY2(drained.code == 0, drained.errors.constData());
    QCOMPARE(drained.errors, QByteArray());
    QCOMPARE(drained.inLedger("delivered"), count - 100);
    QVERIFY(drained.isBalanced());
    const QJsonObject ids = practice.ids();
    QCOMPARE(ids["distinct"_L1].toInteger(), count - 100);
    QCOMPARE(ids["duplicates"_L1].toInteger(-1), 0);
    QCOMPARE(ids["minimum"_L1].toInteger(), 1); // 0 is of run-0
}

void TstForwarderPurge::removesWhatIsOlder()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString file =
        folder.write(u"in.ndjson"_s, R"({"timestamp":"2024-01-01T10:00:00Z","message":"old"})"
                                     "\n"
                                     R"({"timestamp":"2024-01-03T10:00:00Z","message":"new"})"
                                     "\n"_ba);
    QCOMPARE(
        folder.run(QStringList{u"send"_s} + folder.to(practice.port()) + QStringList{file}).code,
        0);
    const CommandResult purged =
        folder.run({u"purge"_s, u"--before"_s, u"2024-01-02"_s, u"--yes"_s});
    QVERIFY2(purged.code == 0, purged.errors.constData());
    QCOMPARE(purged.json()["records"_L1].toInt(), 1);
    const QByteArray records = folder.run({u"records"_s}).output;
    QVERIFY(records.contains("new") && !records.contains("old"));
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.inLedger("delivered"), 2);
    QVERIFY(status.isBalanced());
}

void TstForwarderPurge::refusesWhatIsUnclear_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing said") << QStringList{};
    QTest::newRow("no time") << QStringList{u"--before"_s, u"yesterday"_s};
    QTest::newRow("both") << QStringList{u"--run"_s, u"a"_s, u"--before"_s, u"2024-01-01"_s};
}

void TstForwarderPurge::refusesWhatIsUnclear()
{
    QFETCH(QStringList, arguments);
    const ForwarderFolder folder;
    const CommandResult result = folder.run(QStringList{u"purge"_s, u"--yes"_s} + arguments);
    QCOMPARE(result.code, 2);
    QVERIFY(!result.errors.isEmpty());
}

QTEST_GUILESS_MAIN(TstForwarderPurge)
#include "tst_forwarderpurge.moc"
