// SPDX-License-Identifier: GPL-3.0-or-later
// Why an endpoint does not deliver, as the journal's file has it: a kind and arguments, with no
// word that is not from outside.
#include "core/config/keychain.h"
#include "core/delivery/sender.h"
#include "core/delivery/transport.h"
#include "core/journal/journal.h"
#include "core/platform/error.h"
#include "core/platform/phrases.h"
#include "tests/core/delivery/answerserver.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/patience.h"
#include "tests/support/unusedport.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

//! What the file has of the only endpoint: its kind, then its arguments.
QStringList keptIn(const QString &folder)
{
    QStringList kept;
    {
        QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"kept"_s);
        db.setDatabaseName(Journal::fileIn(folder));
        if (db.open()) {
            QSqlQuery query(u"SELECT problem, problem_arguments FROM endpoint"_s, db);
            if (query.next()) {
                kept.append(query.value(0).toString());
                const auto arguments = QJsonDocument::fromJson(query.value(1).toByteArray());
                for (const QJsonValue &argument : arguments.array())
                    kept.append(argument.toString());
            }
        }
    }
    QSqlDatabase::removeDatabase(u"kept"_s);
    return kept;
}

} // namespace

class TestKeptReasons : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void keepsWhatAServiceAnswers_data();
    void keepsWhatAServiceAnswers();
    void keepsWhatIsMissingHere_data();
    void keepsWhatIsMissingHere();
    void keepsWhyThereIsNoAnswer_data();
    void keepsWhyThereIsNoAnswer();
    void keepsWhatAKeychainSaid_data();
    void keepsWhatAKeychainSaid();
    void wordsWhatFormerVersionsKept_data();
    void wordsWhatFormerVersionsKept();
    void everyKindHasANameAndWords();

private:
    //! What is kept of one record that cannot be delivered to \a endpoint.
    void deliver(const Endpoint &endpoint, const QStringList &expected,
                 const Keychain::Fetch &fetch = {});

    QTemporaryDir m_temp;
};

void TestKeptReasons::initTestCase()
{
    QVERIFY(m_temp.isValid());
    for (const char *name : {"http_proxy", "https_proxy", "AWS_ACCESS_KEY_ID", "AWS_PROFILE",
                             "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_PROFILE"})
        qunsetenv(name);
    qputenv("HOME", m_temp.path().toUtf8());
    qputenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials");
    qputenv("AWS_CONFIG_FILE", "/nowhere/config");
    qputenv("TRACE_TST_EMPTY", "");
    qputenv("TRACE_TST_LINES", "a\nb");
    qputenv("TRACE_TST_KEY", "s3cret-key");
    qputenv("TRACE_TST_NO_URL", "nothing");
}

void TestKeptReasons::deliver(const Endpoint &endpoint, const QStringList &expected,
                              const Keychain::Fetch &fetch)
{
    QTemporaryDir temp;
    const auto journal = Journal::open(temp.filePath(u"journal"_s)).value();
    BatchPlanner planner(journal->folder(), journal->freshBlocks());
    Transport transport;
    const auto keychain = fetch ? std::make_unique<Keychain>(fetch) : std::make_unique<Keychain>();
    const qint64 id = enrol(*journal, endpoint.id);
    auto sender = std::make_unique<Sender>(
        SenderParts{*journal, planner, transport, *keychain},
        BacklogStart{.row = endpointRow(journal->folder(), id), .unsettled = {}}, endpoint);
    auto records = recordsOf(1);
    records.front().timestamp = QDateTime::currentMSecsSinceEpoch() * 1'000'000; // fit for all
    QCOMPARE(append(*journal, blockOf(records), {id}), QString());
    sender->recordsCommitted({1, 1});
    QTRY_COMPARE(keptIn(journal->folder()).join(u'|'), expected.join(u'|'));
    // Who shows it has words for it.
    const Problem problem = endpointRow(journal->folder(), id).trouble.problem;
    QVERIFY(problem.kind != ProblemKind::Other);
    QVERIFY(!wordingOf(problem).text.isEmpty());
    journal->syncMarks(); // its answers go to the sender
    sender.reset();
}

void TestKeptReasons::keepsWhatAServiceAnswers_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QStringList>("kept");
    const auto row = [](const char *name, const QString &service, int status,
                        const QByteArray &body, const QStringList &kept) {
        QTest::newRow(name) << service << status << body << kept;
    };
    const QString key = u"env:TRACE_TST_KEY"_s;
    row("unknown path", u"generic"_s, 404, "x",
        {u"refused"_s, u"404"_s, u"x"_s, u"path_unknown"_s});
    row("no POST", u"generic"_s, 405, "x", {u"refused"_s, u"405"_s, u"x"_s, u"path_no_post"_s});
    row("form of the body", u"generic"_s, 415, "x",
        {u"refused"_s, u"415"_s, u"x"_s, u"body_form"_s});
    row("in between", u"generic"_s, 411, "x",
        {u"refused"_s, u"411"_s, u"x"_s, u"way_to_service"_s});
    row("too long", u"generic"_s, 431, "x", {u"refused"_s, u"431"_s, u"x"_s, u"too_long"_s});
    row("host", u"generic"_s, 421, "x", {u"refused"_s, u"421"_s, u"x"_s, u"host"_s});
    row("redirected", u"generic"_s, 302, "x", {u"redirected"_s, u"302"_s, {}});
    row("key", u"generic"_s, 401, "x", {u"key_refused"_s, u"401"_s, u"x"_s, key, u"key"_s});
    row("rights", u"generic"_s, 403, "x",
        {u"key_refused"_s, u"403"_s, u"x"_s, key, u"key_rights"_s});
    row("unpaid", u"generic"_s, 402, "x",
        {u"key_refused"_s, u"402"_s, u"x"_s, key, u"account_unpaid"_s});
    row("page", u"generic"_s, 200, "<html>x",
        {u"refused"_s, u"200"_s, u"<html>x"_s, u"web_page"_s});
    row("throttled", u"generic"_s, 429, "x", {u"throttled"_s, u"429"_s, u"x"_s});
    row("unavailable", u"generic"_s, 503, "x", {u"unavailable"_s, u"503"_s, u"x"_s});
    row("takes nothing", u"generic"_s, 400, "x",
        {u"takes_nothing"_s, u"refused"_s, u"400"_s, u"x"_s});
    row("bulk interface", u"generic"_s, 400, "Malformed action/metadata line [1]",
        {u"refused"_s, u"400"_s, u"Malformed action/metadata line [1]"_s, u"bulk_form"_s});
    row("Splunk's events", u"generic"_s, 400, "Event field is required",
        {u"refused"_s, u"400"_s, u"Event field is required"_s, u"splunk_form"_s});
    row("OTLP's path", u"otlp"_s, 404, "x", {u"refused"_s, u"404"_s, u"x"_s, u"otlp_path"_s});
    row("OTLP's encoding", u"otlp"_s, 415, "x",
        {u"refused"_s, u"415"_s, u"x"_s, u"otlp_encoding"_s});
    row("OTLP's page", u"otlp"_s, 200, "<html>x",
        {u"refused"_s, u"200"_s, u"<html>x"_s, u"web_page_path"_s, u"/v1/logs"_s});
    row("Loki's tenant", u"grafana"_s, 401, "no org id",
        {u"key_refused"_s, u"401"_s, u"no org id"_s, key, u"loki_tenant"_s});
    row("Loki's path", u"grafana"_s, 404, "x", {u"refused"_s, u"404"_s, u"x"_s, u"loki_path"_s});
    row("Loki blocks", u"grafana"_s, 260, "x", {u"refused"_s, u"260"_s, u"x"_s, u"loki_blocked"_s});
    row("Loki's labels", u"grafana"_s, 400, "missing required labels x",
        {u"refused"_s, u"400"_s, u"missing required labels x"_s, u"loki_required_labels"_s});
    row("Loki's streams", u"grafana"_s, 429, "maximum active stream limit",
        {u"throttled"_s, u"429"_s, u"maximum active stream limit"_s, u"loki_streams"_s});
    row("Datadog's key", u"datadog"_s, 403, "x",
        {u"key_refused"_s, u"403"_s, u"x"_s, key, u"datadog_key_host"_s, u"127.0.0.1"_s});
    row("Datadog's path", u"datadog"_s, 404, "x",
        {u"refused"_s, u"404"_s, u"x"_s, u"datadog_path"_s});
    row("before Datadog", u"datadog"_s, 200, "<title>x</title>",
        {u"refused"_s, u"200"_s, u"x"_s, u"datadog_page"_s});
    row("Datadog's agent", u"datadog"_s, 400, "unknown field x",
        {u"refused"_s, u"400"_s, u"unknown field x"_s, u"datadog_agent_only"_s});
    row("AWS's rights", u"cloudwatch"_s, 400, R"({"__type":"AccessDeniedException","message":"x"})",
        {u"key_refused"_s, u"400"_s, u"AccessDeniedException: x"_s, u"the_endpoint"_s,
         u"aws_grant"_s, u"logs:PutLogEvents"_s});
    row("AWS's quota", u"cloudwatch"_s, 400, R"({"__type":"LimitExceededException","message":"x"})",
        {u"refused"_s, u"400"_s, u"LimitExceededException: x"_s, u"aws_quota"_s});
    row("AWS's address", u"cloudwatch"_s, 400,
        R"({"__type":"UnknownOperationException","message":"x"})",
        {u"refused"_s, u"400"_s, u"UnknownOperationException: x"_s, u"aws_address"_s});
    row("not AWS", u"cloudwatch"_s, 200, "x", {u"unavailable"_s, u"200"_s, u"x"_s});
}

void TestKeptReasons::keepsWhatAServiceAnswers()
{
    QFETCH(QString, service);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QStringList, kept);
    AnswerServer server(service, [&](const SeenRequest &) {
        return Answer{status, body, body.startsWith('<') ? "text/html" : "text/plain"};
    });
    Endpoint endpoint = server.endpoint(1);
    if (service == "cloudwatch"_L1)
        endpoint.options.own.insert(u"region"_s, u"eu-west-1"_s);
    else
        endpoint.apiKey = u"env:TRACE_TST_KEY"_s;
    deliver(endpoint, kept);
}

void TestKeptReasons::keepsWhatIsMissingHere_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("proxy");
    QTest::addColumn<QStringList>("kept");
    const auto row = [](const char *name, const QString &key, const QStringList &kept,
                        const QString &url = {}, const QString &proxy = u"none"_s,
                        const QString &service = u"generic"_s) {
        QTest::newRow(name) << service << key << url << proxy << kept;
    };
    row("variable", u"env:TRACE_TST_UNSET"_s, {u"variable_unset"_s, {}, u"TRACE_TST_UNSET"_s});
    row("file", u"file:/nowhere/key"_s,
        {u"file_unreadable"_s, {}, u"/nowhere/key"_s, u"missing"_s});
    row("folder", u"file:/tmp"_s, {u"file_unreadable"_s, {}, u"/tmp"_s, u"folder"_s});
    row("device", u"file:/dev/null"_s, {u"file_unreadable"_s, {}, u"/dev/null"_s, u"device"_s});
    row("empty", u"env:TRACE_TST_EMPTY"_s, {u"secret_empty"_s, u"env:TRACE_TST_EMPTY"_s});
    row("lines", u"env:TRACE_TST_LINES"_s, {u"secret_unfit"_s, u"env:TRACE_TST_LINES"_s});
    row("no name", u"env:"_s, {u"reference_incomplete"_s, u"env:"_s});
    row("no place", u"keychain:x"_s, {u"reference_incomplete"_s, u"keychain:"_s});
    row("empty address", {}, {u"secret_empty"_s, u"env:TRACE_TST_EMPTY"_s, u"url"_s},
        u"env:TRACE_TST_EMPTY"_s);
    row("no address", {}, {u"address_unfit"_s, u"url"_s, u"no_scheme"_s},
        u"env:TRACE_TST_NO_URL"_s);
    row("proxy", {},
        {u"address_unfit"_s, u"proxy"_s, u"no_proxy_address"_s, u"env:TRACE_TST_NO_URL"_s}, {},
        u"env:TRACE_TST_NO_URL"_s);
    row("AWS's key", u"env:TRACE_TST_KEY"_s, {u"aws_key_unfit"_s, u"no_colon"_s, u"api_key"_s}, {},
        u"none"_s, u"cloudwatch"_s);
    row("AWS's profile", {},
        {u"aws_no_profile"_s,
         u"default"_s,
         u"/nowhere/credentials"_s,
         u"missing"_s,
         {},
         u"/nowhere/config"_s,
         u"missing"_s,
         {}},
        {}, u"none"_s, u"cloudwatch"_s);
}

void TestKeptReasons::keepsWhatIsMissingHere()
{
    QFETCH(QString, service);
    QFETCH(QString, key);
    QFETCH(QString, url);
    QFETCH(QString, proxy);
    QFETCH(QStringList, kept);
    AnswerServer server(service);
    Endpoint endpoint = server.endpoint(1);
    endpoint.apiKey = key;
    endpoint.proxy = proxy;
    if (!url.isEmpty())
        endpoint.options.url = QUrl(url);
    if (service == "cloudwatch"_L1)
        endpoint.options.own.insert(u"region"_s, u"eu-west-1"_s);
    deliver(endpoint, kept);
}

void TestKeptReasons::keepsWhyThereIsNoAnswer_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("proxy");
    QTest::addColumn<QStringList>("kept");
    QTest::newRow("nothing came") << int(Answer::silent) << QString() << u"none"_s
                                  << QStringList{u"timed_out"_s, u"0.2"_s};
    QTest::newRow("closed") << int(Answer::closed) << QString() << u"none"_s
                            << QStringList{u"closed"_s};
    const QString port = QString::number(unusedPort());
    QTest::newRow("refused") << 200 << u"http://127.0.0.1:"_s + port << u"none"_s
                             << QStringList{u"no_answer"_s, u"Connection refused"_s};
    QTest::newRow("proxy") << 200 << u"http://service.invalid"_s << u"http://127.0.0.1:"_s + port
                           << QStringList{u"proxy_no_answer"_s, u"127.0.0.1:"_s + port,
                                          u"Connection refused"_s};
    QTest::newRow("no TLS") << 200 << u"https"_s << u"none"_s
                            << QStringList{u"no_tls"_s, u"wrong version number"_s};
}

void TestKeptReasons::keepsWhyThereIsNoAnswer()
{
    QFETCH(int, status);
    QFETCH(QString, url);
    QFETCH(QString, proxy);
    QFETCH(QStringList, kept);
    AnswerServer server(u"generic"_s, [&](const SeenRequest &) { return Answer{status}; });
    Endpoint endpoint = server.endpoint(1);
    endpoint.timeout = std::chrono::milliseconds(200);
    endpoint.proxy = proxy;
    if (url == "https"_L1)
        endpoint.options.url.setScheme(url);
    else if (!url.isEmpty())
        endpoint.options.url = QUrl(url);
    deliver(endpoint, kept);
}

void TestKeptReasons::keepsWhatAKeychainSaid_data()
{
    QTest::addColumn<Problem>("problem");
    QTest::addColumn<QStringList>("kept");
    const QString entry = u"trace/key"_s;
    QTest::newRow("none") << Problem{ProblemKind::KeychainMissing, {entry}}
                          << QStringList{u"keychain_missing"_s, entry};
    QTest::newRow("denied") << Problem{ProblemKind::KeychainDenied, {entry, u"x"_s}}
                            << QStringList{u"keychain_denied"_s, entry, u"x"_s};
    QTest::newRow("failed") << Problem{ProblemKind::KeychainFailed, {u"x"_s}}
                            << QStringList{u"keychain_failed"_s, u"x"_s};
}

void TestKeptReasons::keepsWhatAKeychainSaid()
{
    QFETCH(Problem, problem);
    QFETCH(QStringList, kept);
    AnswerServer server(u"generic"_s);
    Endpoint endpoint = server.endpoint(1);
    endpoint.apiKey = u"keychain:trace/key"_s;
    deliver(endpoint, kept,
            [&](Keychain &, const QString &, const QString &, const Keychain::Answer &answer) {
                QTimer::singleShot(0, this, [answer, problem] { answer(fail(problem)); });
            });
}

void TestKeptReasons::wordsWhatFormerVersionsKept_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("action");
    QTest::newRow("other") << u"other"_s << QStringList{u"It is off."_s, u"Set it."_s}
                           << u"It is off."_s << u"Set it."_s;
    QTest::newRow("keychain") << u"keychain"_s << QStringList{u"It is locked."_s, u"Unlock it."_s}
                              << u"It is locked."_s << u"Unlock it."_s;
    QTest::newRow("refused") << u"refused"_s << QStringList{u"404"_s, u"x"_s, u"check the url"_s}
                             << u"HTTP 404: x"_s << u"check the url"_s;
    QTest::newRow("key")
        << u"key_refused"_s << QStringList{u"403"_s, u"x"_s, u"the endpoint"_s} << u"HTTP 403: x"_s
        << u"The key of the endpoint was sent and refused: check it and its rights."_s;
    QTest::newRow("file") << u"file_unreadable"_s << QStringList{{}, u"/a"_s, u"does not exist"_s}
                          << u"/a does not exist"_s
                          << u"Name a regular file that exists and that this user may read."_s;
    QTest::newRow("certificate") << u"certificate"_s << QStringList{u"it expired"_s}
                                 << u"it expired"_s
                                 << u"Check the server's certificate, or name its authority in "
                                    "tls.ca_file."_s;
    QTest::newRow("secret") << u"secret_empty"_s << QStringList{u"the environment variable A"_s}
                            << u"The secret in the environment variable A is empty."_s << QString();
    QTest::newRow("of a later version")
        << u"unheard_of"_s << QStringList{u"x"_s} << u"x"_s << QString();
}

void TestKeptReasons::wordsWhatFormerVersionsKept()
{
    QFETCH(QString, kind);
    QFETCH(QStringList, arguments);
    QFETCH(QString, text);
    QFETCH(QString, action);
    const Error words = wordingOf({problemKindOf(kind), arguments});
    QCOMPARE(words.text, text);
    QCOMPARE(words.action, action);
}

void TestKeptReasons::everyKindHasANameAndWords()
{
    for (int i = 1; i <= int(ProblemKind::Unavailable); ++i) {
        const auto kind = ProblemKind(i);
        QVERIFY2(!nameOf(kind).isEmpty(), qPrintable(QString::number(i)));
        QCOMPARE(problemKindOf(nameOf(kind)), kind);
        const Error words = wordingOf({kind, {u"refused"_s, u"400"_s, u"x"_s, u"y"_s}});
        QVERIFY2(!words.text.isEmpty(), qPrintable(nameOf(kind)));
        QVERIFY2(!words.message().contains(u'%'), qPrintable(words.message()));
    }
}

QTEST_GUILESS_MAIN(TestKeptReasons)
#include "tst_keptreasons.moc"
