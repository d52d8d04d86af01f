// SPDX-License-Identifier: GPL-3.0-or-later
// What Loki would refuse or drop: lines that are longer than a tenant's max_line_size, which is
// below what Loki comes with, and equal lines of one time.
#include "tests/core/delivery/trapsupport.h"
#include "tests/support/patience.h"

#include <map>
#include <set>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t limit = 100;

//! As Loki answers to a push: an error for each length of a stream, up to \a mostErrors, and \a
//! more before them.
AnswerRule lokiWithLimit(std::size_t mostErrors, const QByteArray &more)
{
    return [=](const SeenRequest &seen) -> std::optional<Answer> {
        ServiceOptions options;
        options.url = QUrl(u"http://loki.example"_s);
        const auto reader = makeService(u"grafana"_s, options).value();
        std::map<std::pair<Level, std::size_t>, int> refused;
        const auto read = reader->decode(seen.request, [&](const RecordView &record) {
            if (record.message.size() > limit)
                ++refused[{record.level, record.message.size()}];
        });
        if (!read || refused.empty())
            return std::nullopt;
        QByteArray body = more;
        std::size_t errors = 0;
        for (const auto &[kind, count] : refused) {
            if (errors++ == mostErrors)
                break;
            body += body.isEmpty() ? "" : "; ";
            if (refused.size() > 1 || count > 1 || !more.isEmpty())
                body += QByteArray::number(count) + " errors like: ";
            body += "Max entry size '" + QByteArray::number(int(limit)) +
                    "' bytes exceeded for stream '{level=\"" +
                    QByteArray(levelName(kind.first).data()) +
                    "\", service_name=\"import\"}' while adding an entry with length '" +
                    QByteArray::number(int(kind.second)) + "' bytes";
        }
        return Answer{400, body + '\n'};
    };
}

//! Of two streams and in no order of time; \a longOnes of them are too long, of \a lengths lengths.
std::vector<Record> recordsWith(int longOnes, int lengths)
{
    std::vector<Record> records;
    const int step = 200 / longOnes;
    for (int i = 0; i < 200; ++i) {
        const bool isLong = i % step == 0;
        std::string message = (isLong ? "long " : "short ") + std::to_string(i) + ' ';
        if (isLong)
            message.resize(limit + 1 + std::size_t(i / step % lengths), 'x');
        Record record = recordOf(message, nowNs() - i * 37 % 200 * secondNs);
        record.level = i % 3 == 0 ? Level::Error : Level::Info;
        records.push_back(record);
    }
    return records;
}

} // namespace

class TestGrafanaLimits : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void parksOnlyTheLongLines_data();
    void parksOnlyTheLongLines();
    void keepsEqualLinesApart_data();
    void keepsEqualLinesApart();
    void movesNoOtherTimes();
};

void TestGrafanaLimits::parksOnlyTheLongLines_data()
{
    QTest::addColumn<QString>("compression");
    QTest::addColumn<int>("longOnes");
    QTest::addColumn<int>("lengths");
    QTest::addColumn<qulonglong>("mostErrors");
    QTest::addColumn<QByteArray>("more");
    QTest::addColumn<int>("failed");
    const QByteArray none;
    for (const char *compression : {"snappy", "gzip", "none"}) {
        const auto row = [&](const char *what) -> QTestData & {
            return QTest::addRow("%s, %s", compression, what) << QString::fromLatin1(compression);
        };
        row("one") << 1 << 1 << 100ULL << none << 1;
        row("several of a length") << 5 << 1 << 100ULL << none << 5;
        row("each of its own length") << 8 << 8 << 100ULL << none << 8;
        row("the first ten errors") << 25 << 25 << 10ULL << none << 25;
        row("all") << 200 << 7 << 100ULL << none << 200;
        row("besides others, unknown which")
            << 5 << 5 << 100ULL
            << "3 errors like: entry for stream '{}' has timestamp too new: 2030"_ba << 200;
    }
}

void TestGrafanaLimits::parksOnlyTheLongLines()
{
    QFETCH(QString, compression);
    QFETCH(int, longOnes);
    QFETCH(int, lengths);
    QFETCH(qulonglong, mostErrors);
    QFETCH(QByteArray, more);
    QFETCH(int, failed);
    Delivery delivery(u"grafana"_s, {}, compression, lokiWithLimit(mostErrors, more));
    const std::vector<Record> records = recordsWith(longOnes, lengths);
    QVERIFY(delivery.send(records));
    QCOMPARE(delivery.server.pushes.size(), 1);
    QCOMPARE(delivery.ledger().failed, failed);
    QCOMPARE(delivery.ledger().delivered, 200 - failed);
    int inBatches = 0;
    for (const Record &record : records) {
        const bool isParked = !delivery.reasonOf(record.message).isEmpty();
        inBatches += isParked ? 1 : 0;
        if (failed < 200)
            QCOMPARE(isParked, record.message.size() > limit);
    }
    QCOMPARE(inBatches, failed);
}

// In several requests and in one.
void TestGrafanaLimits::keepsEqualLinesApart_data()
{
    QTest::addColumn<qint64>("fraction"); // ns, of the only time that all have
    QTest::addColumn<qint64>("step");     // from one to the next
    QTest::addColumn<qint64>("most");     // by which one may move
    const auto row = [](const char *what, qint64 fraction, qint64 step, qint64 most) {
        QTest::newRow(what) << fraction << step << most;
    };
    row("of one second", 0, 0, 1'000'000);
    row("of one millisecond", 5'000'000, 0, 100'000);
    row("of one microsecond", 5'006'000, 0, 101'000);
    row("of one tenth of it", 5'006'700, 0, 100'000);
    row("of one nanosecond", 5'006'789, 0, 100'000);
    row("of a clock of microseconds", 5'006'000, 1'000, 101'000);
    row("of a clock of milliseconds", 5'000'000, 1'000'000, 1'000'000);
}

void TestGrafanaLimits::keepsEqualLinesApart()
{
    QFETCH(qint64, fraction);
    QFETCH(qint64, step);
    QFETCH(qint64, most);
    const std::int64_t second = nowNs() / secondNs * secondNs - 60 * secondNs;
    constexpr int count = 5000;
    for (const std::size_t size : {1000U, 5000U}) {
        Delivery delivery(u"grafana"_s, {}, u"none"_s);
        for (int i = 0; i < count; i += int(size)) {
            std::vector<Record> records;
            for (int k = i; k < i + int(size); ++k)
                records.push_back(recordOf("same line", second + fraction + k * step));
            QVERIFY(delivery.send(records));
        }
        std::vector<std::int64_t> times;
        for (const SeenRequest &push : delivery.server.pushes) {
            const QJsonArray streams = jsonOf(push.request)[u"streams"_s].toArray();
            QCOMPARE(streams.size(), 1);
            for (const QJsonValue &entry : streams[0][u"values"_s].toArray()) {
                QCOMPARE(entry[1].toString(), u"same line"_s);
                times.push_back(entry[0].toString().toLongLong());
            }
        }
        QCOMPARE(times.size(), std::size_t(count));
        QCOMPARE(std::set<std::int64_t>(times.begin(), times.end()).size(), std::size_t(count));
        std::sort(times.begin(), times.end());
        for (int i = 0; i < count; ++i) {
            const std::int64_t moved = times[std::size_t(i)] - second - fraction - i * step;
            QVERIFY2(moved >= 0 && moved < most, qPrintable(QString::number(moved)));
        }
    }
}

void TestGrafanaLimits::movesNoOtherTimes()
{
    const std::int64_t time = nowNs() / secondNs * secondNs - 60 * secondNs + 123'456'789;
    std::vector<Record> records;
    for (int i = 0; i < 100; ++i) // two lines of each time, which differ, and one alone
        records.push_back(recordOf("line " + std::to_string(i), time + i / 2 * 2));
    records.push_back(recordOf("line 1", time + 1));
    Delivery delivery(u"grafana"_s, {}, u"none"_s);
    QVERIFY(delivery.send(records));
    std::multiset<std::int64_t> times;
    for (const QJsonValue &entry :
         jsonOf(delivery.request())[u"streams"_s][0][u"values"_s].toArray())
        times.insert(entry[0].toString().toLongLong() - time);
    std::multiset<std::int64_t> expected;
    for (const Record &record : records)
        expected.insert(record.timestamp - time);
    QVERIFY(times == expected);
}

QTEST_GUILESS_MAIN(TestGrafanaLimits)
#include "tst_grafanalimits.moc"
