// SPDX-License-Identifier: GPL-3.0-or-later
// What others lost records by at Loki (protocols.md, section 7.2), by the bytes that arrive.
#include "tests/core/delivery/trapsupport.h"
#include "tests/support/patience.h"

#include <QRegularExpression>

#include <map>
#include <set>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const QString plain = u"none"_s; // JSON that is not compressed

QJsonArray streamsOf(const HttpRequest &request)
{
    return jsonOf(request)[u"streams"_s].toArray();
}

// To the question for its version.
AnswerRule lokiOf(const QByteArray &version)
{
    return [version](const SeenRequest &seen) -> std::optional<Answer> {
        if (!seen.request.url.path().endsWith("/loki/api/v1/status/buildinfo"_L1))
            return std::nullopt;
        return Answer{200, "{\"version\":\"" + version + "\"}", "application/json"};
    };
}

} // namespace

class TestGrafanaTraps : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sendsWhatTheHeadersSay_data();
    void sendsWhatTheHeadersSay();
    void writesNothingButTextIntoEntries();
    void keepsIdsOutOfTheLabels();
    void givesEqualLinesTimesOfTheirOwn_data();
    void givesEqualLinesTimesOfTheirOwn();
    void sendsEachStreamInOrderOfTime();
    void sendsNothingWithoutEntries();
    void followsTheVersion_data();
    void followsTheVersion();
    void goesOnWithoutMetadata_data();
    void goesOnWithoutMetadata();
    void sendsNothingThatLokiWouldCallTooOld();
    void replaysOldRecordsIntoStreamsOfTheirOwn();
    void parksThoseOutOfTimeAlone_data();
    void parksThoseOutOfTimeAlone();
    void sendsTheSameEntriesAfterARestart_data();
    void sendsTheSameEntriesAfterARestart();
};

// L11, L12, and no request without a Content-Type
void TestGrafanaTraps::sendsWhatTheHeadersSay_data()
{
    QTest::addColumn<QString>("compression");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("encoding");
    QTest::newRow("by default") << QString() << "application/x-protobuf"_ba
                                << "snappy"_ba;
    QTest::newRow("gzip") << u"gzip"_s << "application/json"_ba
                          << "gzip"_ba;
    QTest::newRow("none") << plain << "application/json"_ba << QByteArray();
}

void TestGrafanaTraps::sendsWhatTheHeadersSay()
{
    QFETCH(QString, compression);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, encoding);
    Delivery delivery(u"grafana"_s, {{u"tenant"_s, u"team-a"_s}}, compression);
    QVERIFY(delivery.send({recordOf("m")}));
    const HttpRequest request = delivery.request();
    QCOMPARE(request.url.path(), u"/loki/api/v1/push"_s);
    QCOMPARE(headerValue(request.headers, "Content-Type"), type);
    QCOMPARE(headerValue(request.headers, "Content-Encoding"), encoding);
    QCOMPARE(headerValue(request.headers, "X-Scope-OrgID"), "team-a"_ba);
    QVERIFY(!plainBody(request).isEmpty());
    QVERIFY(encoding != "gzip" || request.body.startsWith("\x1f\x8b"));
    // The tenant also sees the question for the version.
    QCOMPARE(delivery.server.others.size(), 1);
    QCOMPARE(headerValue(delivery.server.others[0].headers, "X-Scope-OrgID"), "team-a"_ba);
}

// L2, L3
void TestGrafanaTraps::writesNothingButTextIntoEntries()
{
    Record record = recordOf("m");
    record.lineno = 12;
    record.durationMs = 1.5;
    record.metadata = R"({"n":7,"b":true,"z":null,"o":{"a":[1]},"a.b-c":"x"})";
    Delivery delivery(u"grafana"_s, {}, plain);
    QVERIFY(delivery.send({record}));
    const QJsonArray entry =
        streamsOf(delivery.request()).at(0)[u"values"_s].toArray().at(0).toArray();
    QCOMPARE(entry.size(), 3);
    QVERIFY(entry.at(0).isString());
    QVERIFY(entry.at(1).isString());
    const QJsonObject metadata = entry.at(2).toObject();
    QVERIFY(metadata.size() >= 8);
    static const QRegularExpression name(u"^[a-zA-Z_][a-zA-Z0-9_]*$"_s);
    for (auto it = metadata.begin(); it != metadata.end(); ++it) {
        QVERIFY2(it.value().isString(), qPrintable(it.key()));
        QVERIFY2(name.match(it.key()).hasMatch(), qPrintable(it.key()));
    }
    QCOMPARE(metadata[u"n"_s].toString(), u"7"_s);
    QCOMPARE(metadata[u"b"_s].toString(), u"true"_s);
}

// L7, L13
void TestGrafanaTraps::keepsIdsOutOfTheLabels()
{
    std::vector<Record> records;
    for (int i = 0; i < 50; ++i) {
        Record record = recordOf("m", nowNs() + i);
        record.context.runId = "run-" + std::to_string(i);
        record.context.workflowName = std::string(3000, 'w') + "\xe6\xbc\xa2";
        record.context.userId = "user-" + std::to_string(i);
        record.traceId = "trace-" + std::to_string(i);
        record.metadata = R"({"order":)" + std::to_string(i) + '}';
        records.push_back(record);
    }
    Delivery delivery(u"grafana"_s, {{u"labels"_s, QJsonObject{{u"team"_s, u"data"_s}}}}, plain);
    QVERIFY(delivery.send(records));
    const QJsonArray streams = streamsOf(delivery.request());
    QCOMPARE(streams.size(), 1);
    const QJsonObject labels = streams.at(0)[u"stream"_s].toObject();
    QCOMPARE(labels.keys(),
             (QStringList{u"level"_s, u"service_name"_s, u"team"_s, u"workflow_name"_s}));
    for (const QJsonValue &value : labels) {
        const QByteArray text = value.toString().toUtf8();
        QVERIFY(!text.isEmpty() && text.size() <= 2048);
    }
}

// L9
void TestGrafanaTraps::givesEqualLinesTimesOfTheirOwn_data()
{
    QTest::addColumn<qint64>("fraction"); // ns
    QTest::newRow("milliseconds") << qint64(0);
    QTest::newRow("microseconds") << qint64(456'000);
}

void TestGrafanaTraps::givesEqualLinesTimesOfTheirOwn()
{
    QFETCH(qint64, fraction);
    const std::int64_t millisecond = nowNs() / 1'000'000 * 1'000'000;
    Delivery delivery(u"grafana"_s, {}, plain);
    QVERIFY(delivery.send(std::vector<Record>(5, recordOf("same line", millisecond + fraction))));
    std::set<QString> times;
    const QJsonArray values = streamsOf(delivery.request()).at(0)[u"values"_s].toArray();
    for (const QJsonValue &entry : values) {
        times.insert(entry[0].toString());
        QCOMPARE(entry[0].toString().toLongLong() / 1'000'000, millisecond / 1'000'000);
    }
    QCOMPARE(times.size(), 5U);
}

// L6
void TestGrafanaTraps::sendsEachStreamInOrderOfTime()
{
    const std::int64_t now = nowNs();
    std::vector<Record> records;
    for (int i = 0; i < 60; ++i) {
        Record record = recordOf("m" + std::to_string(i), now - i * 37 % 60 * secondNs);
        record.level = i % 2 == 0 ? Level::Info : Level::Error;
        records.push_back(record);
    }
    Delivery delivery(u"grafana"_s, {}, plain);
    QVERIFY(delivery.send(records));
    const QJsonArray streams = streamsOf(delivery.request());
    QCOMPARE(streams.size(), 2);
    for (const QJsonValue &stream : streams) {
        const QJsonArray values = stream[u"values"_s].toArray();
        QCOMPARE(values.size(), 30);
        qint64 last = 0;
        for (const QJsonValue &entry : values) {
            QVERIFY(entry[0].toString().toLongLong() > last);
            last = entry[0].toString().toLongLong();
        }
    }
}

// L5, and the limit of a line, above which Loki refuses the entry
void TestGrafanaTraps::sendsNothingWithoutEntries()
{
    const std::string large(300'000, 'x');
    Delivery delivery(u"grafana"_s);
    QVERIFY(delivery.send({recordOf(large)}));
    QVERIFY(delivery.server.pushes.isEmpty());
    QCOMPARE(delivery.ledger().failed, 1);
    QVERIFY(!delivery.reasonOf(large).isEmpty());
    QVERIFY(delivery.send({recordOf(large), recordOf("small")}));
    QCOMPARE(delivery.server.pushes.size(), 1);
    QCOMPARE(delivery.server.stored, QStringList{u"small"_s});
    QVERIFY(delivery.ledger().isBalanced());
}

// L4, and metadata that older Lokis do not take
void TestGrafanaTraps::followsTheVersion_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<bool>("hasMetadata");
    QTest::addColumn<bool>("hasEscapes");
    QTest::newRow("without metadata") << "2.8.11"_ba << false << false;
    QTest::newRow("that mishandles escapes") << "3.1.0"_ba << true << false;
    QTest::newRow("that undoes escapes") << "3.7.6"_ba << true << true;
}

void TestGrafanaTraps::followsTheVersion()
{
    QFETCH(QByteArray, version);
    QFETCH(bool, hasMetadata);
    QFETCH(bool, hasEscapes);
    Record record = recordOf("m");
    record.metadata = R"({"plain":"x","text":"a \"word\" and\na line"})";
    Delivery delivery(u"grafana"_s, {}, plain, lokiOf(version));
    QVERIFY(delivery.send({record}));
    const QJsonArray entry =
        streamsOf(delivery.request()).at(0)[u"values"_s].toArray().at(0).toArray();
    const QJsonObject metadata = entry.at(2).toObject();
    QCOMPARE(!metadata.isEmpty(), hasMetadata);
    bool isEscaped = false;
    for (const QJsonValue &value : metadata)
        isEscaped =
            isEscaped || value.toString().contains(u'"') || value.toString().contains(u'\n');
    QCOMPARE(isEscaped, hasEscapes);
    QVERIFY(plainBody(delivery.request()).contains("word")); // Wherever it stands.
}

// Whether metadata is taken is a setting beside the version.
void TestGrafanaTraps::goesOnWithoutMetadata_data()
{
    QTest::addColumn<QString>("setting");
    QTest::addColumn<bool>("goesOn");
    QTest::newRow("auto") << u"auto"_s << true;
    QTest::newRow("on") << u"on"_s << false;
}

void TestGrafanaTraps::goesOnWithoutMetadata()
{
    QFETCH(QString, setting);
    QFETCH(bool, goesOn);
    Delivery delivery(u"grafana"_s, {{u"structured_metadata"_s, setting}}, plain,
                      [](const SeenRequest &seen) -> std::optional<Answer> {
                          if (seen.number != 1)
                              return std::nullopt;
                          return Answer{400, "stream '{}' includes structured metadata, but this "
                                             "feature is disallowed\n"};
                      });
    delivery.engine().append(blockOf({recordOf("a"), recordOf("b")}));
    if (!goesOn) {
        QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
        return;
    }
    QTRY_COMPARE(delivery.ledger().delivered, 2);
    QCOMPARE(delivery.server.pushes.size(), 2);
    const QByteArray body = plainBody(delivery.server.pushes.last().request);
    QVERIFY(body.contains("run-1")); // in the line now
    const auto entry =
        streamsOf(delivery.server.pushes.last().request).at(0)[u"values"_s].toArray().at(0);
    QCOMPARE(entry.toArray().size(), 2);
}

// Loki stores the others, and tells the limit.
void TestGrafanaTraps::sendsNothingThatLokiWouldCallTooOld()
{
    const std::vector<Record> records{recordOf("eight days", nowNs() - 192 * hourNs),
                                      recordOf("six days", nowNs() - 144 * hourNs)};
    Delivery delivery(u"grafana"_s, {}, plain);
    QVERIFY(delivery.send(records));
    QCOMPARE(delivery.server.stored, QStringList{u"six days"_s});
    QCOMPARE(delivery.ledger().failed, 1);
    QVERIFY(delivery.reasonOf("eight days").contains(u"older than 7 days"_s));
    // As the tenant is set up.
    Delivery patient(u"grafana"_s, {{u"max_age"_s, u"10d"_s}}, plain);
    QVERIFY(patient.send(records));
    QCOMPARE(patient.ledger().delivered, 2);
}

// L6
void TestGrafanaTraps::replaysOldRecordsIntoStreamsOfTheirOwn()
{
    // As Loki: takes nothing that is more than an hour behind its stream. First it has no room.
    std::map<QByteArray, qint64> newest;
    bool hasRoom = false;
    bool isDown = false;
    Delivery delivery(
        u"grafana"_s, {}, plain, [&](const SeenRequest &seen) -> std::optional<Answer> {
            if (isDown)
                return Answer{503, "down"};
            if (!hasRoom && seen.number > 0)
                return Answer{400,
                              "Max entry size '262144' bytes exceeded for stream '{}' while adding "
                              "an entry with length '300000' bytes"};
            for (const QJsonValue &stream : streamsOf(seen.request)) {
                const QByteArray labels = QJsonDocument(stream[u"stream"_s].toObject()).toJson();
                for (const QJsonValue &entry : stream[u"values"_s].toArray()) {
                    const qint64 time = entry[0].toString().toLongLong();
                    if (newest.contains(labels) && time < newest[labels] - hourNs)
                        return Answer{
                            400, "entry with timestamp 0 ignored, reason: 'entry too far behind"
                                 "', total ignored: 1 out of 1"};
                    newest[labels] = std::max(newest[labels], time);
                }
            }
            return std::nullopt;
        });
    for (const int hours : {3, 5, 2}) {
        const std::string message = std::to_string(hours) + " hours ago";
        QVERIFY(delivery.send({recordOf(message, nowNs() - hours * hourNs)}));
    }
    QCOMPARE(delivery.ledger().failed, 3);
    hasRoom = true;
    QVERIFY(delivery.send({recordOf("now")}));
    QCOMPARE(delivery.server.stored, QStringList{u"now"_s});
    // First as they were, so that Loki can merge what it has already.
    delivery.engine().replay({1, 2, 3});
    for (const char *message : {"3 hours ago", "5 hours ago", "2 hours ago"})
        QTRY_VERIFY(delivery.reasonOf(message).contains(u"too far behind"_s));
    QCOMPARE(delivery.ledger().failed, 3);
    isDown = true; // what comes between does not matter
    delivery.engine().replay({1, 2, 3});
    for (const char *message : {"3 hours ago", "5 hours ago", "2 hours ago"})
        QTRY_VERIFY(delivery.reasonOf(message).contains(u"503"_s));
    isDown = false;
    delivery.engine().replay({1, 2, 3});
    QTRY_COMPARE(delivery.ledger().delivered, 4);
    QCOMPARE(delivery.ledger().failed, 0);
    QCOMPARE(delivery.server.stored.size(), 4);
    // The label is for Loki alone: who reads the records finds nothing new in them.
    const HttpRequest last = delivery.server.pushes.last().request;
    QVERIFY(plainBody(last).contains("\"backfill_hour\":\"20"));
    ServiceOptions options;
    options.url = delivery.server.url();
    const auto reader = makeService(u"grafana"_s, options).value();
    int read = 0;
    QVERIFY(reader->decode(last, [&](const RecordView &record) {
        ++read;
        QVERIFY(record.metadata.empty());
    }));
    QCOMPARE(read, 1);
}

void TestGrafanaTraps::parksThoseOutOfTimeAlone_data()
{
    QTest::addColumn<qint64>("hours"); // of the two records, from now
    QTest::addColumn<QByteArray>("form");
    QTest::addColumn<bool>("isToldWhich");
    QTest::newRow("too old") << qint64(-200)
                             << "2 errors like: entry for stream '{}' has timestamp too old: %1, "
                                "oldest acceptable timestamp is: %2\n"_ba
                             << true;
    QTest::newRow("too far behind")
        << qint64(-2)
        << "entry with timestamp %1 ignored, reason: 'entry too far behind, entry timestamp is: "
           "%1, oldest acceptable timestamp is: %2',\ntotal ignored: 2 out of 12 for stream: {}\n"_ba
        << true;
    QTest::newRow("too new")
        << qint64(1) << "2 errors like: entry for stream '{}' has timestamp too new: %1\n"_ba
        << true;
    QTest::newRow("a count that does not fit")
        << qint64(-200)
        << "3 errors like: entry for stream '{}' has timestamp too old: %1, oldest acceptable "
           "timestamp is: %2\n"_ba
        << false;
}

void TestGrafanaTraps::parksThoseOutOfTimeAlone()
{
    QFETCH(qint64, hours);
    QFETCH(QByteArray, form);
    QFETCH(bool, isToldWhich);
    const std::int64_t now = nowNs();
    const auto text = [](std::int64_t time) { // as Go writes it, without fractions
        return QDateTime::fromMSecsSinceEpoch(time / 1'000'000, Qt::UTC)
            .toString(Qt::ISODate)
            .toLatin1();
    };
    const std::int64_t time = now + hours * hourNs;
    const std::int64_t limit = hours < -100 ? now - 168 * hourNs : now - hourNs;
    const QByteArray answer = QByteArray(form).replace("%1", text(time)).replace("%2", text(limit));
    const QJsonObject anyAge{{u"max_age"_s, u"off"_s}};
    Delivery delivery(u"grafana"_s, anyAge, plain, [answer](const SeenRequest &) {
        return Answer{400, answer};
    });
    std::vector<Record> records{recordOf("bad 1", time), recordOf("bad 2", time + 1'000'000)};
    for (int i = 0; i < 10; ++i)
        records.push_back(recordOf("good", now - i * secondNs));
    QVERIFY(delivery.send(records));
    QCOMPARE(delivery.server.pushes.size(), 1);
    QCOMPARE(delivery.ledger().failed, isToldWhich ? 2 : 12);
    QVERIFY2(delivery.reasonOf("bad 1").contains(u"timestamp"_s),
             qPrintable(delivery.reasonOf("bad 1")));
    QCOMPARE(delivery.reasonOf("good").isEmpty(), isToldWhich);
}

// Loki stores an entry once only where its time, line and metadata are those of before.
void TestGrafanaTraps::sendsTheSameEntriesAfterARestart_data()
{
    QTest::addColumn<int>("unanswered"); // the number of the push
    QTest::newRow("of the first push") << 1;
    QTest::newRow("of a later one with lines that were there before") << 2;
}

void TestGrafanaTraps::sendsTheSameEntriesAfterARestart()
{
    QFETCH(int, unanswered);
    AnswerServer server(u"grafana"_s, [unanswered](const SeenRequest &seen) {
        return seen.number == unanswered ? std::optional(Answer{Answer::silent}) : std::nullopt;
    });
    const std::int64_t now =
        nowNs() / 1'000'000 * 1'000'000; // So that each gets a time of its own.
    std::vector<Record> records(3, recordOf("same line", now));
    for (int i = 0; i < 10; ++i) {
        Record record = recordOf("m" + std::to_string(i), now - i * 7 % 10 * secondNs);
        record.level = i % 2 == 0 ? Level::Info : Level::Error;
        record.metadata = R"({"number":)" + std::to_string(i) + '}';
        records.push_back(record);
    }
    const int count = int(records.size());
    Endpoint endpoint = server.endpoint(count);
    endpoint.options.compression = plain;
    endpoint.timeout = std::chrono::minutes(1); // No repetition before the restart.
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    auto engine = startEngine(folder, {endpoint});
    for (int push = 1; push <= unanswered; ++push) {
        engine->append(blockOf(records));
        QTRY_COMPARE(ledgerOf(*engine).delivered, (push - 1) * count);
        QTRY_COMPARE(server.pushes.size(), push);
    }
    engine.reset();
    engine = startEngine(folder, {endpoint});
    QTRY_COMPARE(ledgerOf(*engine).delivered, unanswered * count);
    QVERIFY(ledgerOf(*engine).isBalanced());
    QCOMPARE(server.pushes.size(), unanswered + 1);
    const QJsonArray before = streamsOf(server.pushes[unanswered - 1].request);
    QCOMPARE(before.size(), 2);
    QCOMPARE(streamsOf(server.pushes[unanswered].request), before);
    QStringList expected;
    for (int push = 1; push <= unanswered; ++push) {
        for (const Record &record : records)
            expected.append(QString::fromStdString(record.message));
    }
    expected.sort();
    server.stored.sort();
    QCOMPARE(server.stored, expected);
}

QTEST_GUILESS_MAIN(TestGrafanaTraps)
#include "tst_grafanatraps.moc"
