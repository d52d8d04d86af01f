// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/credentials.h"
#include "core/config/endpointsettings.h"
#include "core/delivery/endpointprobe.h"
#include "core/practice/practiceendpoint.h"
#include "tests/core/delivery/answerserver.h"
#include "tests/support/patience.h"
#include "tests/support/unusedport.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace trace;

class TstEndpointProbe final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sendsOneRecordOrNone_data();
    void sendsOneRecordOrNone();
    void endsAtTheStepThatFails_data();
    void endsAtTheStepThatFails();
    void missingTenantIsNamed();
    void variablesAreLookedUp();
    void isUnsureWhereTheAnswerSaysNothing_data();
    void isUnsureWhereTheAnswerSaysNothing();
    void readsAnErrorOfOtlp_data();
    void readsAnErrorOfOtlp();
    void namesTheKeyThatWasRefused_data();
    void namesTheKeyThatWasRefused();
    void asksWhereKeysAreValidated_data();
    void asksWhereKeysAreValidated();
};

namespace {

Endpoint endpointAt(const QUrl &url, const QString &service)
{
    Endpoint endpoint = adHocEndpoint(service, url);
    endpoint.timeout = std::chrono::seconds(5);
    if (service == "cloudwatch"_L1)
        endpoint.apiKey = u"env:TRACE_TEST_KEY"_s;
    return endpoint;
}

bool run(EndpointProbe &probe)
{
    QSignalSpy finished(&probe, &EndpointProbe::finished);
    probe.start();
    return finished.wait(patience) && finished.front().front().toBool();
}

} // namespace

void TstEndpointProbe::sendsOneRecordOrNone_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<bool>("stores");
    for (const QString &service : serviceNames()) {
        QTest::addRow("%s, a record", qPrintable(service)) << service << true;
        QTest::addRow("%s, no record", qPrintable(service)) << service << false;
    }
}

void TstEndpointProbe::sendsOneRecordOrNone()
{
    QFETCH(QString, service);
    QFETCH(bool, stores);
    qputenv("TRACE_TEST_KEY", "AKIDEXAMPLE:secret");
    PracticeEndpoint practice(PracticeOptions{});
    QVERIFY(practice.listen());
    EndpointProbe probe(endpointAt(practice.url(service), service),
                        stores ? EndpointProbe::Purpose::StoreRecord
                               : EndpointProbe::Purpose::Reach);
    const bool isGood = run(probe);
    QStringList names;
    for (const ProbeStep &step : probe.steps())
        names.append(step.name);
    QVERIFY2(isGood, qPrintable(names.join(u' ') + u": "_s + probe.steps().last().text));
    QCOMPARE(names, (QStringList{u"configuration"_s, u"secret"_s, u"host"_s, u"connection"_s,
                                 u"answer"_s}));
    QCOMPARE(practice.summary().records, stores ? 1 : 0);
    qint64 found = 0;
    practice.forEachRecord([&](const RecordView &record) {
        found += record.message == "Trace Console test" &&
                 record.metadata.find(probe.testId().toStdString()) != std::string_view::npos;
    });
    QCOMPARE(found, stores ? 1 : 0);
    const QString answer = probe.steps().last().text;
    QCOMPARE(answer.contains("only the connection"_L1), service == "generic"_L1 && !stores);
}

void TstEndpointProbe::endsAtTheStepThatFails_data()
{
    QTest::addColumn<QString>("url"); // %1: the practice endpoint's port, %2: a closed one
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("faults");
    QTest::addColumn<QString>("step");
    QTest::addColumn<QString>("told");
    const QString good = u"http://127.0.0.1:%1/logs"_s;
    QTest::newRow("bad address") << u"ftp://127.0.0.1"_s << QString() << QString()
                                 << u"configuration"_s << u"ftp"_s;
    QTest::newRow("secret missing")
        << good << u"env:TRACE_NOT_SET"_s << QString() << u"secret"_s << u"TRACE_NOT_SET"_s;
    QTest::newRow("host unknown") << u"http://no-such-host.invalid/logs"_s << QString() << QString()
                                  << u"host"_s << u"no-such-host.invalid"_s;
    QTest::newRow("nobody listens") << u"http://127.0.0.1:%2/logs"_s << QString() << QString()
                                    << u"connection"_s << u"refused"_s;
    QTest::newRow("no TLS there") << u"https://127.0.0.1:%1/logs"_s << QString() << QString()
                                  << u"TLS"_s << QString();
    QTest::newRow("key refused") << good << QString() << u"401"_s << u"answer"_s << u"401"_s;
    QTest::newRow("service down") << good << QString() << u"503"_s << u"answer"_s << u"503"_s;
    QTest::newRow("wrong path") << u"http://127.0.0.1:%1/other"_s << QString() << QString()
                                << u"answer"_s << u"404"_s;
}

void TstEndpointProbe::endsAtTheStepThatFails()
{
    QFETCH(QString, url);
    QFETCH(QString, key);
    QFETCH(QString, faults);
    QFETCH(QString, step);
    QFETCH(QString, told);
    PracticeOptions options;
    options.faults = FaultScript::parse(faults).value();
    PracticeEndpoint practice(options);
    QVERIFY(practice.listen());
    url.replace("%1"_L1, QString::number(practice.port()))
        .replace("%2"_L1, QString::number(unusedPort()));
    Endpoint endpoint = endpointAt(QUrl(url), u"generic"_s);
    endpoint.apiKey = key;
    EndpointProbe probe(endpoint, EndpointProbe::Purpose::StoreRecord);
    QVERIFY(!run(probe));
    const ProbeStep last = probe.steps().last();
    QCOMPARE(last.name, step);
    QVERIFY(!last.isGood);
    QVERIFY2(last.text.contains(told), qPrintable(last.text));
    QVERIFY(!last.action.isEmpty());
    QCOMPARE(practice.summary().records, 0);
}

// L12
void TstEndpointProbe::missingTenantIsNamed()
{
    AnswerServer server(u"grafana"_s, [](const SeenRequest &) {
        return Answer{401, "no org id\n"};
    });
    EndpointProbe probe(endpointAt(server.url(), u"grafana"_s), EndpointProbe::Purpose::Reach);
    QVERIFY(!run(probe));
    const ProbeStep last = probe.steps().last();
    QCOMPARE(last.name, u"answer"_s);
    QVERIFY2(last.text.contains(u"no org id"_s), qPrintable(last.text));
    QVERIFY2(last.action.contains(u"tenant"_s), qPrintable(last.action));
}

void TstEndpointProbe::variablesAreLookedUp()
{
    PracticeEndpoint practice(PracticeOptions{});
    QVERIFY(practice.listen());
    qputenv("TRACE_TEST_URL", practice.url(u"grafana"_s).toEncoded());
    qputenv("TRACE_TEST_TENANT", "team-a");
    Endpoint endpoint = endpointAt(QUrl(u"env:TRACE_TEST_URL"_s), u"grafana"_s);
    endpoint.options.headers = {{"X-Team", "env:TRACE_TEST_TENANT"}};
    EndpointProbe probe(endpoint, EndpointProbe::Purpose::Reach);
    QVERIFY2(run(probe), qPrintable(probe.steps().last().text));
    const auto question = reachRequest(endpoint.service, resolveOptions(endpoint).value());
    QCOMPARE(headerValue(question.request.headers, "X-Team"), "team-a");
    QCOMPARE(question.request.url.port(), practice.port());
}

void TstEndpointProbe::isUnsureWhereTheAnswerSaysNothing_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isGood");
    QTest::addColumn<bool>("isUnsure");
    const auto row = [](const char *name, const QString &service, int status,
                        const QByteArray &body, bool isGood, bool isUnsure) {
        QTest::newRow(name) << service << status << body << isGood << isUnsure;
    };
    const QByteArray page = "<!DOCTYPE html><html><body>Log in</body></html>";
    row("OTLP wants records", u"otlp"_s, 400, R"({"message":"empty request"})", true, true);
    row("OTLP cannot process that", u"otlp"_s, 422, "no records", true, true);
    row("OTLP has a limit", u"otlp"_s, 429, "later", true, true);
    row("OTLP takes it", u"otlp"_s, 200, "{}", true, false);
    row("OTLP is not there", u"otlp"_s, 404, "not found", false, false);
    row("OTLP does not take this form", u"otlp"_s, 415, "gzip only", true, true);
    row("OTLP refuses the key", u"otlp"_s, 401, "who are you", false, false);
    row("OTLP is down", u"otlp"_s, 503, "down", false, false);
    row("a login page before OTLP", u"otlp"_s, 400, page, false, false);
    row("Loki for writing only", u"grafana"_s, 404, "404 page not found", true, true);
    row("Loki's key may not read", u"grafana"_s, 403, "no", true, true);
    row("Loki does not know the key", u"grafana"_s, 401, "no", false, false);
    row("another server than Loki", u"grafana"_s, 404, page, false, false);
    row("a gateway to Datadog", u"datadog"_s, 404, "not found", true, true);
    row("Datadog refuses the key", u"datadog"_s, 403, R"({"errors":["Forbidden"]})", false, false);
    row("CloudWatch's key may only put", u"cloudwatch"_s, 400,
        R"({"__type":"AccessDeniedException","Message":"no"})", true, true);
    row("a gateway to CloudWatch", u"cloudwatch"_s, 400,
        R"({"__type":"UnknownOperationException"})", true, true);
    row("CloudWatch does not know the key", u"cloudwatch"_s, 400,
        R"({"__type":"UnrecognizedClientException","message":"no"})", false, false);
    row("OPTIONS is not allowed", u"generic"_s, 405, "POST only", true, true);
    row("OPTIONS is", u"generic"_s, 204, "", true, false);
    row("OPTIONS has no path", u"generic"_s, 404, "not found", true, true);
    row("OPTIONS is forbidden", u"generic"_s, 403, "POST only", true, true);
    row("OPTIONS has a type", u"generic"_s, 415, "JSON only", true, true);
    row("who asks is not known", u"generic"_s, 401, "who are you", false, false);
    row("another server", u"generic"_s, 404, page, false, false);
}

void TstEndpointProbe::namesTheKeyThatWasRefused_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("told");
    const QString reference = u"env:TRACE_TEST_KEY"_s;
    QTest::newRow("401") << reference << 401 << reference;
    QTest::newRow("403") << reference << 403 << reference;
    QTest::newRow("401, none") << QString() << 401 << u"none was sent"_s;
}

void TstEndpointProbe::namesTheKeyThatWasRefused()
{
    QFETCH(QString, key);
    QFETCH(int, status);
    QFETCH(QString, told);
    qputenv("TRACE_TEST_KEY", "s3cret-key");
    for (const auto purpose :
         {EndpointProbe::Purpose::Reach, EndpointProbe::Purpose::StoreRecord}) {
        AnswerServer server(u"generic"_s, [&](const SeenRequest &) { return Answer{status}; });
        Endpoint endpoint = endpointAt(server.url(), u"generic"_s);
        endpoint.apiKey = key;
        EndpointProbe probe(endpoint, purpose);
        run(probe);
        const ProbeStep last = probe.steps().last();
        const QString words = last.text + u' ' + last.action;
        QVERIFY2(words.contains(told), qPrintable(words));
        QVERIFY2(!words.contains(u"heck the key"_s) || !key.isEmpty(), qPrintable(words));
    }
}

void TstEndpointProbe::isUnsureWhereTheAnswerSaysNothing()
{
    QFETCH(QString, service);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(bool, isUnsure);
    qputenv("TRACE_TEST_KEY", "AKIDEXAMPLE:secret");
    AnswerServer server(service, [&](const SeenRequest &) { return Answer{status, body}; });
    EndpointProbe probe(endpointAt(server.url(), service), EndpointProbe::Purpose::Reach);
    const bool isGood = run(probe);
    const ProbeStep last = probe.steps().last();
    qInfo("%s %s", qPrintable(last.text), qPrintable(last.action));
    QCOMPARE(last.name, u"answer"_s);
    QTEST(isGood, "isGood");
    QCOMPARE(last.isGood, isGood);
    QCOMPARE(last.isUnsure, isUnsure);
    if (isUnsure) // it says what it got, and where more is to be had
        QVERIFY(last.text.contains(QString::number(status)) &&
                last.action.contains("endpoint test"_L1));
}

void TstEndpointProbe::readsAnErrorOfOtlp_data()
{
    QTest::addColumn<EndpointProbe::Purpose>("purpose");
    QTest::addColumn<int>("status");
    for (const int status : {400, 403, 500}) {
        QTest::addRow("reach, %d", status) << EndpointProbe::Purpose::Reach << status;
        QTest::addRow("store, %d", status) << EndpointProbe::Purpose::StoreRecord << status;
    }
}

//! A google.rpc.Status in protobuf.
void TstEndpointProbe::readsAnErrorOfOtlp()
{
    QFETCH(EndpointProbe::Purpose, purpose);
    QFETCH(int, status);
    qputenv("TRACE_TEST_KEY", "secret-key");
    AnswerServer server(u"otlp"_s, [&](const SeenRequest &) {
        return Answer{status, "\x08\x03\x12\x09not today", "application/x-protobuf"};
    });
    EndpointProbe probe(endpointAt(server.url(), u"otlp"_s), purpose);
    run(probe);
    const QString text = probe.steps().last().text;
    QVERIFY2(text.endsWith(u"HTTP %1: not today"_s.arg(status)), qPrintable(text));
}

void TstEndpointProbe::asksWhereKeysAreValidated_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("asked");
    const QString eu = u"https://api.datadoghq.eu/api/v1/validate"_s;
    QTest::newRow("v2") << u"https://http-intake.logs.datadoghq.eu/api/v2/logs"_s << eu;
    QTest::newRow("v1") << u"https://http-intake.logs.datadoghq.eu/v1/input"_s << eu;
    QTest::newRow("v1, slash") << u"https://http-intake.logs.datadoghq.eu/v1/input/"_s << eu;
    QTest::newRow("no path") << u"https://http-intake.logs.datadoghq.eu"_s << eu;
    QTest::newRow("another host, v1")
        << u"http://gateway:8080/v1/input"_s << u"http://gateway:8080/api/v1/validate"_s;
    QTest::newRow("another host, a path before it")
        << u"http://gateway/dd/api/v2/logs"_s << u"http://gateway/dd/api/v1/validate"_s;
}

void TstEndpointProbe::asksWhereKeysAreValidated()
{
    QFETCH(QString, url);
    ServiceOptions options;
    options.url = QUrl(url);
    QTEST(reachRequest(u"datadog"_s, options).request.url.toString(), "asked");
}

QTEST_GUILESS_MAIN(TstEndpointProbe)
#include "tst_endpointprobe.moc"
