// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>

using namespace Qt::StringLiterals;
using namespace trace;

// How fast a backlog goes once the service takes it again. The bounds are those of the program as
// it is shipped: not for a build with sanitizers, nor beside other work.
class TstForwarderPace final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void backlogBehindADeadService();
    void backlogBehindASlowService();
};

void TstForwarderPace::backlogBehindADeadService()
{
    constexpr qint64 count = 100'000;
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    const CommandResult sent = folder.run(QStringList{u"send"_s} + folder.to(port) +
                                          QStringList{u"--timeout"_s, u"2"_s, file});
    QCOMPARE(sent.code, 4);
    QCOMPARE(sent.inLedger("waiting"), count);
    QCOMPARE(folder.failedBatches(), QJsonArray());

    QProcess drain;
    drain.start(forwarderProgram, folder.arguments(QStringList{u"drain"_s} + folder.to(port) +
                                                   QStringList{u"--timeout"_s, u"30"_s}));
    // It finds the service gone; the service comes back while it waits for its next probe.
    QTcpServer gone;
    QVERIFY(gone.listen(QHostAddress::LocalHost, port));
    QVERIFY(gone.waitForNewConnection(10'000));
    delete gone.nextPendingConnection();
    gone.close();
    const PracticeProcess back({}, port);
    QCOMPARE(back.port(), port);
    QTRY_VERIFY(back.summary()["records"_L1].toInt() > 0);
    QElapsedTimer clock;
    clock.start();
    QVERIFY(drain.waitForFinished(20'000));
    qInfo() << "drained in" << clock.elapsed() << "ms after the first probe got through";
    QCOMPARE(drain.exitCode(), 0);
    QVERIFY2(clock.elapsed() <= 2000, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(back.ids()["missing"_L1].toInt(-1), 0);
    QCOMPARE(back.ids()["distinct"_L1].toInteger(), count);
    QCOMPARE(folder.failedBatches(), QJsonArray());
}

void TstForwarderPace::backlogBehindASlowService()
{
    constexpr qint64 count = 100'000;
    constexpr qint64 rate = 1'000'000;
    const ForwarderFolder folder;
    const PracticeProcess slow({}, 0, {u"--rate"_s, QString::number(rate)});
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);
    QElapsedTimer clock;
    clock.start();
    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(slow.port()) + QStringList{file});
    const double seconds = double(clock.elapsed()) / 1000;
    QCOMPARE(sent.code, 0);
    QVERIFY(slow.hasEachOnce(count));
    const QJsonObject summary = slow.summary();
    // The first second's worth is free.
    const double achieved = double(summary["bytes"_L1].toInteger() - rate) / seconds;
    qInfo() << achieved / rate << "of the rate," << summary["faults"_L1].toInt() << "refusals in"
            << summary["requests"_L1].toInt() << "requests," << seconds << "s";
    QVERIFY2(achieved >= 0.8 * rate, qPrintable(QString::number(achieved)));
    QCOMPARE(folder.failedBatches(), QJsonArray());
}

QTEST_GUILESS_MAIN(TstForwarderPace)
#include "tst_forwarderpace.moc"
