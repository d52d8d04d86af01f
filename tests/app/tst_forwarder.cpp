// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <QDir>
#include <QElapsedTimer>

using namespace Qt::StringLiterals;
using namespace trace;

class TstForwarder final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deliversEachRecordOnce_data();
    void deliversEachRecordOnce();
    void losesNothingToFaults_data();
    void losesNothingToFaults();
    void keepsWhatCannotBeSentForLater_data();
    void keepsWhatCannotBeSentForLater();
    void tellsThatRecordsWaitHoweverShortTheTimeout();
    void tellsThatACertificateIsNotVerified();
    void demoEndsBalanced();
};

void TstForwarder::deliversEachRecordOnce_data()
{
    QTest::addColumn<QString>("service");
    QTest::newRow("Datadog") << u"datadog"_s;
    QTest::newRow("Grafana") << u"grafana"_s;
    QTest::newRow("generic") << u"generic"_s;
}

void TstForwarder::deliversEachRecordOnce()
{
    QFETCH(QString, service);
    constexpr qint64 count = 20'000;
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);

    const CommandResult sent = folder.run(QStringList{u"send"_s} +
                                          folder.to(practice.port(), service) + QStringList{file});
    QVERIFY2(sent.code == 0, sent.errors.constData());
    QCOMPARE(sent.errors, QByteArray());
    QVERIFY(practice.hasEachOnce(count));
    QCOMPARE(sent.inLedger("accepted"), count);
    QCOMPARE(sent.inLedger("delivered"), count);
    QVERIFY(sent.isBalanced());
    QCOMPARE(sent.json()["input"_L1]["records"_L1].toInteger(), count);

    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.code, 0);
    QCOMPARE(status.ledger(), sent.ledger());
}

void TstForwarder::losesNothingToFaults_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("faults");
    const QString all = u"429:0.05,500:0.05,drop:0.05,lost:0.05"_s;
    QTest::newRow("Datadog, all kinds") << u"datadog"_s << all;
    QTest::newRow("Grafana, all kinds") << u"grafana"_s << all;
    QTest::newRow("generic, all kinds") << u"generic"_s << all;
    QTest::newRow("generic, answers lost") << u"generic"_s << u"lost:0.4"_s;
}

void TstForwarder::losesNothingToFaults()
{
    QFETCH(QString, service);
    QFETCH(QString, faults);
    constexpr qint64 count = 30'000;
    const ForwarderFolder folder;
    const PracticeProcess practice(faults);
    QVERIFY(practice.port() != 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);

    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(practice.port(), service) +
                   QStringList{u"--buffer-size"_s, u"1000"_s, u"--request-timeout"_s, u"2"_s,
                               u"--timeout"_s, u"30"_s, file});
    QVERIFY2(sent.code == 0, sent.errors.constData());
    QCOMPARE(sent.inLedger("delivered"), count);
    QVERIFY(sent.isBalanced());
    const QJsonObject ids = practice.ids();
    QCOMPARE(ids["missing"_L1].toInteger(-1), 0);
    QCOMPARE(ids["distinct"_L1].toInteger(), count);
    const QJsonObject summary = practice.summary();
    QVERIFY2(summary["faults"_L1].toInteger() > 0, "no request was struck: the case shows nothing");
    qInfo() << "requests" << summary["requests"_L1].toInteger() << "faults"
            << summary["faults"_L1].toInteger() << "duplicates" << ids["duplicates"_L1].toInteger();
}

void TstForwarder::keepsWhatCannotBeSentForLater_data()
{
    QTest::addColumn<bool>("bySend");
    QTest::newRow("delivered by drain") << false;
    QTest::newRow("delivered by sending an empty file") << true;
}

void TstForwarder::keepsWhatCannotBeSentForLater()
{
    QFETCH(bool, bySend);
    constexpr qint64 count = 2000;
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);

    QElapsedTimer clock;
    clock.start();
    const CommandResult sent = folder.run(QStringList{u"send"_s} + folder.to(port) +
                                          QStringList{u"--timeout"_s, u"3"_s, file});
    QCOMPARE(sent.code, 4);
    QVERIFY2(clock.elapsed() < 8000, "gave up long after its --timeout");
    const QString problem = sent.json()["endpoints"_L1][0]["problem"_L1].toString();
    QVERIFY2(!problem.isEmpty(), "nothing tells why the records wait");

    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.code, 0);
    QCOMPARE(status.inLedger("waiting"), count);
    QCOMPARE(status.inLedger("delivered"), 0);
    QVERIFY(status.isBalanced());

    const PracticeProcess practice({}, port);
    QCOMPARE(practice.port(), port);
    const CommandResult later = bySend
                                    ? folder.run(QStringList{u"send"_s} + folder.to(port) +
                                                 QStringList{folder.write(u"empty.ndjson"_s, {})})
                                    : folder.run({u"drain"_s});
    QVERIFY2(later.code == 0, later.errors.constData());
    QVERIFY(practice.hasEachOnce(count));
    QCOMPARE(later.inLedger("delivered"), count);
    QVERIFY(later.isBalanced());
}

void TstForwarder::tellsThatRecordsWaitHoweverShortTheTimeout()
{
    const ForwarderFolder folder;
    const QString file = folder.writeRecords(u"in.ndjson"_s, 10);
    const CommandResult sent = folder.run(QStringList{u"send"_s} + folder.to(unusedPort()) +
                                          QStringList{u"--timeout"_s, u"0.01"_s, file});
    QCOMPARE(sent.code, 4);
    QCOMPARE(sent.inLedger("accepted"), 10);
    QCOMPARE(sent.inLedger("waiting") + sent.inLedger("in_flight"), 10);
}

void TstForwarder::tellsThatACertificateIsNotVerified()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    const QJsonObject endpoint{{u"name"_s, u"a"_s},
                               {u"service"_s, u"generic"_s},
                               {u"url"_s, folder.to(practice.port()).constLast()},
                               {u"tls"_s, QJsonObject{{u"verify"_s, false}}}};
    const QJsonObject document{{u"version"_s, 1}, {u"endpoints"_s, QJsonArray{endpoint}}};
    folder.write(u"config/endpoints.json"_s, QJsonDocument(document).toJson());
    const QString file = folder.writeRecords(u"in.ndjson"_s, 2);
    for (const QStringList &command : {QStringList{u"send"_s, file}, QStringList{u"status"_s}}) {
        const CommandResult told = folder.run(command);
        QCOMPARE(told.code, 0);
        const QJsonObject first = told.json()["endpoints"_L1].toArray().at(0).toObject();
        QCOMPARE(first["tls_verified"_L1], QJsonValue(false));
        QStringList arguments = folder.arguments(command);
        arguments.removeAll(u"--json"_s);
        QVERIFY(runForwarder(arguments).output.contains("NOT VERIFIED"));
    }
}

void TstForwarder::demoEndsBalanced()
{
    const ForwarderFolder folder;
    const CommandResult demo = folder.run({u"demo"_s});
    QVERIFY2(demo.code == 0, demo.errors.constData());
    const QJsonArray endpoints = demo.json()["endpoints"_L1].toArray();
    QVERIFY(endpoints.size() >= 2);
    for (const QJsonValue &endpoint : endpoints) {
        const QJsonObject ledger = endpoint["ledger"_L1].toObject();
        QVERIFY2(ledger["balanced"_L1].toBool(), demo.output.constData());
        QVERIFY(ledger["delivered"_L1].toInteger() > 0);
    }
}

QTEST_GUILESS_MAIN(TstForwarder)
#include "tst_forwarder.moc"
