// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/deliverymeter.h"
#include "tests/support/patience.h"

#include <QTest>

using namespace trace;

class TestDeliveryMeter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void startsAtNothing();
    void countsRequestsAndRetries();
    void latencyIsTheMedian();
    void latencyForgetsTheOldest();
    void rateCountsTheLastSeconds();
};

void TestDeliveryMeter::startsAtNothing()
{
    const DeliveryMeter meter;
    QCOMPARE(meter.requests(), 0);
    QCOMPARE(meter.retries(), 0);
    QCOMPARE(meter.recordsPerSecond(), 0.0);
    QCOMPARE(meter.medianLatencyMs(), 0.0);
    QVERIFY(!meter.lastSuccess().isValid());
}

void TestDeliveryMeter::countsRequestsAndRetries()
{
    DeliveryMeter meter;
    meter.requestSent(false);
    meter.requestSent(true);
    meter.requestSent(true);
    QCOMPARE(meter.requests(), 3); // Retries are requests, too.
    QCOMPARE(meter.retries(), 2);
    QVERIFY(!meter.lastSuccess().isValid()); // Sent is not delivered.
}

void TestDeliveryMeter::latencyIsTheMedian()
{
    DeliveryMeter meter;
    for (const double milliseconds : {5.0, 1.0, 9000.0}) // One slow answer does not count.
        meter.answered(milliseconds);
    QCOMPARE(meter.medianLatencyMs(), 5.0);
}

void TestDeliveryMeter::latencyForgetsTheOldest()
{
    DeliveryMeter meter;
    for (int i = 0; i < 100; ++i)
        meter.answered(1000);
    for (int i = 0; i < 51; ++i)
        meter.answered(2);
    QCOMPARE(meter.medianLatencyMs(), 2.0);
    for (int i = 0; i < 1000; ++i)
        meter.answered(3);
    QCOMPARE(meter.medianLatencyMs(), 3.0);
}

void TestDeliveryMeter::rateCountsTheLastSeconds()
{
    DeliveryMeter meter;
    const QDateTime before = QDateTime::currentDateTimeUtc();
    meter.delivered(300);
    meter.delivered(200);
    QCOMPARE(meter.recordsPerSecond(), 100.0); // Over five seconds.
    QVERIFY(meter.lastSuccess() >= before);
    QTRY_COMPARE(meter.recordsPerSecond(), 0.0); // By itself.
}

QTEST_GUILESS_MAIN(TestDeliveryMeter)
#include "tst_deliverymeter.moc"
