// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t maxLine = 262'144;
constexpr std::size_t maxMetadata = 65'536;
constexpr qsizetype maxPairs = 128;

enum class Place
{
    Metadata,   //!< All fields in structured metadata.
    KeysInLine, //!< The metadata's keys in the line.
    Line,       //!< Everything in the line.
    Unfit,
};

std::shared_ptr<const Service> make(const QString &metadata)
{
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    options.compression = u"none"_s;
    options.own = {{u"structured_metadata"_s, metadata}};
    return makeService(u"grafana"_s, options).value_or(nullptr);
}

Record base()
{
    Record record;
    record.timestamp = 1;
    record.message = "it failed";
    record.context.runId = "r1";
    record.context.workflowName = "import";
    record.lineno = 12;
    return record;
}

Record withMessage(std::size_t size)
{
    Record record = base();
    record.message.assign(size, 'x');
    return record;
}

Record withKeys(int count, const std::string &value = "1")
{
    Record record = base();
    for (int i = 0; i < count; ++i)
        record.metadata += (i ? ",\"k" : "{\"k") + std::to_string(i) + "\":" + value;
    record.metadata += '}';
    return record;
}

} // namespace

Q_DECLARE_METATYPE(Place)

//! What is larger than Loki takes: the limits hold for each entry, and none is lost or cut.
class TestLokiPlacement : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsToTheLimits_data();
    void keepsToTheLimits();
    void keepsToTheLimitsWithoutMetadata_data();
    void keepsToTheLimitsWithoutMetadata();
    void writesTheSameInBothFormats();
    void parksOnlyWhatDoesNotFit();
    void encodesFast();
};

void TestLokiPlacement::keepsToTheLimits_data()
{
    QTest::addColumn<Record>("record");
    QTest::addColumn<Place>("place");
    const auto row = [](const char *what, const Record &record, Place place) {
        QTest::newRow(what) << record << place;
    };
    row("ordinary", base(), Place::Metadata);
    row("line at the limit", withMessage(maxLine), Place::Metadata);
    row("line above the limit", withMessage(maxLine + 1), Place::Unfit);
    Record record = withMessage(maxLine - 10);
    record.stackTrace = "123456789"; // and the line end before it
    row("stack trace at the limit", record, Place::Metadata);
    record.stackTrace += '0';
    row("stack trace above the limit", record, Place::Unfit);
    row("many keys", withKeys(100), Place::Metadata);
    row("too many keys", withKeys(200), Place::KeysInLine);
    row("large keys", withKeys(10, '"' + std::string(6'000, 'v') + '"'), Place::Metadata);
    row("too large keys", withKeys(10, '"' + std::string(7'000, 'v') + '"'), Place::KeysInLine);
    row("one huge value", withKeys(1, '"' + std::string(200'000, 'v') + '"'), Place::KeysInLine);
    row("more than the line takes", withKeys(1, '"' + std::string(300'000, 'v') + '"'),
        Place::Unfit);
    row("more than the line takes once escaped",
        withKeys(1, '"' + QByteArray("\\u0001").repeated(70'000).toStdString() + '"'),
        Place::Unfit);
    record = base();
    record.exceptionMessage.assign(100'000, 'e');
    row("large exception", record, Place::Line);
    record.message.assign(200'000, 'x');
    row("large exception and large message", record, Place::Unfit);
    record = base();
    record.context.tags.assign(1'000, std::string(100, 't'));
    row("large context", record, Place::Line);
    record = withMessage(maxLine - 100);
    record.metadata = withKeys(200).metadata;
    row("no room in either", record, Place::Unfit);
}

void TestLokiPlacement::keepsToTheLimits()
{
    QFETCH(Record, record);
    QFETCH(Place, place);
    const Plan plan = make(u"on"_s)->plan(std::vector{viewOf(record)});
    QCOMPARE(plan.unfit.size(), place == Place::Unfit ? 1U : 0U);
    QCOMPARE(plan.shares.size(), place == Place::Unfit ? 0U : 1U);
    if (place == Place::Unfit) {
        QVERIFY2(plan.unfit[0].reason.contains(QString::number(maxLine)),
                 qPrintable(plan.unfit[0].reason));
        return;
    }
    const QJsonArray entry = QJsonDocument::fromJson(plan.shares[0].request.body)
                                 .object()[u"streams"_s][0][u"values"_s][0]
                                 .toArray();
    const QByteArray line = entry[1].toString().toUtf8();
    const QJsonObject pairs = entry[2].toObject();
    QVERIFY(static_cast<std::size_t>(line.size()) <= maxLine);
    QVERIFY(pairs.size() <= maxPairs);
    std::size_t bytes = 0;
    for (auto it = pairs.begin(); it != pairs.end(); ++it)
        bytes += static_cast<std::size_t>((it.key() + it.value().toString()).toUtf8().size());
    QVERIFY(bytes <= maxMetadata);
    QCOMPARE(pairs.contains(u"run_id"_s), place != Place::Line);
    QCOMPARE(line.contains(" run_id=r1"), place == Place::Line);
    QVERIFY(line.startsWith(record.message.c_str()));
    if (record.metadata.empty())
        return;
    QCOMPARE(pairs.contains(u"k0"_s), place == Place::Metadata);
    QCOMPARE(line.contains(" k0="), place != Place::Metadata);
}

void TestLokiPlacement::keepsToTheLimitsWithoutMetadata_data()
{
    QTest::addColumn<Record>("record");
    QTest::addColumn<bool>("fits");
    QTest::newRow("ordinary") << base() << true;
    QTest::newRow("many keys") << withKeys(200) << true;
    QTest::newRow("message alone is too long") << withMessage(maxLine + 1) << false;
    QTest::newRow("too long with the fields") << withMessage(maxLine) << false;
    QTest::newRow("too long with the keys")
        << withKeys(1, '"' + std::string(262'120, 'v') + '"') << false;
}

void TestLokiPlacement::keepsToTheLimitsWithoutMetadata()
{
    QFETCH(Record, record);
    QFETCH(bool, fits);
    const Plan plan = make(u"off"_s)->plan(std::vector{viewOf(record)});
    QCOMPARE(plan.unfit.empty(), fits);
    QCOMPARE(plan.shares.size(), fits ? 1U : 0U);
}

void TestLokiPlacement::writesTheSameInBothFormats()
{
    std::vector<Record> records{base(), withKeys(200), withKeys(3), base()};
    records[3].exceptionMessage.assign(100'000, 'e');
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    const auto protobuf = makeService(u"grafana"_s, options).value();
    const Plan plan = protobuf->plan(views);
    QCOMPARE(protobuf->readable(plan.shares.at(0).request),
             QString::fromUtf8(make(u"on"_s)->plan(views).shares.at(0).request.body));
}

void TestLokiPlacement::parksOnlyWhatDoesNotFit()
{
    const Record small = base();
    const Record large = withMessage(300'000);
    const std::vector<RecordView> views{viewOf(large), viewOf(small), viewOf(large),
                                        viewOf(small), viewOf(small), viewOf(large)};
    const Plan plan = make(u"on"_s)->plan(views);
    QCOMPARE(plan.shares.size(), 1U);
    QCOMPARE(plan.shares[0].indices, (std::vector<std::size_t>{1, 3, 4}));
    QCOMPARE(plan.shares[0].request.body.count("it failed"), 3);
    QVERIFY(!plan.shares[0].request.body.contains("xxx"));
    QCOMPARE(plan.unfit.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(plan.unfit[i].index, (std::array<std::size_t, 3>{0, 2, 5}[i]));
        QCOMPARE(plan.unfit[i].reason, plan.unfit[0].reason);
    }
    const std::vector<RecordView> only{viewOf(large)};
    QVERIFY(make(u"on"_s)->plan(only).shares.empty());
}

void TestLokiPlacement::encodesFast()
{
    Record record = withMessage(250);
    record.metadata = R"({"id":123456,"table":"orders"})";
    RecordView view = viewOf(record);
    const std::vector<RecordView> views(8'000, view);
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    const auto service = makeService(u"grafana"_s, options).value();
    QBENCHMARK
    {
        QCOMPARE(service->plan(views).shares.size(), 1U);
    }
}

QTEST_GUILESS_MAIN(TestLokiPlacement)
#include "tst_lokiplacement.moc"
