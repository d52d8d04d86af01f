// SPDX-License-Identifier: GPL-3.0-or-later
// That every command ends in its time when the system's resolver does not answer.
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>

using namespace Qt::StringLiterals;
using namespace trace;

class TstHangingResolver final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void commandEndsInTime_data();
    void commandEndsInTime();
    void statusTellsThatItWasTried();
    void serveEndsInTime();

private:
    [[nodiscard]] static QProcessEnvironment hanging()
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const QString &name : {u"http_proxy"_s, u"HTTP_PROXY"_s, u"all_proxy"_s})
            environment.remove(name);
        environment.insert(u"LD_PRELOAD"_s, QStringLiteral(TRACE_HANGING_RESOLVER));
        return environment;
    }

    ForwarderFolder m_folder;
    QString m_records;
};

void TstHangingResolver::initTestCase()
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    QSKIP("A sanitizer must be loaded before everything else.");
#endif
    const CommandResult added =
        m_folder.run({u"endpoint"_s, u"add"_s, u"far"_s, u"--service"_s, u"generic"_s, u"--url"_s,
                      u"http://logs.example.org/in"_s, u"--set"_s, u"timeout=1"_s});
    QVERIFY2(added.code == 0, added.errors.constData());
    m_records = m_folder.writeRecords(u"records"_s, 10);
    // What waits for "drain".
    const CommandResult sent = m_folder.run({u"send"_s, u"--service"_s, u"generic"_s, u"--url"_s,
                                             u"http://127.0.0.1:%1/in"_s.arg(unusedPort()),
                                             u"--timeout"_s, u"0.2"_s, m_records});
    QVERIFY2(sent.code == 4, sent.errors.constData());
}

void TstHangingResolver::commandEndsInTime_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("told");
    const QStringList away{u"--service"_s, u"generic"_s,
                           u"--url"_s,     u"http://other.example.org/in"_s,
                           u"--timeout"_s, u"3"_s};
    QTest::newRow("send") << QStringList{u"send"_s} + away + QStringList{m_records} << 4
                          << "\"accepted\": 10"_ba;
    QTest::newRow("send to one that is configured")
        << QStringList{u"send"_s, u"--endpoint"_s, u"far"_s, u"--timeout"_s, u"3"_s, m_records} << 4
        << "\"accepted\": 10"_ba;
    QTest::newRow("drain") << QStringList{u"drain"_s, u"--timeout"_s, u"3"_s} << 4
                           << "record(s) wait"_ba;
    QTest::newRow("run") << QStringList{u"run"_s, u"--timeout"_s, u"2"_s, u"--"_s, u"true"_s} << 0
                         << "record(s) wait"_ba;
    QTest::newRow("config check") << QStringList{u"config"_s, u"check"_s} << 1
                                  << "no answer within 1 s"_ba;
    QTest::newRow("endpoint test")
        << QStringList{u"endpoint"_s, u"test"_s, u"far"_s} << 1 << "no answer within 1 s"_ba;
}

void TstHangingResolver::commandEndsInTime()
{
    QFETCH(QStringList, command);
    QFETCH(int, code);
    QFETCH(QByteArray, told);
    QProcess process;
    process.setProcessEnvironment(hanging());
    process.setProcessChannelMode(QProcess::MergedChannels);
    QElapsedTimer timer;
    timer.start();
    process.start(forwarderProgram, m_folder.arguments(command));
    QVERIFY(process.waitForFinished(patience));
    const QByteArray output = process.readAll();
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY2(process.exitCode() == code, output.constData());
    QVERIFY2(output.contains(told), output.constData());
}

void TstHangingResolver::statusTellsThatItWasTried()
{
    const ForwarderFolder folder;
    QProcess process;
    process.setProcessEnvironment(hanging());
    process.start(forwarderProgram,
                  folder.arguments({u"send"_s, u"--service"_s, u"generic"_s, u"--url"_s,
                                    u"http://logs.example.org/in"_s, u"--timeout"_s, u"0.5"_s,
                                    folder.writeRecords(u"r"_s, 3)}));
    QVERIFY(process.waitForFinished(patience));
    const QByteArray told = process.readAllStandardError();
    QVERIFY2(told.contains("no answer within"), told.constData());
    const QJsonValue status = folder.run({u"status"_s}).json()["endpoints"_L1].toArray().at(0);
    QCOMPARE(status["health"_L1].toString(), u"trouble"_s);
    QVERIFY(status["problem"_L1].toString().contains("no answer within"_L1));
}

void TstHangingResolver::serveEndsInTime()
{
    QProcess process;
    process.setProcessEnvironment(hanging());
    process.start(forwarderProgram, m_folder.arguments({u"serve"_s, u"--port"_s, u"0"_s}));
    process.setReadChannel(QProcess::StandardError);
    while (!process.canReadLine() && process.waitForReadyRead(patience)) {
    }
    const QByteArray line = process.readLine();
    const quint16 port = line.first(line.indexOf(',')).split(':').last().toUShort();
    RawHttp client(port);
    QCOMPARE(client.ask(RawHttp::post("/logs", "[{\"message\":\"a\"}]")).status / 100, 2);
    QElapsedTimer timer;
    timer.start();
    process.terminate();
    QVERIFY(process.waitForFinished(patience));
    QVERIFY2(timer.elapsed() < 15'000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
}

QTEST_GUILESS_MAIN(TstHangingResolver)
#include "tst_hangingresolver.moc"
