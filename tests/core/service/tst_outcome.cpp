// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/error.h"
#include "core/service/answerproblem.h"
#include "core/service/outcome.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using Kind = Outcome::Kind;

Q_DECLARE_METATYPE(trace::Outcome::Kind)

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr qint64 then = 784111777000;

} // namespace

class TestOutcome : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void classifiesStatus_data();
    void classifiesStatus();
    void tellsWhyThereIsNoAnswer();
    void namesRedirectTargetWithoutSecrets();
    void holdsWithoutAuthenticationForSetUp();
    void readsHints_data();
    void readsHints();
    void measuresDatesByTheServersClock();
    void quotesTheServersWords_data();
    void quotesTheServersWords();
    void boundsAndCleansExcerpts();
    void tellsWebPages_data();
    void tellsWebPages();
};

void TestOutcome::classifiesStatus_data()
{
    QTest::addColumn<QList<int>>("statuses");
    QTest::addColumn<Kind>("kind");
    QTest::newRow("stored") << QList{200, 201, 202, 204} << Kind::Delivered;
    QTest::newRow("redirects") << QList{301, 302, 303, 307, 308} << Kind::Hold;
    QTest::newRow("key or rights") << QList{401, 402, 403, 407} << Kind::Hold;
    QTest::newRow("address or set-up")
        << QList{404, 405, 406, 410, 411, 414, 415, 421, 426, 431} << Kind::Hold;
    QTest::newRow("passing causes") << QList{408, 500, 502, 503, 504, 507, 599} << Kind::RetryLater;
    QTest::newRow("no status at all") << QList{600, 999, 2000} << Kind::RetryLater;
    QTest::newRow("throttled") << QList{425, 429} << Kind::Slower;
    QTest::newRow("too large") << QList{413} << Kind::Split;
    QTest::newRow("the bytes are at fault") << QList{400, 409, 422, 451, 501} << Kind::Rejected;
}

void TestOutcome::classifiesStatus()
{
    QFETCH(QList<int>, statuses);
    QFETCH(Kind, kind);
    for (const int status : statuses) {
        HttpReply reply;
        reply.status = status;
        const Outcome outcome = outcomeOfStatus(reply);
        QCOMPARE(outcome.kind, kind);
        QCOMPARE(outcome.reason.contains(QString::number(status)), kind != Kind::Delivered);
        QCOMPARE(!outcome.action.isEmpty(), kind == Kind::Hold);
        QCOMPARE(outcome.heldForAuthentication,
                 status == 401 || status == 402 || status == 403 || status == 407);
        QVERIFY(!outcome.heldForCertificate);
    }
}

void TestOutcome::tellsWhyThereIsNoAnswer()
{
    HttpReply reply;
    reply.faultText = u"connection refused"_s;
    for (const auto fault : {TransportFault::Unreachable, TransportFault::Lost}) {
        reply.fault = fault;
        QCOMPARE(outcomeOfStatus(reply).kind, Kind::RetryLater);
        QCOMPARE(outcomeOfStatus(reply).reason, u"connection refused"_s);
    }
    // A broken connection after a status line is no answer either.
    reply.status = 200;
    QCOMPARE(outcomeOfStatus(reply).kind, Kind::RetryLater);

    const Error noTls = wordingOf({ProblemKind::NoTls, {u"wrong version number"_s}});
    reply.faultText = noTls.text;
    reply.faultAction = noTls.action;
    reply.faultProblem = noTls.problem;
    for (const auto fault :
         {TransportFault::Certificate, TransportFault::NoTls, TransportFault::Proxy}) {
        reply.fault = fault;
        const Outcome outcome = outcomeOfStatus(reply);
        QCOMPARE(outcome.kind, Kind::Hold);
        QVERIFY(outcome.heldForCertificate);
        QVERIFY(!outcome.heldForAuthentication);
        QCOMPARE(outcome.action, reply.faultAction);
        const Error kept = wordingOf(problemOf(outcome, reply));
        QCOMPARE(kept.text, outcome.reason);
        QCOMPARE(kept.action, outcome.action);
    }
    reply.fault = TransportFault::Certificate;
    reply.faultAction.clear();
    QVERIFY(!outcomeOfStatus(reply).action.isEmpty());
}

void TestOutcome::namesRedirectTargetWithoutSecrets()
{
    HttpReply reply;
    reply.status = 302;
    reply.headers = {{"Location", "https://me:pw@login.example/in?token=geheim#x"}};
    const Outcome outcome = outcomeOfStatus(reply);
    QVERIFY2(outcome.reason.contains(u"https://login.example/in"_s), qPrintable(outcome.reason));
    QVERIFY(!outcome.reason.contains(u"geheim"_s));
    QVERIFY(!outcome.reason.contains(u"pw"_s));
}

void TestOutcome::holdsWithoutAuthenticationForSetUp()
{
    HttpReply reply;
    reply.status = 404;
    QVERIFY(outcomeOfStatus(reply).action.contains(u"url"_s));
}

void TestOutcome::readsHints_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<qint64>("milliseconds"); // -1: none
    const auto row = [](const char *what, const char *name, const char *value, qint64 ms) {
        QTest::newRow(what) << QByteArray(name) << QByteArray(value) << ms;
    };
    row("seconds", "Retry-After", "7", 7000);
    row("other case and blanks", "retry-after", " 7 ", 7000);
    row("capped", "Retry-After", "86400", 900'000);
    row("more digits than a number holds", "Retry-After", "99999999999999999999999", 900'000);
    row("zero is no wish", "Retry-After", "0", -1);
    row("negative", "Retry-After", "-5", -1);
    row("words", "Retry-After", "soon", -1);
    row("empty", "Retry-After", "", -1);
    row("exponent", "Retry-After", "1e3", -1);
    row("two points", "Retry-After", "1.2.3", -1);
    row("IMF-fixdate", "Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT", 30'000);
    row("RFC 850", "Retry-After", "Sunday, 06-Nov-94 08:50:07 GMT", 30'000);
    row("asctime", "Retry-After", "Sun Nov  6 08:50:07 1994", 30'000);
    row("date far ahead", "Retry-After", "Sun, 06 Nov 2044 08:50:07 GMT", 900'000);
    row("date in the past", "Retry-After", "Sun, 06 Nov 1994 08:49:07 GMT", -1);
    row("no such day", "Retry-After", "Sun, 36 Nov 1994 08:50:07 GMT", -1);
    row("reset in seconds", "X-RateLimit-Reset", "12", 12'000);
    row("reset as epoch", "X-RateLimit-Reset", "784111797", 20'000);
    row("reset as epoch in ms", "X-RateLimit-Reset", "784111797000", 20'000);
    row("reset passed", "X-RateLimit-Reset", "784111000", -1);
    row("another header", "X-Other", "12", -1);
}

void TestOutcome::readsHints()
{
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(qint64, milliseconds);
    const auto hint = retryHint({{name, value}}, then);
    QCOMPARE(hint ? hint->count() : -1, milliseconds);
}

void TestOutcome::measuresDatesByTheServersClock()
{
    HttpReply reply;
    reply.status = 503;
    reply.headers = {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                     {"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"}};
    const Outcome outcome = outcomeOfStatus(reply);
    QCOMPARE(outcome.kind, Kind::RetryLater);
    QCOMPARE(outcome.hint.value_or(std::chrono::milliseconds(-1)).count(), 10'000);
}

void TestOutcome::quotesTheServersWords_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("reason");
    QTest::newRow("text") << "bad line\n"_ba << u"HTTP 400: bad line"_s;
    QTest::newRow("nothing") << ""_ba << u"HTTP 400"_s;
    QTest::newRow("message") << R"({"message":"no such index","x":1})"_ba
                             << u"HTTP 400: no such index"_s;
    QTest::newRow("error") << R"({"error":"bad"})"_ba << u"HTTP 400: bad"_s;
    QTest::newRow("error object") << R"({"error":{"code":3,"message":"deep"}})"_ba
                                  << u"HTTP 400: deep"_s;
    QTest::newRow("list of texts") << R"({"errors":["one","two"]})"_ba << u"HTTP 400: one; two"_s;
    QTest::newRow("list of objects")
        << R"({"errors":[{"title":"Bad Request","detail":"too big"}]})"_ba
        << u"HTTP 400: Bad Request: too big"_s;
    QTest::newRow("JSON without words") << R"({"code":7})"_ba << u"HTTP 400: {\"code\":7}"_s;
}

void TestOutcome::quotesTheServersWords()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, reason);
    HttpReply reply;
    reply.status = 400;
    reply.body = body;
    QCOMPARE(outcomeOfStatus(reply).reason, reason);
}

void TestOutcome::boundsAndCleansExcerpts()
{
    QCOMPARE(bodyExcerpt("a\nb\x1b[31m\x07"), u"a b\u241b[31m\u2407"_s);
    // Text that turns itself around could hide what an operator has to read.
    QCOMPARE(bodyExcerpt("a\u202e"_ba + "b"), u"a\ufffdb"_s);
    QCOMPARE(bodyExcerpt(QByteArray(500, 'x')), QString(500, u'x'));
    QCOMPARE(bodyExcerpt(QByteArray(10'000, 'x')), QString(500, u'x') + u'…');
    QCOMPARE(bodyExcerpt("\xff\xfe"), u"\ufffd\ufffd"_s);
}

void TestOutcome::tellsWebPages_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isPage");
    const auto row = [](const char *what, const char *type, const char *body, bool isPage) {
        QTest::newRow(what) << QByteArray(type) << QByteArray(body) << isPage;
    };
    const char *const html = "text/html; charset=utf-8";
    row("page", html, "<html><title>Log in</title></html>", true);
    row("page without a type", "", "\r\n <HTML>", true);
    row("document type without a type", "", "<!DOCTYPE html>\n<html>", true);
    row("page as JSON, as some proxies send it", "application/json", "<!doctype html>", true);
    row("page behind a byte order mark", "", "\xef\xbb\xbf<!DOCTYPE html>", true);
    row("page that begins with a comment", html, "<!-- portal --><html>", true);
    row("page as XML", "application/xhtml+xml", "<?xml version=\"1.0\"?><!DOCTYPE html>", true);
    row("no page, but the type that a framework sends by default", html, "ok", false);
    row("nothing, with that type", html, "", false);
    row("JSON with that type", html, "{}", false);
    row("XML", "text/xml", "<response><status>0</status></response>", false);
    row("text", "text/plain", "queued", false);
}

void TestOutcome::tellsWebPages()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    HttpReply reply;
    reply.status = 200;
    reply.body = body;
    if (!type.isEmpty())
        reply.headers.append({"Content-Type", type});
    QTEST(isWebPage(reply), "isPage");
}

QTEST_GUILESS_MAIN(TestOutcome)
#include "tst_outcome.moc"
