// SPDX-License-Identifier: GPL-3.0-or-later
// What others lost records by with OTLP (protocols.md, section 7.4), by the bytes that arrive.
#include "tests/core/delivery/trapsupport.h"

#include <mutex>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const QByteArray traceId = "4bf92f3577b34da6a3ce929d0e0e4736"_ba;
const QByteArray spanId = "00f067aa0ba902b7"_ba;
constexpr std::int64_t beyondDouble = (std::int64_t(1) << 53) + 1;

Record tracedRecord(const QByteArray &trace = traceId, const QByteArray &span = spanId)
{
    Record record = recordOf("m", nowNs() | 1);
    record.traceId = trace.toStdString();
    record.spanId = span.toStdString();
    record.thread = beyondDouble;
    return record;
}

QJsonObject logRecordOf(const HttpRequest &request)
{
    return jsonOf(request)[u"resourceLogs"_s][0][u"scopeLogs"_s][0][u"logRecords"_s][0].toObject();
}

} // namespace

class TestOtlpTraps : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesIdsInHexAndNumbersAsText();
    void leavesOutIdsThatAreNone();
    void writesIdsAsBytesIntoProtobuf();
    void warningIsToldOnceAndNothingSentAgain_data();
    void warningIsToldOnceAndNothingSentAgain();
};

// O1, O5
void TestOtlpTraps::writesIdsInHexAndNumbersAsText()
{
    const Record record = tracedRecord();
    Delivery delivery(u"otlp"_s, {{u"encoding"_s, u"json"_s}});
    QVERIFY(delivery.send({record}));
    const HttpRequest request = delivery.request();
    QCOMPARE(request.url.path(), u"/v1/logs"_s);
    QCOMPARE(headerValue(request.headers, "Content-Type"), "application/json"_ba);
    const QJsonObject log = logRecordOf(request);
    QCOMPARE(log[u"traceId"_s].toString().toLatin1(), traceId);
    QCOMPARE(log[u"spanId"_s].toString().toLatin1(), spanId);
    const QJsonValue time = QString::number(qint64(record.timestamp));
    QCOMPARE(log[u"timeUnixNano"_s], time);
    QCOMPARE(log[u"observedTimeUnixNano"_s], time);
    QVERIFY(log[u"severityNumber"_s].isDouble());
    // Somewhere among the attributes, and as text.
    QVERIFY(
        plainBody(request).contains("\"intValue\":\"" + QByteArray::number(beyondDouble) + '"'));
}

// A collector refuses the whole batch for an id of another length.
void TestOtlpTraps::leavesOutIdsThatAreNone()
{
    Delivery delivery(u"otlp"_s, {{u"encoding"_s, u"json"_s}});
    QVERIFY(delivery.send({tracedRecord("run-17", "0000000000000000")}));
    const QJsonObject log = logRecordOf(delivery.request());
    QVERIFY(log[u"traceId"_s].toString().isEmpty());
    QVERIFY(log[u"spanId"_s].toString().isEmpty());
    QVERIFY(plainBody(delivery.request()).contains("run-17")); // As an attribute.
}

// O2
void TestOtlpTraps::writesIdsAsBytesIntoProtobuf()
{
    Delivery delivery(u"otlp"_s);
    QVERIFY(delivery.send({tracedRecord()}));
    const HttpRequest request = delivery.request();
    QCOMPARE(headerValue(request.headers, "Content-Type"), "application/x-protobuf"_ba);
    QCOMPARE(headerValue(request.headers, "Content-Encoding"), "gzip"_ba);
    QVERIFY(request.body.startsWith("\x1f\x8b"));
    const QByteArray body = plainBody(request);
    QVERIFY(body.contains("\x4a\x10" + QByteArray::fromHex(traceId))); // field 9, 16 bytes
    QVERIFY(body.contains("\x52\x08" + QByteArray::fromHex(spanId)));  // field 10, 8 bytes
    QVERIFY(!body.contains(traceId));
}

// O4
void TestOtlpTraps::warningIsToldOnceAndNothingSentAgain_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("words");
    QTest::newRow("none rejected")
        << u"otlp"_s << "application/json"_ba
        << R"({"partialSuccess":{"errorMessage":"this tenant is deprecated"}})"_ba
        << u"this tenant is deprecated"_s;
    QTest::newRow("no answer of OTLP's") << u"otlp"_s << "text/plain"_ba
                                         << "queued"_ba << u"queued"_s;
}

void TestOtlpTraps::warningIsToldOnceAndNothingSentAgain()
{
    QFETCH(QString, service);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QString, words);
    const Answer answer{200, body, type};
    std::mutex mutex;
    QStringList problems;
    Delivery delivery(service, {}, {}, [answer](const SeenRequest &) { return answer; });
    connect(
        &delivery.engine(), &Engine::problemOccurred, this,
        [&](const Error &problem) {
            const std::lock_guard lock(mutex);
            problems.append(problem.text);
        },
        Qt::DirectConnection);
    for (int i = 0; i < 3; ++i)
        QVERIFY(delivery.send({recordOf("m" + std::to_string(i))}));
    QCOMPARE(delivery.ledger().delivered, 3);
    QCOMPARE(delivery.server.pushes.size(), 3);
    const std::lock_guard lock(mutex);
    QCOMPARE(problems.size(), 1);
    QVERIFY2(problems[0].contains(words), qPrintable(problems[0]));
}

QTEST_GUILESS_MAIN(TestOtlpTraps)
#include "tst_otlptraps.moc"
