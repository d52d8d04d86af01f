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
    void namesWhatIsNoJournal_data();
    void namesWhatIsNoJournal();
    void tellsThatTheFolderIsOpen();

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
    QCOMPARE(shown.code, 2);
    QCOMPARE(shown.output, QByteArray());
    QVERIFY2(shown.errors.contains("run-9"), shown.errors.constData());
}

void TestForwarderRuns::namesWhatIsNoJournal_data()
{
    QTest::addColumn<int>(
        "place"); // in the file, where these bytes come to stand; -1: it is emptied
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("emptied") << -1 << QByteArray() << QByteArray("is empty");
    QTest::newRow("no database") << 0 << QByteArray("hello, world") << QByteArray("no journal");
    QTest::newRow("newer") << 60 << QByteArray("\0\0\0\x63", 4) << QByteArray("newer version");
    QTest::newRow("another program's")
        << 68 << QByteArray("\0\0\0\5", 4) << QByteArray("another program");
}

void TestForwarderRuns::namesWhatIsNoJournal()
{
    QFETCH(int, place);
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, told);
    const ForwarderFolder folder;
    send(folder);
    QFile file(folder.journal() + u"/journal.sqlite"_s);
    QVERIFY(file.open(QIODevice::ReadWrite));
    if (place < 0)
        QVERIFY(file.resize(0));
    else
        QVERIFY(file.seek(place) && file.write(bytes) == bytes.size());
    file.close();
    const QString records = folder.writeRecords(u"more.ndjson"_s, 1);
    for (const QStringList &command : {QStringList{u"status"_s}, QStringList{u"records"_s},
                                       QStringList{u"runs"_s}, QStringList{u"failed"_s, u"list"_s},
                                       QStringList{u"send"_s, records} + ForwarderFolder::to(1)}) {
        const CommandResult result = folder.run(command);
        QCOMPARE(result.code, 1);
        QVERIFY2(result.errors.contains(told), result.errors.constData());
    }
}

void TestForwarderRuns::tellsThatTheFolderIsOpen()
{
    const ForwarderFolder folder;
    send(folder);
    QVERIFY(!folder.run({u"status"_s}).errors.contains("is open to other users"));
    QVERIFY(QFile::setPermissions(folder.journal(), QFile::Permissions(0x7755)));
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.code, 0);
    QVERIFY2(status.errors.contains("is open to other users"), status.errors.constData());
}

QTEST_GUILESS_MAIN(TestForwarderRuns)
#include "tst_forwarderruns.moc"
