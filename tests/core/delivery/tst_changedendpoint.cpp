// SPDX-License-Identifier: GPL-3.0-or-later
// An endpoint whose configuration changes while a request of several steps is under way.
#include "core/receiver/httpserver.h"
#include "core/record/timestamp.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>

#include <optional>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// CloudWatch Logs, with a log group only when the test lets it be created.
class Region final
{
public:
    Region()
        : m_server({}, [this](HttpRequest &&request, HttpResponder responder) {
            signers.append(headerValue(request.headers, "Authorization"));
            const QByteArray operation = headerValue(request.headers, "X-Amz-Target");
            operations.append(operation.mid(operation.indexOf('.') + 1));
            if (operations.last() == "CreateLogGroup" && !std::exchange(m_wasAsked, true))
                waiting = responder;
            else if (hasGroup)
                responder.answer(200, "application/x-amz-json-1.1", "{}");
            else
                responder.answer(400, "application/x-amz-json-1.1",
                                 R"({"__type":"ResourceNotFoundException","message":"no group"})");
        })
    {
        if (const auto ready = m_server.listen(); !ready)
            qFatal("%s", qPrintable(ready.error().message()));
    }

    [[nodiscard]] Endpoint endpoint(const QString &key) const
    {
        Endpoint endpoint;
        endpoint.id = u"a"_s;
        endpoint.name = u"a"_s;
        endpoint.service = u"cloudwatch"_s;
        endpoint.options.url = m_server.url();
        endpoint.options.own.insert(u"region"_s, u"eu-west-1"_s);
        endpoint.apiKey = key;
        endpoint.bufferSize = 1;
        endpoint.flushInterval = 50ms;
        return endpoint;
    }

    QByteArrayList signers;
    QByteArrayList operations;
    bool hasGroup = false;
    std::optional<HttpResponder> waiting; //!< For an answer to the question for the group.

private:
    bool m_wasAsked = false;
    HttpServer m_server; // last: its handler uses the others
};

bool names(const QByteArrayList &signers, const QByteArray &key)
{
    return std::any_of(signers.begin(), signers.end(),
                       [&](const QByteArray &signer) { return signer.contains(key); });
}

} // namespace

class TestChangedEndpoint : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void stepsGoOnWithTheKeyOfTheirOwnServer_data();
    void stepsGoOnWithTheKeyOfTheirOwnServer();
};

void TestChangedEndpoint::stepsGoOnWithTheKeyOfTheirOwnServer_data()
{
    QTest::addColumn<QString>("former");
    QTest::addColumn<QString>("present");
    QTest::newRow("literal") << u"AKIDOLD:secret"_s << u"AKIDNEW:secret"_s;
    QTest::newRow("variables") << u"env:TRACE_TEST_OLD"_s << u"env:TRACE_TEST_NEW"_s;
}

void TestChangedEndpoint::stepsGoOnWithTheKeyOfTheirOwnServer()
{
    QFETCH(QString, former);
    QFETCH(QString, present);
    qputenv("TRACE_TEST_OLD", "AKIDOLD:secret");
    qputenv("TRACE_TEST_NEW", "AKIDNEW:secret");
    QTemporaryDir folder;
    Region before;
    Region after;
    after.hasGroup = true;
    const auto engine = startEngine(folder.filePath(u"journal"_s), {before.endpoint(former)});
    std::vector<Record> records = recordsOf(3);
    for (Record &record : records)
        record.timestamp = nowNs();
    engine->append(blockOf(records));
    QTRY_VERIFY(before.waiting.has_value());

    engine->setEndpoints({after.endpoint(present)});
    QTRY_COMPARE(statusOf(*engine).url.port(), after.endpoint(present).options.url.port());
    before.hasGroup = true;
    before.waiting->answer(200, "application/x-amz-json-1.1", "{}");
    QTRY_COMPARE(ledgerOf(*engine).delivered, 3);
    QCOMPARE(before.operations.last(), "PutLogEvents"_ba); // it went on to the end
    QVERIFY(names(before.signers, "AKIDOLD/"));
    QVERIFY2(!names(before.signers, "AKIDNEW"), before.signers.join('\n').constData());
    // What comes now goes to the other, with its key.
    engine->append(blockOf(records));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 6);
    QVERIFY(names(after.signers, "AKIDNEW/"));
    QVERIFY(!names(after.signers, "AKIDOLD"));
}

QTEST_GUILESS_MAIN(TestChangedEndpoint)
#include "tst_changedendpoint.moc"
