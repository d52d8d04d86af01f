// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/journal/clockwatch.h"
#include "tests/core/journal/retentionsupport.h"

#include <QTest>

using namespace trace;
using namespace std::chrono_literals;

class TestClockWatch final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void jumpsAreNotTrusted_data();
    void jumpsAreNotTrusted();
    void aJumpBackIsForgiven();
    void aNewTimeIsTrustedAfterADay();
    void smallCorrectionsMayAddUp();
};

void TestClockWatch::jumpsAreNotTrusted_data()
{
    QTest::addColumn<qint64>("minutes");
    QTest::addColumn<bool>("isTrusted");
    QTest::newRow("no jump") << qint64(0) << true;
    QTest::newRow("59 minutes forward") << qint64(59) << true;
    QTest::newRow("59 minutes back") << qint64(-59) << true;
    QTest::newRow("61 minutes forward") << qint64(61) << false;
    QTest::newRow("61 minutes back") << qint64(-61) << false;
    QTest::newRow("a year forward") << qint64(365 * 24 * 60) << false;
}

void TestClockWatch::jumpsAreNotTrusted()
{
    QFETCH(qint64, minutes);
    QFETCH(bool, isTrusted);
    HandClock hand;
    ClockWatch watch(hand.clock());
    hand.pass(10min);
    hand.jump(std::chrono::minutes(minutes));
    QCOMPARE(watch.isTrusted(), isTrusted);
}

void TestClockWatch::aJumpBackIsForgiven()
{
    HandClock hand;
    ClockWatch watch(hand.clock());
    hand.jump(48h);
    QVERIFY(!watch.isTrusted());
    hand.pass(1h);
    QVERIFY(!watch.isTrusted());
    hand.jump(-48h);
    QVERIFY(watch.isTrusted());
}

void TestClockWatch::aNewTimeIsTrustedAfterADay()
{
    HandClock hand;
    ClockWatch watch(hand.clock());
    hand.jump(48h);
    QVERIFY(!watch.isTrusted());
    hand.pass(23h);
    QVERIFY(!watch.isTrusted());
    hand.jump(48h); // again: the day begins anew
    QVERIFY(!watch.isTrusted());
    hand.pass(23h);
    QVERIFY(!watch.isTrusted());
    hand.pass(1h);
    QVERIFY(watch.isTrusted());
    hand.pass(1h);
    QVERIFY(watch.isTrusted());
}

void TestClockWatch::smallCorrectionsMayAddUp()
{
    HandClock hand;
    ClockWatch watch(hand.clock());
    for (int i = 0; i < 10; ++i) {
        hand.pass(24h);
        hand.jump(30min);
        QVERIFY(watch.isTrusted());
    }
}

QTEST_GUILESS_MAIN(TestClockWatch)
#include "tst_clockwatch.moc"
