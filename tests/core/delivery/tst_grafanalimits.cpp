// SPDX-License-Identifier: GPL-3.0-or-later
// Lines that are longer than a tenant's max_line_size, which is below what Loki comes with.
#include "tests/core/delivery/trapsupport.h"
#include "tests/support/patience.h"

#include <map>

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

QTEST_GUILESS_MAIN(TestGrafanaLimits)
#include "tst_grafanalimits.moc"
