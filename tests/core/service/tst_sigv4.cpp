// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/cloudwatch/sigv4.h"
#include "tests/support/patience.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const QString casesFolder = QStringLiteral(TRACE_TEST_DATA "/sigv4/");

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

//! A request of the suite: unlike on the wire, its path is not encoded yet.
struct SuiteRequest
{
    QByteArray method;
    QByteArray path;
    HttpHeaders headers;
    QByteArray body;
};

SuiteRequest readRequest(const QByteArray &text)
{
    SuiteRequest request;
    const qsizetype end = text.indexOf("\n\n");
    request.body = end < 0 ? QByteArray() : text.mid(end + 2);
    QByteArrayList lines = text.left(end < 0 ? text.size() : end).split('\n');
    const QByteArray first = lines.takeFirst();
    request.method = first.left(first.indexOf(' '));
    request.path = first.mid(request.method.size() + 1).chopped(9); // " HTTP/1.1"
    for (const QByteArray &line : std::as_const(lines)) {
        if (line.startsWith(' '))
            request.headers.last().second += '\n' + line;
        else if (!line.isEmpty())
            request.headers.append({line.left(line.indexOf(':')), line.mid(line.indexOf(':') + 1)});
    }
    return request;
}

QByteArray headerIn(const QByteArray &request, const QByteArray &name)
{
    for (const QByteArray &line : request.split('\n')) {
        if (line.startsWith(name + ':'))
            return line.mid(name.size() + 1);
    }
    return {};
}

QDateTime utc(const QString &iso)
{
    return QDateTime::fromString(iso, Qt::ISODate);
}

const sigv4::Key exampleKey{"AKIDEXAMPLE"_ba, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"_ba, {}};

HttpRequest putRequest()
{
    HttpRequest request;
    request.url = QUrl(u"https://logs.eu-west-1.amazonaws.com/"_s);
    request.headers = {{"Content-Type"_ba, "application/x-amz-json-1.1"_ba},
                       {"X-Amz-Target"_ba, "Logs_20140328.PutLogEvents"_ba}};
    request.body = R"({"logGroupName":"/demo/runs","logStreamName":"run-1",)"
                   R"("logEvents":[{"timestamp":1735787045000,"message":"hello"}]})"_ba;
    return request;
}

sigv4::Scope logsScope()
{
    return {"eu-west-1"_ba, "logs"_ba, utc(u"2025-01-02T03:04:05Z"_s)};
}

QByteArray signatureIn(const HttpRequest &request)
{
    const QByteArray value = headerValue(request.headers, "Authorization");
    return value.mid(value.lastIndexOf('=') + 1);
}

} // namespace

class TestSigV4 : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void matchesTheSuite_data();
    void matchesTheSuite();
    void signsAsBotocoreDoes_data();
    void signsAsBotocoreDoes();
    void signsLogEvents();
    void signsOnlyWhatNobodyChanges();
    void forgetsTheTokenOfAnEarlierAttempt();
    void namesTheHostAsItIsSent_data();
    void namesTheHostAsItIsSent();
    void ordersTheQuery();
    void readsKeys();
    void refusesKeys_data();
    void refusesKeys();
};

void TestSigV4::matchesTheSuite_data()
{
    QTest::addColumn<QString>("folder");
    const QStringList cases = QDir(casesFolder).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    QCOMPARE(cases.size(), 10);
    for (const QString &name : cases)
        QTest::newRow(qPrintable(name)) << casesFolder + name + u'/';
}

void TestSigV4::matchesTheSuite()
{
    QFETCH(QString, folder);
    const QJsonObject context =
        QJsonDocument::fromJson(contents(folder + u"context.json"_s)).object();
    const QJsonObject credentials = context.value(u"credentials"_s).toObject();
    const auto text = [](const QJsonObject &object, const QString &name) {
        return object.value(name).toString().toUtf8();
    };
    const sigv4::Key key{
        text(credentials, u"access_key_id"_s), text(credentials, u"secret_access_key"_s), {}};
    const sigv4::Scope scope{text(context, u"region"_s), text(context, u"service"_s),
                             utc(context.value(u"timestamp"_s).toString())};
    SuiteRequest request = readRequest(contents(folder + u"request.txt"_s));
    request.headers.append({"X-Amz-Date"_ba, sigv4::amzDate(scope.time)});
    const QByteArray token = text(credentials, u"token"_s);
    if (!token.isEmpty() && !context.value(u"omit_session_token"_s).toBool())
        request.headers.append({"X-Amz-Security-Token"_ba, token});
    if (context.value(u"sign_body"_s).toBool())
        request.headers.append(
            {"X-Amz-Content-Sha256"_ba,
             QCryptographicHash::hash(request.body, QCryptographicHash::Sha256).toHex()});

    const auto canonical = sigv4::canonicalRequest(request.method, request.path, {},
                                                   request.headers, sigv4::hashOf(request.body));
    QCOMPARE(canonical.text, contents(folder + u"header-canonical-request.txt"_s));
    const QByteArray toSign = sigv4::stringToSign(canonical, scope);
    QCOMPARE(toSign, contents(folder + u"header-string-to-sign.txt"_s));
    QCOMPARE(sigv4::signature(toSign, key.secret, scope),
             contents(folder + u"header-signature.txt"_s));
    QCOMPARE(sigv4::authorization(canonical, key, scope),
             headerIn(contents(folder + u"header-signed-request.txt"_s), "Authorization"_ba));
}

void TestSigV4::signsAsBotocoreDoes_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("lasting key") << u"https://logs.eu-west-1.amazonaws.com/"_s << ""_ba
                                 << putRequest().body;
    QTest::newRow("temporary key") << u"https://logs.eu-west-1.amazonaws.com/"_s
                                   << "IQoJb3JpZ2luX2VjE//+=="_ba << putRequest().body;
    QTest::newRow("port of its own") << u"http://localhost:4566/"_s << ""_ba
                                     << "{}"_ba;
    QTest::newRow("path and query") << u"https://proxy.example/a%20b/c?z=1&a=%2F&a="_s << ""_ba
                                    << "{\"text\":\"\xF0\x9F\x9A\x80\"}"_ba;
}

void TestSigV4::signsAsBotocoreDoes()
{
    QFETCH(QString, url);
    QFETCH(QByteArray, token);
    QFETCH(QByteArray, body);
    const QString python = QStandardPaths::findExecutable(u"python3"_s);
    if (python.isEmpty())
        QSKIP("python3 is not installed");
    sigv4::Key key = exampleKey;
    key.token = token;
    HttpRequest request = putRequest();
    request.url = QUrl(url);
    request.body = body;
    const QJsonObject question{
        {u"url"_s, url},
        {u"body"_s, QString::fromUtf8(body)},
        {u"id"_s, QString::fromLatin1(key.id)},
        {u"secret"_s, QString::fromLatin1(key.secret)},
        {u"token"_s, QString::fromLatin1(token)},
        {u"region"_s, QString::fromLatin1(logsScope().region)},
        {u"time"_s, QString::fromLatin1(sigv4::amzDate(logsScope().time))},
        {u"headers"_s, QJsonObject{{u"Content-Type"_s, u"application/x-amz-json-1.1"_s},
                                   {u"X-Amz-Target"_s, u"Logs_20140328.PutLogEvents"_s}}}};
    QProcess process;
    process.start(python, {casesFolder + u"../sign_with_botocore.py"_s});
    process.write(QJsonDocument(question).toJson());
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished(patience));
    if (process.exitCode() == 77)
        QSKIP("python3 has no botocore (Debian: python3-botocore)");
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    sigv4::sign(request, key, logsScope());
    QCOMPARE(headerValue(request.headers, "Authorization"),
             process.readAllStandardOutput().trimmed());
}

void TestSigV4::signsLogEvents()
{
    HttpRequest request = putRequest();
    sigv4::sign(request, exampleKey, logsScope());
    QCOMPARE(headerValue(request.headers, "X-Amz-Date"), "20250102T030405Z"_ba);
    QCOMPARE(headerValue(request.headers, "Authorization"),
             "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/eu-west-1/logs/aws4_request, "
             "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
             "70fa44762d541b04807c36467fd639e501fc7c43ca7d4e84db5513de661b89e5"_ba);
    sigv4::Key temporary = exampleKey;
    temporary.token = "EXAMPLETOKEN"_ba;
    sigv4::sign(request, temporary, logsScope());
    QCOMPARE(headerValue(request.headers, "X-Amz-Security-Token"), "EXAMPLETOKEN"_ba);
    QCOMPARE(signatureIn(request),
             "29eb371265ad2c886ed17a11e04218140c95463ccaf544fa6cada894c877f7ea"_ba);
}

void TestSigV4::signsOnlyWhatNobodyChanges()
{
    HttpRequest plain = putRequest();
    HttpRequest decorated = putRequest();
    decorated.headers.append({"User-Agent"_ba, "x"_ba});
    decorated.headers.append({"Accept-Encoding"_ba, "gzip"_ba});
    decorated.headers.append({"X-Amzn-Trace-Id"_ba, "Root=1"_ba});
    sigv4::sign(plain, exampleKey, logsScope());
    sigv4::sign(decorated, exampleKey, logsScope());
    QCOMPARE(signatureIn(decorated), signatureIn(plain));
    setHeader(decorated.headers, "Content-Type"_ba, "text/plain"_ba);
    sigv4::sign(decorated, exampleKey, logsScope());
    QVERIFY(signatureIn(decorated) != signatureIn(plain));
}

void TestSigV4::forgetsTheTokenOfAnEarlierAttempt()
{
    HttpRequest plain = putRequest();
    sigv4::sign(plain, exampleKey, logsScope());
    HttpRequest again = putRequest();
    sigv4::Key temporary = exampleKey;
    temporary.token = "old"_ba;
    sigv4::sign(again, temporary, {"eu-west-1"_ba, "logs"_ba, utc(u"2024-01-01T00:00:00Z"_s)});
    sigv4::sign(again, exampleKey, logsScope());
    QVERIFY(headerValue(again.headers, "X-Amz-Security-Token").isNull());
    QCOMPARE(signatureIn(again), signatureIn(plain));
}

void TestSigV4::namesTheHostAsItIsSent_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("host");
    QTest::newRow("name") << u"https://Logs.eu-west-1.amazonaws.com/"_s
                          << "logs.eu-west-1.amazonaws.com"_ba;
    QTest::newRow("port") << u"http://127.0.0.1:4566/"_s << "127.0.0.1:4566"_ba;
    QTest::newRow("IPv6") << u"http://[::1]:4566/"_s << "[::1]:4566"_ba;
    QTest::newRow("international name")
        << u"https://bücher.example/"_s << "xn--bcher-kva.example"_ba;
}

void TestSigV4::namesTheHostAsItIsSent()
{
    QFETCH(QString, url);
    QTEST(sigv4::hostHeader(QUrl(url)), "host");
}

void TestSigV4::ordersTheQuery()
{
    const auto canonical = sigv4::canonicalRequest("GET"_ba, "/"_ba, "b=2&a=3&a=1&c"_ba,
                                                   {{"Host"_ba, "h"_ba}}, sigv4::hashOf({}));
    QCOMPARE(canonical.text.split('\n').at(2), "a=1&a=3&b=2&c="_ba);
}

void TestSigV4::readsKeys()
{
    const auto lasting = sigv4::keyFrom("AKID:abc/+="_ba);
    QVERIFY(lasting);
    QCOMPARE(lasting->id, "AKID"_ba);
    QCOMPARE(lasting->secret, "abc/+="_ba);
    QVERIFY(lasting->token.isEmpty());
    const auto temporary = sigv4::keyFrom("ASIA:secret:to:ken=="_ba);
    QVERIFY(temporary);
    QCOMPARE(temporary->secret, "secret"_ba);
    QCOMPARE(temporary->token, "to:ken=="_ba);
}

void TestSigV4::refusesKeys_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("named");
    QTest::newRow("nothing") << ""_ba << u"colon"_s;
    QTest::newRow("one part") << "geheim"_ba << u"colon"_s;
    QTest::newRow("no id") << ":geheim"_ba << u"key id"_s;
    QTest::newRow("no secret") << "AKID:"_ba << u"secret"_s;
    QTest::newRow("no secret before the token") << "AKID::geheim"_ba << u"secret"_s;
    QTest::newRow("no token") << "AKID:geheim:"_ba << u"token"_s;
    QTest::newRow("line break") << "AKID:geheim\r\nHost"_ba << u"secret"_s;
    QTest::newRow("blank in the token") << "AKID:geheim:a b"_ba << u"token"_s;
    QTest::newRow("secret and id exchanged") << "geh/eim:AKID"_ba << u"slash"_s;
    QTest::newRow("not ASCII") << "AK\xC3\xA9:geheim"_ba << u"key id"_s;
}

void TestSigV4::refusesKeys()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, named);
    const auto key = sigv4::keyFrom(text);
    QVERIFY(!key);
    QVERIFY2(key.error().text.contains(named), qPrintable(key.error().text));
    QVERIFY2(!key.error().message().contains(u"geheim"_s), qPrintable(key.error().message()));
    QVERIFY(key.error().action.contains(u"KEY_ID:SECRET"_s));
}

QTEST_GUILESS_MAIN(TestSigV4)
#include "tst_sigv4.moc"
