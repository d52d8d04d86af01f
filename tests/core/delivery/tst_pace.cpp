// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/pace.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace trace;
using namespace std::chrono_literals;

namespace {

using Time = Pace::Time;
using Seconds = std::chrono::duration<double>;

constexpr double megabyte = 1e6;
constexpr Time start{1h};

// A service that lets so many bytes per second through, and a burst of as many at once.
class TokenBucket final
{
public:
    explicit TokenBucket(double rate)
        : m_rate(rate)
        , m_tokens(rate)
    {}

    void setRate(double rate) { m_rate = rate; }
    [[nodiscard]] bool takes(double bytes, Time now)
    {
        m_tokens = std::min(m_rate, m_tokens + m_rate * Seconds(now - m_then).count());
        m_then = now;
        if (bytes > m_tokens)
            return false;
        m_tokens -= bytes;
        return true;
    }

private:
    double m_rate;
    double m_tokens;
    Time m_then = start;
};

struct Sent
{
    double bytes = 0;
    int requests = 0;
    int refused = 0;
};

// A sender with a backlog: one request after the other, each as large as the pace wants it.
class Loop final
{
public:
    Loop(TokenBucket &server, double largest, std::chrono::milliseconds latency)
        : m_server(server)
        , m_largest(largest)
        , m_latency(latency)
    {}

    // Sends for so long, in simulated time.
    Sent run(std::chrono::seconds duration)
    {
        Sent sent;
        const Time end = now + duration;
        while (now < end) {
            now += pace.delay(now);
            const double rate = pace.bytesPerSecond().value_or(2 * m_largest);
            const double bytes = std::floor(std::min(m_largest, rate / 2));
            const bool isTaken = m_server.takes(bytes, now);
            now += m_latency;
            ++sent.requests;
            if (isTaken) {
                m_refusals = 0;
                sent.bytes += bytes;
                pace.delivered(std::size_t(bytes), now);
            } else {
                ++sent.refused;
                pace.throttled(now, std::size_t(bytes));
                now += 190ms * (1 << std::min(m_refusals++, 8)); // as the sender's retry policy
            }
        }
        return sent;
    }

    Pace pace;
    Time now = start;

private:
    TokenBucket &m_server;
    double m_largest;
    std::chrono::milliseconds m_latency;
    int m_refusals = 0;
};

QString told(const Sent &sent)
{
    return QStringLiteral("%1 bytes in %2 requests, %3 refused")
        .arg(sent.bytes)
        .arg(sent.requests)
        .arg(sent.refused);
}

} // namespace

class TestPace : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isUnlimitedUntilThrottled();
    void usesWhatTheServiceAllows_data();
    void usesWhatTheServiceAllows();
    void refusalsAtOnceCountAsOne();
    void isUnlimitedAgainWhenNothingIsRefused();
    void firstBurstDoesNotSetAnAbsurdRate();
    void aFirstRefusalDoesNotEither();
    void neverStandsStill();
    void waitsAsTheRateAsks();
};

void TestPace::isUnlimitedUntilThrottled()
{
    Pace pace;
    Time now = start;
    for (int i = 0; i < 1000; ++i) {
        QCOMPARE(pace.delay(now), 0ms);
        pace.delivered(4'000'000, now += 1ms);
    }
    QVERIFY(!pace.bytesPerSecond());
    pace.throttled(now);
    QVERIFY(pace.bytesPerSecond());
}

void TestPace::usesWhatTheServiceAllows_data()
{
    QTest::addColumn<double>("largest");
    QTest::addColumn<int>("latency");
    QTest::newRow("large requests") << 1e6 << 20;
    QTest::newRow("requests of a fifth of a second") << 2e5 << 5;
    QTest::newRow("small requests") << 2e4 << 1;
    QTest::newRow("far server") << 5e5 << 200;
}

void TestPace::usesWhatTheServiceAllows()
{
    QFETCH(double, largest);
    QFETCH(int, latency);
    TokenBucket server(megabyte);
    Loop loop(server, largest, std::chrono::milliseconds(latency));
    const Sent first = loop.run(10s);
    QVERIFY2(first.bytes >= 3 * megabyte, qPrintable(told(first))); // it does not start from zero
    const Sent sent = loop.run(60s);
    const QString text = told(sent);
    QVERIFY2(sent.bytes >= 0.8 * 60 * megabyte, qPrintable(text));
    QVERIFY2(sent.refused <= 12, qPrintable(text)); // one in five seconds
}

void TestPace::refusalsAtOnceCountAsOne()
{
    Pace once;
    Pace often;
    for (Pace *pace : {&once, &often}) {
        for (int i = 1; i <= 10; ++i)
            pace->delivered(100'000, start + i * 100ms);
    }
    const Time now = start + 1s;
    once.throttled(now);
    for (int i = 0; i < 4; ++i)
        often.throttled(now + i * 10ms);
    QCOMPARE(*often.bytesPerSecond(), *once.bytesPerSecond());
    often.throttled(now + 2s); // that is another one
    QCOMPARE(*often.bytesPerSecond(), *once.bytesPerSecond() / 2);
}

void TestPace::isUnlimitedAgainWhenNothingIsRefused()
{
    TokenBucket server(megabyte);
    Loop loop(server, 1e6, 20ms);
    loop.run(20s);
    QVERIFY(loop.pace.bytesPerSecond());
    server.setRate(1e12);
    const Sent sent = loop.run(180s);
    QCOMPARE(sent.refused, 0);
    QVERIFY(!loop.pace.bytesPerSecond());
    QCOMPARE(loop.pace.delay(loop.now), 0ms);
}

void TestPace::firstBurstDoesNotSetAnAbsurdRate()
{
    // A server that takes a burst of one second, measured over a few milliseconds.
    TokenBucket server(megabyte);
    Pace pace;
    Time now = start;
    while (server.takes(100'000, now))
        pace.delivered(100'000, now += 1ms);
    pace.throttled(now);
    const double rate = *pace.bytesPerSecond();
    QVERIFY2(rate >= 0.25 * megabyte && rate <= 4 * megabyte, qPrintable(QString::number(rate)));
    QVERIFY(pace.delay(now) <= 1s);
}

void TestPace::aFirstRefusalDoesNotEither()
{
    Pace pace;
    pace.throttled(start, 1'000'000);
    QVERIFY2(*pace.bytesPerSecond() >= 500'000,
             qPrintable(QString::number(*pace.bytesPerSecond())));
}

void TestPace::neverStandsStill()
{
    Pace pace;
    Time now = start;
    for (int i = 0; i < 100; ++i)
        pace.throttled(now += 1s);
    QVERIFY(*pace.bytesPerSecond() >= 1024);
    pace.delivered(1000, now);
    QVERIFY2(pace.delay(now) <= 1s, qPrintable(QString::number(pace.delay(now).count())));
    // An hour of rest is no credit for an hour of sending.
    const double rate = *pace.bytesPerSecond();
    now += 1h;
    pace.delivered(std::size_t(rate * 10), now);
    QVERIFY(pace.delay(now) >= 5s);
}

void TestPace::waitsAsTheRateAsks()
{
    Pace pace;
    for (int i = 1; i <= 20; ++i)
        pace.delivered(100'000, start + i * 100ms);
    Time now = start + 2s;
    pace.throttled(now);
    // What is sent in a while is what the rate, which grows meanwhile, allows.
    double bytes = 0;
    const double slow = *pace.bytesPerSecond();
    const Time begin = now;
    while (now < begin + 2s) {
        now += pace.delay(now);
        pace.delivered(20'000, now);
        bytes += 20'000;
    }
    const double fast = pace.bytesPerSecond().value_or(1e9);
    const double perSecond = bytes / Seconds(now - begin).count();
    QVERIFY2(perSecond >= 0.9 * slow && perSecond <= 1.1 * fast + 20'000,
             qPrintable(QStringLiteral("%1 of %2 to %3").arg(perSecond).arg(slow).arg(fast)));
}

QTEST_GUILESS_MAIN(TestPace)
#include "tst_pace.moc"
