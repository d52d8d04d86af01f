// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/timestamp.h"

#include <QDateTime>
#include <QTest>
#include <QTimeZone>

#include <cmath>
#include <limits>

using namespace trace;

namespace {

constexpr qint64 second = 1'000'000'000;
constexpr qint64 base = 1'795'359'845; // 2026-11-22T15:04:05Z

} // namespace

class TestTimestamp : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsText_data();
    void readsText();
    void refusesText_data();
    void refusesText();
    void tellsIntegersApart_data();
    void tellsIntegersApart();
    void readsSeconds_data();
    void readsSeconds();
    void agreesWithQtOnEveryDay();
    void writesAndReadsBack_data();
    void writesAndReadsBack();
    void nowIsNow();
};

void TestTimestamp::readsText_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("ns");
    const auto row = [](const char *name, const char *text, qint64 ns) {
        QTest::newRow(name) << QByteArray(text) << ns;
    };
    row("UTC", "2026-11-22T15:04:05Z", base * second);
    row("Python's isoformat", "2026-11-22T15:04:05.123456", base * second + 123'456'000);
    row("Python's logging, with a comma", "2026-11-22 15:04:05,123", base * second + 123'000'000);
    row("blank instead of T", "2026-11-22 15:04:05", base * second);
    row("lower case", "2026-11-22t15:04:05z", base * second);
    row("nine digits", "2026-11-22T15:04:05.123456789Z", base * second + 123'456'789);
    row("twelve digits", "2026-11-22T15:04:05.123456789999Z", base * second + 123'456'789);
    row("one digit", "2026-11-22T15:04:05.5Z", base * second + 500'000'000);
    row("offset east", "2026-11-22T17:04:05+02:00", base * second);
    row("offset west", "2026-11-22T09:34:05-05:30", base * second);
    row("offset without colon", "2026-11-22T17:04:05+0200", base * second);
    row("offset of hours", "2026-11-22T17:04:05.25+02", base * second + 250'000'000);
    row("offset behind a blank", "2026-11-22 17:04:05 +0200", base * second);
    row("UTC in words", "2026-11-22 15:04:05 UTC", base * second);
    row("without seconds", "2026-11-22T15:04Z", (base - 5) * second);
    row("date alone", "2026-11-22", 1'795'305'600 * second);
    row("slashes", "2026/11/22 15:04:05", base * second);
    row("blanks around", "  2026-11-22T15:04:05Z ", base * second);
    row("leap day", "2024-02-29T00:00:00Z", 1'709'164'800 * second);
    row("leap second", "2016-12-31T23:59:60Z", 1'483'228'800 * second);
    row("before 1970", "1969-12-31T23:59:59.5Z", -second / 2);
    row("seconds as text", "1795359845", base * second);
    row("seconds with a fraction", "1795359845.123456789", base * second + 123'456'789);
    row("milliseconds with a fraction", "1795359845123.5", base * second + 123'500'000);
    row("nanoseconds as text", "1795359845123456789", base * second + 123'456'789);
    row("negative fraction", "-0.5", -second / 2);
    row("exponent", "1.795359845e9", base * second);
}

void TestTimestamp::readsText()
{
    QFETCH(QByteArray, text);
    QFETCH(qint64, ns);
    QCOMPARE(timestampFromText(text.toStdString()), std::optional<std::int64_t>(ns));
}

void TestTimestamp::refusesText_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"",
                             " ",
                             "yesterday",
                             "2026-13-01T00:00:00Z",
                             "2026-00-10T00:00:00Z",
                             "2026-02-29T00:00:00Z",
                             "2100-02-29 00:00:00",
                             "2026-11-22T24:00:00Z",
                             "2026-11-22T15:60:00Z",
                             "2026-11-22T15:04:61Z",
                             "2026-11-22T15",
                             "2026-11-22T15:04:05.",
                             "2026-11-22T15:04:05Zulu",
                             "2026-11-22T15:04:05+2",
                             "2026-11-22T15:04:05+24:00",
                             "2026-11-22T15:04:05 CET",
                             "2026-1-2 15:04:05",
                             "9999-12-31T23:59:59Z",
                             "1795359845s",
                             "1.5.5",
                             "nan",
                             "inf",
                             "1e400",
                             "-",
                             "0001-01-01",
                             "99999999999999999999"})
        QTest::newRow(*text ? text : "empty") << QByteArray(text);
}

void TestTimestamp::refusesText()
{
    QFETCH(QByteArray, text);
    QVERIFY(!timestampFromText(text.toStdString()));
}

void TestTimestamp::tellsIntegersApart_data()
{
    QTest::addColumn<qint64>("value");
    QTest::addColumn<qint64>("ns");
    using Limits = std::numeric_limits<qint64>;
    QTest::newRow("zero") << qint64(0) << qint64(0);
    QTest::newRow("seconds") << base << base * second;
    QTest::newRow("milliseconds") << base * 1000 + 123 << base * second + 123'000'000;
    QTest::newRow("microseconds") << base * 1'000'000 + 123'456 << base * second + 123'456'000;
    QTest::newRow("nanoseconds") << base * second + 789 << base * second + 789;
    QTest::newRow("seconds before 1970") << qint64(-5) << -5 * second;
    QTest::newRow("milliseconds before 1970") << -base * 1000 - 1 << -base * second - 1'000'000;
    QTest::newRow("seconds beyond nanoseconds") << qint64(99'999'999'999) << Limits::max();
    QTest::newRow("greatest") << Limits::max() << Limits::max();
    QTest::newRow("least") << Limits::min() << Limits::min();
}

void TestTimestamp::tellsIntegersApart()
{
    QFETCH(qint64, value);
    QFETCH(qint64, ns);
    QCOMPARE(qint64(timestampFromInteger(value)), ns);
}

void TestTimestamp::readsSeconds_data()
{
    QTest::addColumn<double>("seconds");
    QTest::addColumn<bool>("readable");
    QTest::addColumn<qint64>("ns");
    // Python's time.time(): the microseconds that were meant, not the nearest double's nanoseconds.
    QTest::newRow("microseconds") << 1795359845.123456 << true << base * second + 123'456'000;
    QTest::newRow("small") << 0.000000001 << true << qint64(1);
    QTest::newRow("before 1970") << -1.5 << true << -1'500'000'000LL;
    QTest::newRow("rounds up to a second") << 1795359844.9999998 << true << base * second;
    QTest::newRow("not a number") << std::nan("") << false << qint64(0);
    QTest::newRow("infinite") << HUGE_VAL << false << qint64(0);
    QTest::newRow("beyond nanoseconds") << 1e10 << false << qint64(0);
    QTest::newRow("milliseconds") << 1795359845123.5 << true << base * second + 123'500'000;
    QTest::newRow("microseconds without") << 1795359845123456.0 << true
                                          << base * second + 123'456'000;
    QTest::newRow("far below") << -1e300 << false << qint64(0);
}

void TestTimestamp::readsSeconds()
{
    QFETCH(double, seconds);
    QFETCH(bool, readable);
    QFETCH(qint64, ns);
    const auto read = timestampFromDouble(seconds);
    QCOMPARE(read.has_value(), readable);
    QCOMPARE(qint64(read.value_or(0)), ns);
}

void TestTimestamp::agreesWithQtOnEveryDay()
{
    const QDate last(2262, 4, 10);
    for (QDate day(1677, 9, 22); day <= last; day = day.addDays(1)) {
        const qint64 expected = QDateTime(day, QTime(0, 0), Qt::UTC).toSecsSinceEpoch() * second;
        std::string written;
        appendTimestamp(written, expected);
        const QString date = day.toString(Qt::ISODate);
        QCOMPARE(QString::fromStdString(written), date + QLatin1String("T00:00:00.000000000Z"));
        QCOMPARE(timestampFromText(date.toStdString()), std::optional<std::int64_t>(expected));
    }
}

void TestTimestamp::writesAndReadsBack_data()
{
    QTest::addColumn<qint64>("ns");
    QTest::addColumn<QByteArray>("text");
    using Limits = std::numeric_limits<qint64>;
    QTest::newRow("epoch") << qint64(0) << QByteArray("1970-01-01T00:00:00.000000000Z");
    QTest::newRow("now") << base * second + 123'456'789
                         << QByteArray("2026-11-22T15:04:05.123456789Z");
    QTest::newRow("one before") << qint64(-1) << QByteArray("1969-12-31T23:59:59.999999999Z");
    QTest::newRow("greatest") << Limits::max() << QByteArray("2262-04-11T23:47:16.854775807Z");
    QTest::newRow("least") << Limits::min() << QByteArray("1677-09-21T00:12:43.145224192Z");
}

void TestTimestamp::writesAndReadsBack()
{
    QFETCH(qint64, ns);
    QFETCH(QByteArray, text);
    std::string written;
    appendTimestamp(written, ns);
    QCOMPARE(QByteArray::fromStdString(written), text);
    QCOMPARE(timestampFromText(written), std::optional<std::int64_t>(ns));
}

void TestTimestamp::nowIsNow()
{
    const qint64 before = QDateTime::currentMSecsSinceEpoch();
    const qint64 now = nowNs() / 1'000'000;
    QVERIFY(now >= before);
    QVERIFY(now <= QDateTime::currentMSecsSinceEpoch());
}

QTEST_GUILESS_MAIN(TestTimestamp)
#include "tst_timestamp.moc"
