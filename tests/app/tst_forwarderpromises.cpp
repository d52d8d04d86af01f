// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"

#include <QDirIterator>

using namespace Qt::StringLiterals;
using namespace trace;

// What happens to many records at a service that is wrong, strict or gone.
class TstForwarderPromises final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void wrongKeyHoldsUntilTheRightOne();
    void onePoisonedRecordAmongTenThousand();
    void serviceThatRefusesAllIsHeld();
    void deadServiceDelaysNoOther();
    void secretIsNowhere();

private:
    [[nodiscard]] static QJsonObject configured(const QString &name, quint16 port)
    {
        return {{u"name"_s, name},
                {u"service"_s, u"generic"_s},
                {u"url"_s, u"http://127.0.0.1:%1/logs"_s.arg(port)}};
    }
    static void configure(const ForwarderFolder &folder, const QJsonArray &endpoints)
    {
        QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
        const QJsonDocument document(QJsonObject{{u"version"_s, 1}, {u"endpoints"_s, endpoints}});
        QVERIFY(!folder.write(u"config/endpoints.json"_s, document.toJson()).isEmpty());
    }
    [[nodiscard]] static QJsonObject endpointOf(const CommandResult &result, const QString &name)
    {
        for (const QJsonValue &endpoint : result.json()["endpoints"_L1].toArray()) {
            if (endpoint["name"_L1].toString() == name)
                return endpoint.toObject();
        }
        return {};
    }
};

void TstForwarderPromises::wrongKeyHoldsUntilTheRightOne()
{
    constexpr qint64 count = 2000;
    const ForwarderFolder folder;
    PracticeProcess refusing(u"401"_s);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    const QString key = folder.write(u"key"_s, "wrong");
    const QStringList target =
        folder.to(refusing.port()) + QStringList{u"--api-key"_s, u"file:"_s + key};
    const CommandResult sent = folder.run(QStringList{u"send"_s} + target + QStringList{file});
    QCOMPARE(sent.code, 4);
    QCOMPARE(sent.inLedger("waiting"), count);
    const QJsonValue held = sent.json()["endpoints"_L1][0];
    QCOMPARE(held["state"_L1].toString(), u"held (authentication)"_s);
    QVERIFY(!held["action"_L1].toString().isEmpty());
    QCOMPARE(refusing.summary()["requests"_L1].toInt(), 1);

    const quint16 port = refusing.port();
    refusing.stop();
    const PracticeProcess accepting({}, port);
    QVERIFY(!folder.write(u"key"_s, "right").isEmpty());
    const CommandResult drained = folder.run(QStringList{u"drain"_s} + target);
    QCOMPARE(drained.code, 0);
    QVERIFY(accepting.hasEachOnce(count));
    QVERIFY(drained.isBalanced());
}

void TstForwarderPromises::onePoisonedRecordAmongTenThousand()
{
    constexpr qint64 count = 10'000;
    const ForwarderFolder folder;
    const PracticeProcess all;
    const PracticeProcess strict(u"reject=record 6173"_s);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    QCOMPARE(folder.run(QStringList{u"send"_s} + folder.to(all.port()) + QStringList{file}).code,
             0);
    const ForwarderFolder second;
    const CommandResult sent =
        second.run(QStringList{u"send"_s} + folder.to(strict.port()) + QStringList{file});
    QCOMPARE(sent.code, 3);
    QCOMPARE(sent.inLedger("delivered"), count - 1);
    QCOMPARE(sent.inLedger("failed"), 1);
    const QJsonArray failed = second.failedBatches();
    QCOMPARE(failed.size(), 1);
    QVERIFY(failed[0]["reason"_L1].toString().contains(u"record 6173"_s));
    const int extra =
        strict.summary()["requests"_L1].toInt() - all.summary()["requests"_L1].toInt();
    qInfo() << "requests more than without the record:" << extra;
    QVERIFY2(extra <= 30, qPrintable(QString::number(extra)));
    QCOMPARE(strict.ids()["duplicates"_L1].toInt(-1), 0);
}

void TstForwarderPromises::serviceThatRefusesAllIsHeld()
{
    constexpr qint64 count = 5000;
    const ForwarderFolder folder;
    const PracticeProcess refusing(u"400"_s);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(refusing.port()) + QStringList{file});
    QCOMPARE(sent.code, 4);
    QCOMPARE(sent.inLedger("waiting"), count);
    QCOMPARE(sent.inLedger("failed"), 0);
    QCOMPARE(sent.json()["endpoints"_L1][0]["state"_L1].toString(), u"held (configuration)"_s);
    QCOMPARE(folder.failedBatches(), QJsonArray());
}

void TstForwarderPromises::deadServiceDelaysNoOther()
{
    constexpr qint64 count = 20'000;
    const ForwarderFolder folder;
    const PracticeProcess alive;
    configure(folder, {configured(u"dead"_s, unusedPort()), configured(u"alive"_s, alive.port())});
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    QProcess send;
    send.start(forwarderProgram, folder.arguments({u"send"_s, u"--timeout"_s, u"6"_s, file}));
    QTRY_COMPARE_WITH_TIMEOUT(alive.summary()["records"_L1].toInteger(), count, 5000);
    QCOMPARE(send.state(), QProcess::Running); // still trying the other
    QVERIFY(send.waitForFinished(patience));
    QCOMPARE(send.exitCode(), 4);
    const CommandResult result{send.exitCode(), send.readAllStandardOutput(), {}};
    QCOMPARE(endpointOf(result, u"alive"_s)["ledger"_L1]["delivered"_L1].toInteger(), count);
    QCOMPARE(endpointOf(result, u"dead"_s)["ledger"_L1]["waiting"_L1].toInteger(), count);
    QVERIFY(alive.hasEachOnce(count));
}

void TstForwarderPromises::secretIsNowhere()
{
    const QByteArray secret = "s3cr3t-7f1c9ab2";
    const ForwarderFolder folder;
    const PracticeProcess strict(u"reject=record 7"_s);
    const QString file = folder.writeRecords(u"in.ndjson"_s, 50);
    QVERIFY(qputenv("TRACE_TEST_SECRET", secret));
    const CommandResult sent =
        folder.run(QStringList{u"-v"_s, u"send"_s} + folder.to(strict.port()) +
                   QStringList{u"--api-key"_s, u"env:TRACE_TEST_SECRET"_s, file});
    const CommandResult shown = folder.run({u"failed"_s, u"show"_s, u"1"_s});
    const CommandResult exported = folder.run({u"failed"_s, u"export"_s, u"--all"_s});
    qunsetenv("TRACE_TEST_SECRET");
    QCOMPARE(sent.code, 3);
    QCOMPARE(shown.code, 0);
    QVERIFY(sent.errors.contains("trace.delivery"));
    for (const CommandResult &result : {sent, shown, exported})
        QVERIFY(!result.output.contains(secret) && !result.errors.contains(secret));
    QVERIFY(exported.output.contains("env:TRACE_TEST_SECRET")); // what is kept is the reference
    QDirIterator files(folder.journal(), QDir::Files | QDir::Hidden);
    int searched = 0;
    while (files.hasNext()) {
        QFile one(files.next());
        QVERIFY(one.open(QFile::ReadOnly));
        QVERIFY2(!one.readAll().contains(secret), qPrintable(one.fileName()));
        ++searched;
    }
    QVERIFY(searched > 0);
}

QTEST_GUILESS_MAIN(TstForwarderPromises)
#include "tst_forwarderpromises.moc"
