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
    void aStartIsTrustedWithinADay_data();
    void aStartIsTrustedWithinADay();
    void aServerConfirmsTheTime();
    void aServerMayCallItWrong();
    void aJumpIsNotConfirmedByWhatWasHeardBefore();
};

//! Of the right time from the steady clock.
static std::chrono::milliseconds offsetOf(const HandClock &hand)
{
    return std::chrono::milliseconds(hand.clock().wall()) - hand.clock().steady();
}

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

void TestClockWatch::aStartIsTrustedWithinADay_data()
{
    QTest::addColumn<qint64>("minutes");
    QTest::addColumn<bool>("isTrusted");
    QTest::newRow("at once") << qint64(0) << true;
    QTest::newRow("23 hours later") << qint64(23 * 60) << true;
    QTest::newRow("40 days later") << qint64(40 * 24 * 60) << false;
    QTest::newRow("ten years later") << qint64(3650 * 24 * 60) << false;
    QTest::newRow("two hours earlier") << qint64(-120) << false;
}

void TestClockWatch::aStartIsTrustedWithinADay()
{
    QFETCH(qint64, minutes);
    QFETCH(bool, isTrusted);
    HandClock hand;
    const qint64 known = hand.clock().wall();
    hand.jump(std::chrono::minutes(minutes));
    ClockWatch watch(hand.clock(), known);
    QCOMPARE(watch.isTrusted(), isTrusted);
    hand.pass(25h); // nobody says otherwise
    QVERIFY(watch.isTrusted());
}

void TestClockWatch::aServerConfirmsTheTime()
{
    HandClock hand;
    const qint64 known = hand.clock().wall();
    hand.jump(40 * 24h);
    ClockWatch watch(hand.clock(), known);
    QVERIFY(!watch.isTrusted());
    watch.compare(offsetOf(hand) - 3min);
    QVERIFY(watch.isTrusted());
}

void TestClockWatch::aServerMayCallItWrong()
{
    HandClock hand;
    ClockWatch watch(hand.clock());
    QVERIFY(watch.isTrusted());
    watch.compare(offsetOf(hand) - 10 * 365 * 24h);
    QVERIFY(!watch.isTrusted());
    hand.pass(48h); // the server knows better
    QVERIFY(!watch.isTrusted());
    hand.jump(-10 * 365 * 24h);
    watch.compare(offsetOf(hand));
    QVERIFY(watch.isTrusted());
}

//! What was heard before a jump says nothing for the time after it.
void TestClockWatch::aJumpIsNotConfirmedByWhatWasHeardBefore()
{
    HandClock hand;
    ClockWatch watch(hand.clock());
    const auto heard = offsetOf(hand);
    hand.jump(40 * 24h);
    watch.compare(heard);
    QVERIFY(!watch.isTrusted());
    hand.jump(-40 * 24h);
    QVERIFY(watch.isTrusted());
}

QTEST_GUILESS_MAIN(TestClockWatch)
#include "tst_clockwatch.moc"
