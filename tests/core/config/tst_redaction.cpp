// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/redactionfile.h"

#include <QTemporaryDir>
#include <QTest>

#include <ctime>
#include <limits>

using namespace trace;
using namespace Qt::StringLiterals;

class TestRedaction : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void builtInRulesHideSecrets_data();
    void builtInRulesHideSecrets();
    void builtInRulesLeaveTheRest_data();
    void builtInRulesLeaveTheRest();
    void ownRulesReplaceByGroups();
    void readsTheFile_data();
    void readsTheFile();
    void refusesTheFileAsAWhole_data();
    void refusesTheFileAsAWhole();
    void aMissingFileHidesNothing();
    void takesTimeByTheSizeOfTheText();
    void textWithoutSecretsIsLookedAtOnce();
};

void TestRedaction::builtInRulesHideSecrets_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("masked");
    const auto row = [](const char *name, const char *text, const char *masked) {
        QTest::newRow(name) << QByteArray(text) << QByteArray(masked);
    };
    row("password", "login with password=hunter2 failed", "login with password=*** failed");
    row("password with colon", "Password: hunter2, again", "Password: ***, again");
    row("password in JSON", "{\"db_password\": \"hun\\\"ter2\", \"a\": 1}",
        "{\"db_password\": \"***\", \"a\": 1}");
    row("password in escaped JSON", "{\\\"password\\\":\\\"hunter2\\\",\\\"a\\\":1}",
        "{\\\"password\\\":\\\"***\\\",\\\"a\\\":1}");
    row("password with blanks in quotes", "pwd='hunter 2' x", "pwd='***' x");
    row("key in a query", "GET /v1?api_key=abc123&page=2", "GET /v1?api_key=***&page=2");
    row("variable", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY=***");
    row("quotes that do not end", "password=\"hun ter2", "password=\"***");
    row("punctuation inside", "(password=a,b;c) then", "(password=***) then");
    row("several", "token=aaa secret=bbb", "token=*** secret=***");
    row("authorization", "Authorization: Bearer abc.def-ghi", "Authorization: ***");
    row("authorization with a password", "authorization: Basic dXNlcjpwYXNz", "authorization: ***");
    row("bearer", "sent bearer abcdef123456 to it", "sent bearer *** to it");
    row("address", "postgres://app:s3cr3t@db:5432/x", "postgres://app:***@db:5432/x");
    row("AWS key", "key AKIAIOSFODNN7EXAMPLE used", "key *** used");
    row("GitHub", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "***");
    row("JWT", "got eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw_-x here", "got *** here");
    row("private key",
        "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\nowI\n-----END RSA PRIVATE KEY----- b", "a *** b");
    row("private key without end", "-----BEGIN PRIVATE KEY-----\nMIIE\nowI", "***");
    row("card", "paid with 4111111111111111.", "paid with ***.");
    row("card in groups", "5500-0055 5555 5559", "***");
    row("card of fifteen", "3782 822463 10005", "***");
    row("card behind a number that is none", "4111111111111112 4111111111111111",
        "4111111111111112 ***");
    const auto named = [&](const char *text, const char *masked) { row(text, text, masked); };
    // As parts of longer names, in each usual case.
    named("API_TOKEN=abc X=1", "API_TOKEN=*** X=1");
    named("MYSQL_PWD=abc", "MYSQL_PWD=***");
    named("dbPassword: abc, user: joe", "dbPassword: ***, user: joe");
    named("userDBPassword=abc", "userDBPassword=***");
    named("dbpassword=abc", "dbpassword=***");
    named("spring.datasource.password=abc", "spring.datasource.password=***");
    named("client-secret: abc", "client-secret: ***");
    named("clientSecret2=abc", "clientSecret2=***");
    named("DD_APP_KEY=abc", "DD_APP_KEY=***");
    named("DATADOG_KEY=abc", "DATADOG_KEY=***");
    named("SECRET_KEY_BASE=abc", "SECRET_KEY_BASE=***");
    named("DB_PASS=abc", "DB_PASS=***");
    named("smtp-pass: abc", "smtp-pass: ***");
    named("secretAccessKey: abc", "secretAccessKey: ***");
    named("PGPASSWORD=abc psql", "PGPASSWORD=*** psql");
    named("AZURE_STORAGE_ACCOUNT_KEY=abc==", "AZURE_STORAGE_ACCOUNT_KEY=***");
    named("//registry.npmjs.org/:_authToken=abc", "//registry.npmjs.org/:_authToken=***");
    named("invalid API key: abc", "invalid API key: ***");
    named("encryption key = abc", "encryption key = ***");
    // Headers and cookies.
    named("Proxy-Authorization: Basic abc", "Proxy-Authorization: ***");
    named("> X-Api-Key: abc\n> Accept: */*", "> X-Api-Key: ***\n> Accept: */*");
    named("X-Auth-Token: abc", "X-Auth-Token: ***");
    named("curl -H 'Authorization: Bearer abc' http://h", "curl -H 'Authorization: ***' http://h");
    named("Authorization: Digest username=\"joe\", realm=\"r\", response=\"abc\" then",
          "Authorization: *** then");
    named("Authorization: AWS4-HMAC-SHA256 Credential=AK/x, SignedHeaders=a;b, "
          "Signature=abc\nHost: h",
          "Authorization: ***\nHost: h");
    named("Cookie: session=abc; sid=def; theme=dark\nHost: h", "Cookie: ***\nHost: h");
    named("Set-Cookie: sid=abc; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/; HttpOnly and",
          "Set-Cookie: *** and");
    named("{\"headers\":{\"cookie\":\"a=b; c=d\",\"host\":\"h\"}}",
          "{\"headers\":{\"cookie\":\"***\",\"host\":\"h\"}}");
    // Query strings and addresses.
    named("GET /a?token=abc&page=2 200", "GET /a?token=***&page=2 200");
    named("/b?sv=2020&sig=abc%3D&se=2", "/b?sv=2020&sig=***&se=2");
    named("/c?X-Amz-Signature=abc&X-Amz-Date=2", "/c?X-Amz-Signature=***&X-Amz-Date=2");
    named("/d?X-Amz-Security-Token=abc", "/d?X-Amz-Security-Token=***");
    named("(https://h/e?access_token=abc)", "(https://h/e?access_token=***)");
    named("redis://:abc@h:6379/0", "redis://:***@h:6379/0");
    named("mongodb+srv://u:p@ss@w0rd@c1.example.net/db", "mongodb+srv://u:***@c1.example.net/db");
    named("jdbc:postgresql://u:p/a?s#s@h:5432/db x@y.z", "jdbc:postgresql://u:***@h:5432/db x@y.z");
    named("https://u:a%40b!$&*()@h/p?mail=a@b.c", "https://u:***@h/p?mail=a@b.c");
    named("\"https:\\/\\/u:abc@h\\/p\"", "\"https:\\/\\/u:***@h\\/p\"");
    named("amqp://a:b@h1,amqp://c:d@h2", "amqp://a:***@h1,amqp://c:***@h2");
    // Other ways of assigning.
    named("password => abc, user => joe", "password => ***, user => joe");
    named(":password=>\"abc\", :user=>\"joe\"", ":password=>\"***\", :user=>\"joe\"");
    named("[password] => abc", "[password] => ***");
    named("$c['password'] = 'a b';", "$c['password'] = '***';");
    named("password := abc", "password := ***");
    named("<password>a b</password><user>joe</user>", "<password>***</password><user>joe</user>");
    named("Server=h;Password=abc;Database=d", "Server=h;Password=***;Database=d");
    named("{'password': 'a b', 'n': 1}", "{'password': '***', 'n': 1}");
    named("{\"api_key\": 12345, \"n\": 1}", "{\"api_key\": \"***\", \"n\": 1}");
    named("{\"secrets\": {\"a\": \"}\", \"b\": [1]}, \"n\": 1}",
          "{\"secrets\": \"***\", \"n\": 1}");
    named("{password: abc, user: joe}", "{password: ***, user: joe}");
    named("password=abc\\nuser=joe", "password=***\\nuser=joe");
    named("body: {\\\"password\\\": \\\"a\\\\\\\"b\\\", \\\"n\\\": 1}",
          "body: {\\\"password\\\": \\\"***\\\", \\\"n\\\": 1}");
    named("{\\\\\\\"password\\\\\\\":\\\\\\\"abc\\\\\\\",\\\\\\\"n\\\\\\\":1}",
          "{\\\\\\\"password\\\\\\\":\\\\\\\"***\\\\\\\",\\\\\\\"n\\\\\\\":1}");
    named("{\\\"token\\\":17,\\\"n\\\":1}", "{\\\"token\\\":\\\"***\\\",\\\"n\\\":1}");
    named("{\"name\":\"password\",\"value\":\"a b\"}", "{\"name\":\"password\",\"value\":\"***\"}");
    named("{\"key\":\"DB_PASS\",\"kind\":\"text\",\"value\":7}",
          "{\"key\":\"DB_PASS\",\"kind\":\"text\",\"value\":\"***\"}");
    named("name=password value=abc next=1", "name=password value=*** next=1");
    // Command lines.
    named("psql --password abc --host h", "psql --password *** --host h");
    named("tool --api-key=abc run", "tool --api-key=*** run");
    named("tool -password 'a b' run", "tool -password '***' run");
    named("['--token', 'abc', '-v']", "['--token', '***', '-v']");
    row("beside characters beyond ASCII", "größe password=pä ñ", "größe password=*** ñ");
}

void TestRedaction::builtInRulesHideSecrets()
{
    QFETCH(QByteArray, text);
    const auto redaction = Redaction::make(builtInRedactionRules());
    QVERIFY2(redaction, redaction ? "" : qPrintable(redaction.error().message()));
    std::string out;
    QVERIFY((*redaction)->mask(text.toStdString(), out));
    QTEST(QByteArray::fromStdString(out), "masked");
    std::string again;
    if ((*redaction)->mask(out, again))
        QCOMPARE(again, out); // what is hidden stays as it is
}

void TestRedaction::builtInRulesLeaveTheRest_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"",
                             "loaded 1200 rows",
                             "the password is wrong",
                             "max_tokens=512",
                             "secretary: Ms Jones",
                             "card 4111111111111112",
                             "run 20240501120030500000T1354680202",
                             "at 1714564830123456789",
                             "tokenizer: fast",
                             "tokenizer=bpe, tokenize: true",
                             "passenger: Ms Jones",
                             "passengers=12",
                             "compass: north",
                             "compass=N",
                             "token_count: 5",
                             "token_count=5",
                             "max_tokens=100",
                             "maxTokens: 100",
                             "prompt_tokens: 12, total_tokens: 40",
                             "password must not be empty",
                             "password is required",
                             "author: Jones",
                             "authors=Jones",
                             "keyboard: us",
                             "monkey=1",
                             "passed: 12",
                             "passed=12 failed=0",
                             "pass: 12 fail: 3",
                             "bypass=on",
                             "bypass: yes",
                             "trespass: no",
                             "nextPageToken: abc",
                             "next_token=abc",
                             "password_reset_url=https://h/x",
                             "password_length: 12",
                             "passwordLength=12",
                             "has_password=yes",
                             "token_type: bearer",
                             "tokenType=Bearer",
                             "expires token at: noon",
                             "primary_key: id",
                             "foreign key: id",
                             "cache_key=abc",
                             "public_key: abc",
                             "key: value",
                             "keys=3",
                             "partitionKey=7",
                             "secretary=Jones",
                             "secretariat: Bonn",
                             "authenticated: yes",
                             "authentication: failed",
                             "auth: failed",
                             "oauth: on",
                             "AWS_ACCESS_KEY_ID=abc",
                             "password: null",
                             "\"password\": null, \"a\": 1",
                             "token=true",
                             "password=",
                             "\"password\": \"\"",
                             "password == other",
                             "token::Kind",
                             "if (token != x) y: z",
                             "PWD=/home/joe",
                             "OLDPWD=/home/joe",
                             "cookie_banner=on",
                             "session=12",
                             "session_id=12",
                             "sigma=2",
                             "signature: f(int)",
                             "passive: yes",
                             "passage=7",
                             "credentials_file=/x",
                             "turkey=1",
                             "hockey: 2",
                             "surpass=3",
                             "tokens=12",
                             "Tokens: 12",
                             "key=value pairs",
                             "{\"name\":\"joe\",\"value\":\"x\"}",
                             "name=monkey value=x",
                             "tool --passive x",
                             "tool --author joe",
                             "--token-count 5",
                             "http://h:8080/@scope/pkg",
                             "see a:b@c",
                             "http://h:80,http://u@h",
                             "ssh://git@example.com:22/x",
                             "x://h/a:b@c",
                             "https://example.com:443/x",
                             "4bf92f3577b34da6a3ce929d0e0e4736",
                             "see user@example.com",
                             "-----BEGIN CERTIFICATE-----\nMIIE"})
        QTest::newRow(text) << QByteArray(text);
}

void TestRedaction::builtInRulesLeaveTheRest()
{
    QFETCH(QByteArray, text);
    std::string out = "untouched";
    const bool isMasked =
        (*Redaction::make(builtInRedactionRules()))->mask(text.toStdString(), out);
    QCOMPARE(QByteArray::fromStdString(out), "untouched"_ba);
    QVERIFY(!isMasked);
}

void TestRedaction::ownRulesReplaceByGroups()
{
    const auto redaction = redactionFromJson("{\"version\":1,\"built_in\":false,\"rules\":["
                                             "{\"name\":\"customers\",\"pattern\":\"C-(\\\\d\\\\d)"
                                             "\\\\d+\",\"replacement\":\"C-\\\\1…\"},"
                                             "{\"name\":\"byte\",\"pattern\":\"Z\\\\C\"}]}");
    QVERIFY2(redaction, redaction ? "" : qPrintable(redaction.error().message()));
    std::string out;
    QVERIFY((*redaction)->mask("C-123456 and C-98765, password=x", out));
    QCOMPARE(QByteArray::fromStdString(out), "C-12… and C-98…, password=x"_ba);
    QVERIFY((*redaction)->mask("Zé", out)); // half of a character
    QCOMPARE(QByteArray::fromStdString(out), "***\xEF\xBF\xBD"_ba);
    QVERIFY(!(*redaction)->hidesSecretKeys());
}

void TestRedaction::readsTheFile_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<bool>("isOn");
    QTest::newRow("least") << "{\"version\":1}"_ba << true;
    QTest::newRow("own rules beside")
        << "{\"version\":1,\"rules\":[{\"name\":\"a\",\"pattern\":\"b\"}]}"_ba << true;
    QTest::newRow("switched off") << "{\"version\":1,\"enabled\":false}"_ba << false;
}

void TestRedaction::readsTheFile()
{
    QFETCH(QByteArray, json);
    QFETCH(bool, isOn);
    const QTemporaryDir folder;
    QFile file(redactionPath(folder.path()));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(json) == json.size());
    file.close();
    const auto redaction = loadRedaction(folder.path());
    QVERIFY2(redaction, redaction ? "" : qPrintable(redaction.error().message()));
    QCOMPARE(*redaction != nullptr, isOn);
    std::string out;
    QVERIFY(!isOn || (*redaction)->mask("password=x", out));
}

void TestRedaction::refusesTheFileAsAWhole_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("found");
    QTest::addColumn<QString>("allowed");
    const auto row = [](const char *name, const QByteArray &json, const QString &found,
                        const QString &allowed) {
        QTest::newRow(name) << json << found << allowed;
    };
    const auto rule = [](const QByteArray &members) {
        return "{\"version\":1,\"rules\":[{\"name\":\"good\",\"pattern\":\"x\"},{" + members +
               "}]}";
    };
    row("empty", "", u"the file is empty"_s, u"{\"version\": 1"_s);
    row("no JSON", "{\"version\":1,", u"line 1, column "_s, u"Correct the JSON"_s);
    row("list", "[]", u"the document: found a list"_s, u"an object"_s);
    row("no version", "{}", u"version: found none"_s, u"1"_s);
    row("newer version", "{\"version\":2}", u"version: found 2"_s, u"1"_s);
    row("unknown key", "{\"version\":1,\"builtin\":true}", u"builtin: unknown key"_s,
        u"built_in"_s);
    row("wrong type", "{\"version\":1,\"enabled\":\"yes\"}", u"enabled: found a text"_s,
        u"true or false"_s);
    row("no name", rule("\"pattern\":\"x\""), u"rules[1].name: found nothing"_s, u"a text"_s);
    row("no pattern", rule("\"name\":\"x\""), u"rules[1].pattern: found nothing"_s,
        u"regular expression"_s);
    row("same name", rule("\"name\":\"good\",\"pattern\":\"y\""), u"rules[1].name: \"good\""_s,
        u"its own name"_s);
    row("broken pattern", rule("\"name\":\"x\",\"pattern\":\"(\""),
        u"rules[1].pattern: missing )"_s, u"RE2"_s);
    row("pattern of nothing", rule("\"name\":\"x\",\"pattern\":\"a*\""),
        u"rules[1].pattern: matches the empty text"_s, u"one character"_s);
    row("group that is not there",
        rule("\"name\":\"x\",\"pattern\":\"a\",\"replacement\":\"\\\\1\""),
        u"rules[1].replacement: "_s, u"\\0 to \\9"_s);
}

void TestRedaction::refusesTheFileAsAWhole()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, found);
    QFETCH(QString, allowed);
    const QTemporaryDir folder;
    QFile file(redactionPath(folder.path()));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(json) == json.size());
    file.close();
    const auto redaction = loadRedaction(folder.path());
    QVERIFY(!redaction);
    QVERIFY2(redaction.error().text.startsWith(file.fileName() + u": "_s + found),
             qPrintable(redaction.error().text));
    QVERIFY2(redaction.error().action.contains(allowed), qPrintable(redaction.error().action));
}

void TestRedaction::aMissingFileHidesNothing()
{
    const QTemporaryDir folder;
    const auto redaction = loadRedaction(folder.path());
    QVERIFY(redaction && !*redaction);
}

// Of sixteen times as much, by far less than 256 times the time.
void TestRedaction::takesTimeByTheSizeOfTheText()
{
    const auto redaction = Redaction::make(builtInRedactionRules()).value();
    for (const QByteArray &part :
         {"token={\n"_ba, "token=\\"_ba, "token=\"\\"_ba, "token='"_ba, "cookie: expires=a; "_ba,
          "<token <"_ba, "a://b:c"_ba, "a://b:c@"_ba, "token"_ba, "--token "_ba, "name=token "_ba,
          "\\\"token\\\":"_ba, "token=a,b"_ba}) {
        const auto timeFor = [&](qsizetype size) {
            const std::string text = part.repeated(size / part.size()).toStdString();
            std::string out;
            double best = std::numeric_limits<double>::max();
            for (int i = 0; i < 5; ++i) {
                const std::clock_t start = std::clock(); // of this process only
                std::ignore = redaction->mask(text, out);
                best = std::min(best, double(std::clock() - start) / CLOCKS_PER_SEC);
            }
            return best;
        };
        const double small = std::max(1e-4, timeFor(1 << 16));
        const double large = timeFor(1 << 20);
        qInfo("%s: %.1f ms for 1 MiB", part.constData(), large * 1e3);
        QVERIFY2(large < 64 * small, part.constData());
    }
}

void TestRedaction::textWithoutSecretsIsLookedAtOnce()
{
    const auto redaction = Redaction::make(builtInRedactionRules()).value();
    const std::string text = "2024-05-01 12:00:30 stage validate: read 1200 rows from orders.csv "
                             "in 1.5 s, 3 of them without a customer; see the report for details";
    std::string out;
    int masked = 0;
    QBENCHMARK
    {
        for (int i = 0; i < 1000; ++i)
            masked += redaction->mask(text, out);
    }
    QCOMPARE(masked, 0);
}

QTEST_GUILESS_MAIN(TestRedaction)
#include "tst_redaction.moc"
