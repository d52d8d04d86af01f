// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/retrypolicy.h"

#include <QTest>

using namespace trace;
using namespace std::chrono_literals;

class TestRetryPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void waits_data();
    void waits();
};

void TestRetryPolicy::waits_data()
{
    QTest::addColumn<int>("attempt");
    QTest::addColumn<int>("hint"); // ms; -1: none
    QTest::addColumn<double>("dice");
    QTest::addColumn<int>("expected");
    QTest::newRow("first, lowest jitter") << 1 << -1 << 0.0 << 500;
    QTest::newRow("first, middle jitter") << 1 << -1 << 0.5 << 750;
    QTest::newRow("second") << 2 << -1 << 0.0 << 1000;
    QTest::newRow("third, high jitter") << 3 << -1 << 0.999 << 3998;
    QTest::newRow("seventh is capped") << 7 << -1 << 0.0 << 30000;
    QTest::newRow("never above the cap") << 1000 << -1 << 0.9999999 << 60000;
    QTest::newRow("highest attempt there is")
        << std::numeric_limits<int>::max() << -1 << 0.0 << 30000;
    QTest::newRow("no attempt counts as one") << 0 << -1 << 0.0 << 500;
    QTest::newRow("hint above the own wait") << 1 << 9000 << 0.0 << 9000;
    QTest::newRow("hint below the own wait") << 3 << 10 << 0.0 << 2000;
    QTest::newRow("hint above the cap is obeyed") << 1 << 900'000 << 0.0 << 900'000;
}

void TestRetryPolicy::waits()
{
    QFETCH(int, attempt);
    QFETCH(int, hint);
    QFETCH(double, dice);
    QFETCH(int, expected);
    const auto wish = hint < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(hint));
    const auto wait = RetryPolicy{}.delayAfter(attempt, wish, dice);
    QCOMPARE(qint64(wait.count()), qint64(expected));
}

QTEST_GUILESS_MAIN(TestRetryPolicy)
#include "tst_retrypolicy.moc"
