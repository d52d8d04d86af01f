// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <QDir>

#include <tuple>

using namespace Qt::StringLiterals;
using namespace trace;

// What `drain` and `status` say of records that nobody sends.
class TstForwarderDrain final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void refusesAnUnknownEndpoint();
    void refusesAnUnknownAddress_data();
    void refusesAnUnknownAddress();
    void saysHowToDeliverWhatHadNoAnswer();
    void saysWhenNothingWaitsForAnUnknownAddress();
    void tellsOfWhatItCannotSend_data();
    void tellsOfWhatItCannotSend();
    void makesNoJournal_data();
    void makesNoJournal();
    void deliversTheJournalsOfRuns();
    void saysHowToDeliverWhatWaits();
    void tellsOfAHoldOnce();
};

namespace {

//! A folder in whose journal ten records wait for the endpoint "a".
struct WaitingFolder
{
    ForwarderFolder folder;
    quint16 port = unusedPort();

    WaitingFolder()
    {
        const QString file = folder.writeRecords(u"in.ndjson"_s, 10);
        std::ignore = folder.run({u"endpoint"_s, u"add"_s, u"a"_s, u"--service"_s, u"generic"_s,
                                  u"--url"_s, folder.to(port).constLast()});
        std::ignore = folder.run({u"send"_s, u"--timeout"_s, u"0.2"_s, file});
    }
};

CommandResult runPlainly(const ForwarderFolder &folder, const QStringList &command)
{
    QStringList arguments = folder.arguments(command);
    arguments.removeAll(u"--json"_s);
    return runForwarder(arguments);
}

} // namespace

void TstForwarderDrain::refusesAnUnknownEndpoint()
{
    const WaitingFolder waiting;
    const CommandResult drained = waiting.folder.run({u"drain"_s, u"--endpoint"_s, u"nobody"_s});
    QCOMPARE(drained.code, 2);
    QVERIFY2(drained.errors.contains("\"nobody\""), drained.errors.constData());
}

void TstForwarderDrain::refusesAnUnknownAddress_data()
{
    QTest::addColumn<QStringList>("change");
    QTest::addColumn<QByteArray>("help");
    QTest::newRow("for a configured one") << QStringList() << "drain --endpoint 'a'"_ba;
    QTest::newRow("for a disabled one")
        << QStringList{u"endpoint"_s, u"set"_s, u"a"_s, u"enabled=false"_s} << "enabled=true"_ba;
    QTest::newRow("for a removed one")
        << QStringList{u"endpoint"_s, u"remove"_s, u"a"_s, u"--yes"_s} << "endpoint add"_ba;
}

void TstForwarderDrain::refusesAnUnknownAddress()
{
    QFETCH(QStringList, change);
    QFETCH(QByteArray, help);
    const WaitingFolder waiting;
    if (!change.isEmpty())
        QCOMPARE(waiting.folder.run(change).code, 0);
    // Another pair for which records wait.
    const QStringList pair = ForwarderFolder::to(waiting.port, u"grafana"_s);
    const QString file = waiting.folder.writeRecords(u"more.ndjson"_s, 3);
    QCOMPARE(waiting.folder.run(QStringList{u"send"_s, u"--timeout"_s, u"0.2"_s, file} + pair).code,
             4);
    const QStringList command = QStringList{u"drain"_s} + ForwarderFolder::to(unusedPort());
    const CommandResult refused = waiting.folder.run(command);
    QCOMPARE(refused.code, 4);
    QVERIFY2(refused.errors.contains(command.last().toUtf8()), refused.errors.constData());
    const QJsonArray told = refused.json()["endpoints"_L1].toArray();
    QCOMPARE(told.size(), 2);
    QCOMPARE(told[0]["ledger"_L1]["waiting"_L1].toInt(), 10);
    QCOMPARE(told[1]["ledger"_L1]["waiting"_L1].toInt(), 3);
    const QByteArray plain = runPlainly(waiting.folder, command).output;
    QVERIFY2(plain.contains("10 record(s) wait for a") && plain.contains(help), plain.constData());
    QVERIFY2(plain.contains("drain --service grafana --url '" + pair.last().toUtf8()),
             plain.constData());
}

//! Nobody tries it again by himself once the program has ended.
void TstForwarderDrain::saysHowToDeliverWhatHadNoAnswer()
{
    const ForwarderFolder folder;
    const QStringList to = ForwarderFolder::to(unusedPort());
    const QStringList send{u"send"_s, u"--timeout"_s,
                           u"0.2"_s,  u"--max-retries"_s,
                           u"1"_s,    folder.writeRecords(u"in.ndjson"_s, 3)};
    QCOMPARE(folder.run(send + to).code, 4);
    const QStringList other = ForwarderFolder::to(unusedPort(), u"grafana"_s);
    const CommandResult refused = runPlainly(folder, QStringList{u"drain"_s} + other);
    QCOMPARE(refused.code, 4);
    QVERIFY2(refused.output.contains("drain --service generic --url '" + to.last().toUtf8()),
             refused.output.constData());
}

void TstForwarderDrain::saysWhenNothingWaitsForAnUnknownAddress()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString file = folder.writeRecords(u"in.ndjson"_s, 3);
    const QStringList to = ForwarderFolder::to(practice.port());
    QCOMPARE(folder.run(QStringList{u"send"_s, file} + to).code, 0);
    QCOMPARE(folder.run(QStringList{u"drain"_s} + to).code, 0);
    const QStringList other = ForwarderFolder::to(unusedPort());
    const CommandResult refused = folder.run(QStringList{u"drain"_s} + other);
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.errors.contains(other.last().toUtf8()), refused.errors.constData());
}

void TstForwarderDrain::tellsOfWhatItCannotSend_data()
{
    QTest::addColumn<QStringList>("change");
    QTest::addColumn<QStringList>("target");
    QTest::addColumn<QByteArray>("reason");
    const QStringList disable{u"endpoint"_s, u"set"_s, u"a"_s, u"enabled=false"_s};
    const QStringList remove{u"endpoint"_s, u"remove"_s, u"a"_s, u"--yes"_s};
    const QStringList named{u"--endpoint"_s, u"a"_s};
    QTest::newRow("disabled") << disable << QStringList() << "disabled"_ba;
    QTest::newRow("disabled, named") << disable << named << "disabled"_ba;
    QTest::newRow("removed") << remove << QStringList() << "not configured"_ba;
    QTest::newRow("removed, named") << remove << named << "not configured"_ba;
}

void TstForwarderDrain::tellsOfWhatItCannotSend()
{
    QFETCH(QStringList, change);
    QFETCH(QStringList, target);
    QFETCH(QByteArray, reason);
    const WaitingFolder waiting;
    QCOMPARE(waiting.folder.run(change).code, 0);
    const QStringList command = QStringList{u"drain"_s} + target;
    const CommandResult drained = waiting.folder.run(command);
    QCOMPARE(drained.code, 4);
    QCOMPARE(drained.inLedger("waiting"), 10);
    const QJsonObject endpoint = drained.json()["endpoints"_L1].toArray().at(0).toObject();
    QVERIFY(endpoint["problem"_L1].toString().contains(QString::fromUtf8(reason)));
    QVERIFY(!endpoint["action"_L1].toString().isEmpty());
    QVERIFY(runPlainly(waiting.folder, command).output.contains(reason));
    QVERIFY(runPlainly(waiting.folder, {u"status"_s}).output.contains(reason));
}

void TstForwarderDrain::makesNoJournal_data()
{
    QTest::addColumn<QStringList>("command");
    const QStringList to = ForwarderFolder::to(1);
    QTest::newRow("drain") << QStringList{u"drain"_s};
    QTest::newRow("drain to a service") << QStringList{u"drain"_s} + to;
    QTest::newRow("status") << QStringList{u"status"_s};
    QTest::newRow("records") << QStringList{u"records"_s};
    QTest::newRow("runs") << QStringList{u"runs"_s};
    QTest::newRow("replay") << QStringList{u"replay"_s, u"--run"_s, u"r"_s} + to;
    QTest::newRow("failed list") << QStringList{u"failed"_s, u"list"_s};
    QTest::newRow("failed show") << QStringList{u"failed"_s, u"show"_s, u"1"_s};
    QTest::newRow("failed replay") << QStringList{u"failed"_s, u"replay"_s, u"--all"_s};
    QTest::newRow("failed discard")
        << QStringList{u"failed"_s, u"discard"_s, u"--all"_s, u"--yes"_s};
    QTest::newRow("failed export") << QStringList{u"failed"_s, u"export"_s, u"--all"_s};
}

void TstForwarderDrain::makesNoJournal()
{
    QFETCH(QStringList, command);
    const ForwarderFolder folder;
    const CommandResult refused = folder.run(command);
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.errors.contains("no journal in " + folder.journal().toUtf8()),
             refused.errors.constData());
    QVERIFY(!QDir(folder.journal()).exists());
}

void TstForwarderDrain::deliversTheJournalsOfRuns()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    QProcess holder; // Waits for its standard input.
    holder.start(forwarderProgram,
                 folder.arguments(QStringList{u"send"_s} + folder.to(port) + QStringList{u"-"_s}));
    QVERIFY(holder.waitForStarted());
    const QDir journal(folder.journal());
    QTRY_VERIFY(!journal.isEmpty());
    QTRY_COMPARE(folder.run({u"status"_s}).code, 0);
    const CommandResult kept =
        folder.run(QStringList{u"run"_s} + folder.to(port) +
                   QStringList{u"--timeout"_s, u"0.2"_s, u"--"_s, u"echo"_s, u"done"_s});
    QVERIFY2(kept.errors.contains("/runs/"), kept.errors.constData());
    holder.kill();
    holder.waitForFinished();

    const QJsonArray runs = folder.run({u"status"_s}).json()["runs"_L1].toArray();
    QCOMPARE(runs.size(), 1);
    const QJsonValue endpoint = runs[0]["endpoints"_L1][0];
    QCOMPARE(endpoint["ledger"_L1]["waiting"_L1].toInteger(), 3);

    const PracticeProcess practice({}, port);
    const CommandResult drained = folder.run({u"drain"_s});
    QVERIFY2(drained.code == 0, drained.errors.constData());
    QCOMPARE(drained.json()["runs"_L1].toArray().size(), 1);
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 3);
    QVERIFY(QDir(folder.journal() + u"/runs"_s).isEmpty());
    QVERIFY(folder.run({u"status"_s}).json()["runs"_L1].toArray().isEmpty());
}

void TstForwarderDrain::saysHowToDeliverWhatWaits()
{
    const ForwarderFolder folder;
    const QString file = folder.writeRecords(u"in.ndjson"_s, 10);
    const CommandResult sent = folder.run(QStringList{u"send"_s} + folder.to(unusedPort()) +
                                          QStringList{u"--timeout"_s, u"0.2"_s, file});
    QCOMPARE(sent.code, 4);
    const QByteArray hint = "--journal '" + folder.journal().toUtf8() + "' drain\n";
    QVERIFY2(sent.errors.endsWith(hint), sent.errors.constData());
}

void TstForwarderDrain::tellsOfAHoldOnce()
{
    const ForwarderFolder folder;
    const PracticeProcess practice(u"404"_s);
    const CommandResult sent =
        runPlainly(folder, QStringList{u"send"_s} + folder.to(practice.port()) +
                               QStringList{folder.writeRecords(u"in.ndjson"_s, 10)});
    QCOMPARE(sent.code, 4);
    QVERIFY2(sent.output.contains("held (configuration)"), sent.output.constData());
    QCOMPARE((sent.output + sent.errors).count("404"), 1);
}

QTEST_GUILESS_MAIN(TstForwarderDrain)
#include "tst_forwarderdrain.moc"
