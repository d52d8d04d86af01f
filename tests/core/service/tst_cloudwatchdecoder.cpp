// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"
#include "tests/core/service/cloudwatchsupport.h"

using namespace trace;

namespace {

HttpRequest requestOf(const QByteArray &operation, const QByteArray &body)
{
    HttpRequest request;
    request.url = QUrl(u"/"_s);
    request.headers = {{"x-amz-target"_ba, "Logs_20140328." + operation},
                       {"Content-Type"_ba, "application/x-amz-json-1.1"_ba}};
    request.body = body;
    return request;
}

HttpRequest putOf(const QByteArray &events, const QByteArray &group = "/aws/app"_ba,
                  const QByteArray &stream = "s-1"_ba)
{
    return requestOf("PutLogEvents"_ba, R"({"logGroupName":")" + group + R"(","logStreamName":")" +
                                            stream + R"(","logEvents":)" + events + '}');
}

struct Read
{
    std::vector<Record> records;
    tl::expected<void, DecodeError> done;
};

Read read(const HttpRequest &request)
{
    Read result;
    result.done = make()->decode(
        request, [&](const RecordView &view) { result.records.push_back(toRecord(view)); });
    return result;
}

QJsonObject metadataOf(const Record &record)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(record.metadata)).object();
}

//! As the client gets it.
HttpReply answerOf(const ServiceAnswer &given)
{
    return answer(given.status, given.body, given.headers);
}

QJsonObject jsonOf(const ServiceAnswer &answer)
{
    return QJsonDocument::fromJson(answer.body).object();
}

} // namespace

class TestCloudWatchDecoder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesBackWhatWasPlanned();
    void readsTextMessages();
    void readsJsonMessages();
    void keepsTheTimeOfTheEvent();
    void keepsBothNamesOfMetadata();
    void replacesWhatIsNoUtf8();
    void takesSignedAndCompressedRequests();
    void refusesRequests_data();
    void refusesRequests();
    void hasNoRecordsInOtherOperations();
    void answersLikeAws();
    void answersDescriptions();
    void refusesLikeAws_data();
    void refusesLikeAws();
};

void TestCloudWatchDecoder::givesBackWhatWasPlanned()
{
    std::vector<Record> records;
    for (int i = 0; i < 200; ++i) {
        Record record = recordAt(start + i * 1'234'567, "text \"" + std::to_string(i) + "\"\n",
                                 i % 2 == 0 ? "run:even" : "odd");
        record.context.tags = {"a", "b"};
        record.level = allLevels[static_cast<std::size_t>(i) % 5];
        record.durationMs = 1.5 * i;
        record.stackTrace = "Traceback\n\xF0\x9F\x9A\x80";
        record.metadata = R"({"id":)" + std::to_string(i) + '}';
        if (i % 50 == 0)
            (record = Record()).timestamp = 1; // at 0 nothing happened
        records.push_back(record);
    }
    std::vector<Record> got(records.size());
    std::size_t count = 0;
    for (const Share &share : planOf(records).shares) {
        const Read result = read(share.request);
        QVERIFY(result.done);
        QCOMPARE(result.records.size(), share.indices.size());
        for (std::size_t i = 0; i < share.indices.size(); ++i, ++count)
            got[share.indices[share.order.empty() ? i : share.order[i]]] = result.records[i];
    }
    QCOMPARE(count, records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
        QVERIFY2(got[i] == records[i], qPrintable(QString::number(i)));
}

void TestCloudWatchDecoder::readsTextMessages()
{
    const Read result = read(putOf(R"([{"timestamp":1700000000123,"message":"[WARN] it {failed}"},)"
                                   R"({"timestamp":1700000000123,"message":"42"}])"_ba));
    QVERIFY(result.done);
    QCOMPARE(result.records.size(), 2U);
    const Record &record = result.records[0];
    QCOMPARE(record.message, std::string("[WARN] it {failed}"));
    QCOMPARE(record.timestamp, 1'700'000'000'123'000'000);
    QCOMPARE(metadataOf(record),
             (QJsonObject{{u"log_group"_s, u"/aws/app"_s}, {u"log_stream"_s, u"s-1"_s}}));
    QCOMPARE(result.records[1].message, std::string("42"));
}

void TestCloudWatchDecoder::readsJsonMessages()
{
    const Read result = read(
        putOf(R"([{"timestamp":1700000000123,"message":"{\"level\":\"ERROR\",\"message\":\"m\",)"
              R"(\"run_id\":\"r\",\"requestId\":7,\"_aws\":{\"Timestamp\":1}}"}])"_ba));
    QVERIFY(result.done);
    const Record &record = result.records.at(0);
    QCOMPARE(record.message, std::string("m"));
    QCOMPARE(record.level, Level::Error);
    QCOMPARE(record.context.runId, std::string("r"));
    QCOMPARE(record.timestamp, 1'700'000'000'123'000'000);
    const QJsonObject metadata = metadataOf(record);
    QCOMPARE(metadata.value(u"requestId"_s).toInt(), 7);
    QCOMPARE(metadata.value(u"log_group"_s).toString(), u"/aws/app"_s);
    QVERIFY(metadata.contains(u"_aws"_s));
}

void TestCloudWatchDecoder::keepsTheTimeOfTheEvent()
{
    const Read result = read(putOf(
        R"([{"timestamp":1700000000123,"message":"{\"timestamp\":\"2020-01-01T00:00:00Z\"}"}])"_ba));
    QCOMPARE(result.records.at(0).timestamp, 1'577'836'800 * second);
    QCOMPARE(metadataOf(result.records[0]).value(u"event_timestamp"_s).toInteger(), 1700000000123);
    const Read late = read(putOf(R"([{"timestamp":99999999999999999,"message":"m"}])"_ba));
    QVERIFY(late.done);
    QCOMPARE(metadataOf(late.records.at(0)).value(u"event_timestamp"_s).toInteger(),
             99999999999999999);
}

void TestCloudWatchDecoder::keepsBothNamesOfMetadata()
{
    const Read result = read(
        putOf(R"([{"timestamp":1,"message":"{\"message\":\"m\",\"log_group\":\"own\"}"}])"_ba));
    const QJsonObject metadata = metadataOf(result.records.at(0));
    QCOMPARE(metadata.value(u"log_group"_s).toString(), u"own"_s);
    QCOMPARE(metadata.value(u"cloudwatch_log_group"_s).toString(), u"/aws/app"_s);
}

void TestCloudWatchDecoder::replacesWhatIsNoUtf8()
{
    const Read lone = read(putOf(R"([{"timestamp":1,"message":"a\ud83d b"}])"_ba));
    QVERIFY(lone.done);
    QCOMPARE(lone.records.at(0).message, std::string("a\xEF\xBF\xBD b"));
    const Read bytes = read(putOf("[{\"timestamp\":1,\"message\":\"a\xFF b\"}]"_ba));
    QVERIFY(bytes.done);
    QCOMPARE(bytes.records.at(0).message, std::string("a\xEF\xBF\xBD b"));
}

void TestCloudWatchDecoder::takesSignedAndCompressedRequests()
{
    HttpRequest request = putOf(R"([{"timestamp":1,"message":"m"}])"_ba);
    // What a client sends that never learned to sign.
    request.headers.append({"Authorization"_ba, "AWS4-HMAC-SHA256 my-key"_ba});
    request.headers.append({"x-amzn-logs-format"_ba, "json/emf"_ba});
    QCOMPARE(read(request).records.size(), 1U);
    request.body = gzip({request.body.constData(), std::size_t(request.body.size())});
    request.headers.append({"Content-Encoding"_ba, "gzip"_ba});
    QCOMPARE(read(request).records.size(), 1U);
}

void TestCloudWatchDecoder::refusesRequests_data()
{
    QTest::addColumn<HttpRequest>("request");
    QTest::addColumn<QString>("named");
    const auto row = [](const char *what, const HttpRequest &request, const QString &named) {
        QTest::newRow(what) << request << named;
    };
    row("no target", HttpRequest(), u"UnknownOperationException"_s);
    row("unknown operation", requestOf("StartQuery"_ba, "{}"_ba), u"UnknownOperationException"_s);
    row("no JSON", requestOf("PutLogEvents"_ba, "nonsense"_ba), u"SerializationException"_s);
    row("no object", requestOf("PutLogEvents"_ba, "[]"_ba), u"SerializationException"_s);
    row("nothing in it", requestOf("PutLogEvents"_ba, "{}"_ba), u"logGroupName"_s);
    row("bad group", putOf("[]"_ba, "a b"_ba), u"logGroupName"_s);
    row("bad stream", putOf("[]"_ba, "g"_ba, "a:b"_ba), u"logStreamName"_s);
    row("events are no list", putOf("1"_ba), u"logEvents"_s);
    row("no events", putOf("[]"_ba), u"logEvents"_s);
    row("event is no object", putOf("[1]"_ba), u"timestamp"_s);
    row("time is a text", putOf(R"([{"timestamp":"1","message":"m"}])"_ba), u"timestamp"_s);
    row("time before 1970", putOf(R"([{"timestamp":-1,"message":"m"}])"_ba), u"timestamp"_s);
    row("empty message", putOf(R"([{"timestamp":1,"message":""}])"_ba), u"message"_s);
    row("not in order",
        putOf(R"([{"timestamp":2,"message":"m"},{"timestamp":1,"message":"m"}])"_ba),
        u"chronological"_s);
    row("too large", putOf(R"([{"timestamp":2,"message":")" + QByteArray(1'048'551, 'x') + "\"}]"),
        u"Upload too large: 1048577 bytes"_s);
    QByteArray many = R"([{"timestamp":2,"message":"m"})"_ba;
    many += QByteArray(R"(,{"timestamp":2,"message":"m"})").repeated(10'000) + ']';
    row("too many", putOf(many), u"10000"_s);
    row("group without a name", requestOf("CreateLogGroup"_ba, "{}"_ba), u"logGroupName"_s);
    row("stream without a name", requestOf("CreateLogStream"_ba, R"({"logGroupName":"g"})"_ba),
        u"logStreamName"_s);
}

void TestCloudWatchDecoder::refusesRequests()
{
    QFETCH(HttpRequest, request);
    QFETCH(QString, named);
    const Read result = read(request);
    QVERIFY(!result.done);
    QCOMPARE(result.done.error().status, 400);
    QVERIFY2(result.done.error().text.contains(named), qPrintable(result.done.error().text));
    const QJsonObject body =
        jsonOf(make()->refused(result.done.error().status, result.done.error().text));
    QVERIFY(result.done.error().text.startsWith(body.value(u"__type"_s).toString() + u": "_s));
    QVERIFY(!body.value(u"message"_s).toString().isEmpty());
}

void TestCloudWatchDecoder::hasNoRecordsInOtherOperations()
{
    for (const QByteArray &operation : {"CreateLogGroup"_ba, "CreateLogStream"_ba,
                                        "PutRetentionPolicy"_ba, "DescribeLogStreams"_ba}) {
        const HttpRequest request = requestOf(
            operation, R"({"logGroupName":"g","logStreamName":"s","retentionInDays":7})"_ba);
        const Read result = read(request);
        QVERIFY2(result.done && result.records.empty(), operation.constData());
        QCOMPARE(make()->accepted(request).status, 200);
    }
    QVERIFY(read(requestOf("DescribeLogGroups"_ba, "{}"_ba)).done);
    QVERIFY(make()->accepted(requestOf("CreateLogGroup"_ba, "{}"_ba)).body.isEmpty());
}

void TestCloudWatchDecoder::answersLikeAws()
{
    const HttpRequest request = putOf(R"([{"timestamp":1,"message":"m"}])"_ba);
    const ServiceAnswer answer = make()->accepted(request);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.contentType, "application/x-amz-json-1.1"_ba);
    QVERIFY(!jsonOf(answer).value(u"nextSequenceToken"_s).toString().isEmpty());
    const QByteArray id = headerValue(answer.headers, "x-amzn-requestid");
    QCOMPARE(id.size(), 36);
    const HttpRequest other = putOf(R"([{"timestamp":2,"message":"m"}])"_ba);
    QVERIFY(headerValue(make()->accepted(other).headers, "x-amzn-requestid") != id);
    QCOMPARE(make()->interpret(Share(), answerOf(answer)).kind, Kind::Delivered);
}

void TestCloudWatchDecoder::answersDescriptions()
{
    const auto listed = [](const QByteArray &operation, const QByteArray &body,
                           const QString &list) {
        return jsonOf(make()->accepted(requestOf(operation, body))).value(list).toArray();
    };
    const QJsonArray groups =
        listed("DescribeLogGroups"_ba, R"({"logGroupNamePrefix":"/app"})"_ba, u"logGroups"_s);
    QCOMPARE(groups.size(), 1);
    QCOMPARE(groups[0][u"logGroupName"_s].toString(), u"/app"_s);
    const QJsonArray streams =
        listed("DescribeLogStreams"_ba, R"({"logGroupName":"g","logStreamNamePrefix":"s"})"_ba,
               u"logStreams"_s);
    QCOMPARE(streams.size(), 1);
    QCOMPARE(streams[0][u"logStreamName"_s].toString(), u"s"_s);
    const ServiceAnswer all = make()->accepted(requestOf("DescribeLogGroups"_ba, "{}"_ba));
    QCOMPARE(all.body, R"({"logGroups":[]})"_ba);
}

void TestCloudWatchDecoder::refusesLikeAws_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("sent");
    QTest::addColumn<QString>("type");
    QTest::addColumn<Kind>("kind"); // as our own client takes it
    const auto row = [](int status, int sent, const QString &type, Kind kind) {
        QTest::newRow(qPrintable(QString::number(status))) << status << sent << type << kind;
    };
    row(400, 400, u"InvalidParameterException"_s, Kind::Rejected);
    row(401, 400, u"UnrecognizedClientException"_s, Kind::RefreshCredentials);
    row(403, 400, u"AccessDeniedException"_s, Kind::Hold);
    row(404, 400, u"ResourceNotFoundException"_s, Kind::CreateResource);
    row(413, 413, u"RequestEntityTooLarge"_s, Kind::Split);
    row(429, 400, u"ThrottlingException"_s, Kind::Slower);
    row(500, 500, u"InternalFailure"_s, Kind::RetryLater);
    row(503, 503, u"ServiceUnavailableException"_s, Kind::RetryLater);
}

void TestCloudWatchDecoder::refusesLikeAws()
{
    QFETCH(int, status);
    const ServiceAnswer answer = make()->refused(status, u"a practice fault"_s);
    QTEST(answer.status, "sent");
    QCOMPARE(answer.contentType, "application/x-amz-json-1.1"_ba);
    QTEST(jsonOf(answer).value(u"__type"_s).toString(), "type");
    QCOMPARE(jsonOf(answer).value(u"message"_s).toString(), u"a practice fault"_s);
    QTEST(make()->interpret(Share(), answerOf(answer)).kind, "kind");
}

QTEST_GUILESS_MAIN(TestCloudWatchDecoder)
#include "tst_cloudwatchdecoder.moc"
