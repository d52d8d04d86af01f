// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/endpointsettings.h"
#include "core/config/endpointstore.h"

#include <QJsonObject>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace trace;

class TstEndpointSettings final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void setsEachKindOfValue();
    void takesANumberAsTextWhereTextIsMeant();
    void takesKeysOut();
    void keepsTheIdOfARenamedEndpoint();
    void refusesWhatTheFileWouldRefuse_data();
    void refusesWhatTheFileWouldRefuse();
    void showsNoSecret();
};

namespace {

Endpoint loki()
{
    return endpointFromSettings(u"Loki"_s, {u"service=grafana"_s, u"url=http://loki.example"_s})
        .value();
}

} // namespace

void TstEndpointSettings::setsEachKindOfValue()
{
    const auto endpoint = withSettings(
        loki(), {u"buffer_size=200"_s, u"timeout=2.5"_s, u"enabled=false"_s, u"on_exhausted=park"_s,
                 u"api_key=env:LOKI_KEY"_s, u"headers.X-My.Team=a=b"_s, u"grafana.tenant=x"_s,
                 u"grafana.labels.env=test"_s, u"grafana.labels.zone={\"a\""_s});
    QVERIFY2(endpoint, endpoint ? "" : qPrintable(endpoint.error().message()));
    QCOMPARE(endpoint->bufferSize, 200);
    QCOMPARE(endpoint->timeout, std::chrono::milliseconds(2500));
    QVERIFY(!endpoint->enabled);
    QCOMPARE(endpoint->onExhausted, OnExhausted::Park);
    QCOMPARE(endpoint->apiKey, u"env:LOKI_KEY"_s);
    QCOMPARE(headerValue(endpoint->options.headers, "X-My.Team"), "a=b"_ba);
    const QJsonObject labels{{u"env"_s, u"test"_s}, {u"zone"_s, u"{\"a\""_s}};
    QCOMPARE(endpoint->options.own, (QJsonObject{{u"tenant"_s, u"x"_s}, {u"labels"_s, labels}}));
}

void TstEndpointSettings::takesANumberAsTextWhereTextIsMeant()
{
    const auto endpoint = withSettings(
        loki(), {u"grafana.tenant=42"_s, u"name=7"_s, u"headers.X-On=true"_s, u"buffer_size=9"_s});
    QVERIFY2(endpoint, endpoint ? "" : qPrintable(endpoint.error().message()));
    QCOMPARE(endpoint->options.own.value("tenant"_L1).toString(), u"42"_s);
    QCOMPARE(endpoint->name, u"7"_s);
    QCOMPARE(headerValue(endpoint->options.headers, "X-On"), "true"_ba);
    QCOMPARE(endpoint->bufferSize, 9);
}

void TstEndpointSettings::takesKeysOut()
{
    const auto changed =
        withSettings(loki(), {u"buffer_size=9"_s, u"grafana.tenant=x"_s, u"headers.X-Team=a"_s});
    const auto back = withSettings(changed.value(),
                                   {u"buffer_size="_s, u"grafana.tenant="_s, u"headers.X-Team="_s});
    QCOMPARE(back.value(), loki());
}

void TstEndpointSettings::keepsTheIdOfARenamedEndpoint()
{
    const auto renamed = withSettings(loki(), {u"name=Other"_s});
    QCOMPARE(renamed.value().name, u"Other"_s);
    QCOMPARE(renamed.value().id, loki().id);
}

void TstEndpointSettings::refusesWhatTheFileWouldRefuse_data()
{
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QString>("named"); // What the message must name.
    QTest::newRow("unknown key") << u"bufer_size=1"_s << u"bufer_size"_s;
    QTest::newRow("out of range") << u"buffer_size=0"_s << u"out of range"_s;
    QTest::newRow("text for a number") << u"buffer_size=many"_s << u"buffer_size"_s;
    QTest::newRow("unknown option of the service") << u"grafana.tennant=x"_s << u"tennant"_s;
    QTest::newRow("option of another service") << u"datadog.site=x"_s << u"datadog"_s;
    QTest::newRow("another scheme") << u"url=ftp://x"_s << u"ftp"_s;
    QTest::newRow("no value") << u"buffer_size"_s << u"KEY=VALUE"_s;
    QTest::newRow("part of a key missing") << u"grafana.=x"_s << u"grafana."_s;
    QTest::newRow("required key taken out") << u"service="_s << u"service"_s;
    QTest::newRow("secret itself") << u"api_key=s3cret"_s << u"env:NAME"_s;
}

void TstEndpointSettings::refusesWhatTheFileWouldRefuse()
{
    QFETCH(QString, setting);
    QFETCH(QString, named);
    const auto endpoint = withSettings(loki(), {setting});
    QVERIFY(!endpoint);
    const QString text = endpoint.error().message();
    QVERIFY2(text.contains(named), qPrintable(text));
    QVERIFY2(!text.contains("s3cret"_L1) && !text.contains("endpoints["_L1), qPrintable(text));
}

void TstEndpointSettings::showsNoSecret()
{
    Endpoint endpoint = loki();
    endpoint.apiKey = u"s3cret"_s; // from a file that only its owner can read
    endpoint.options.headers = {{"X-Auth-Token"_ba, "t0ken"_ba}, {"X-Team"_ba, "a"_ba}};
    const QJsonObject shown = endpointToShow(endpoint);
    QCOMPARE(shown.value("api_key"_L1).toString(), u"***"_s);
    QCOMPARE(shown.value("headers"_L1).toObject(),
             (QJsonObject{{u"X-Auth-Token"_s, u"***"_s}, {u"X-Team"_s, u"a"_s}}));
    endpoint.apiKey = u"file:/run/key"_s;
    QCOMPARE(endpointToShow(endpoint).value("api_key"_L1).toString(), u"file:/run/key"_s);
}

QTEST_GUILESS_MAIN(TstEndpointSettings)
#include "tst_endpointsettings.moc"
