// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/redactionfile.h"

#include <QTemporaryDir>
#include <QTest>

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
    void textWithoutSecretsIsLookedAtOnce();
};

void TestRedaction::builtInRulesHideSecrets_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("masked");
    const auto row = [](const QByteArray &name, const QByteArray &text, const QByteArray &masked) {
        QTest::newRow(name.constData()) << text << masked;
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
    row("card of thirteen", "paid with 4222222222222, thanks", "paid with ***, thanks");
    row("card of fourteen", "paid with 3056 930902 5904", "paid with ***");
    row("card before three digits", "4111 1111 1111 1111 123", "*** 123");
    row("card of UnionPay", "6212345678901232", "***");
    row("card of nineteen in groups", "4000 0000 0000 0000 006", "***");
    row("card of Maestro", "6759649826438453", "***");
    row("card with dots", "paid with 4111.1111.1111.1111.", "paid with ***.");
    row("PGP", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n-----END PGP PRIVATE KEY BLOCK----- b",
        "*** b");
    row("SSH2",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nlQ\n---- END SSH2 ENCRYPTED PRIVATE KEY ---- "
        "b",
        "*** b");
    row("PuTTY", "Public-Lines: 1\nAA\nPrivate-Lines: 1\nlQ\nPrivate-MAC: 1f b",
        "Public-Lines: 1\nAA\n*** b");
    row("PuTTY, without its end", "Private-Lines: 1\nlQ", "***");
    row("webhook of Slack", "POST https://hooks.slack.com/services/T0/B0/abcdefgh 200",
        "POST https://hooks.slack.com/services/*** 200");
    row("webhook of Discord", "https://discord.com/api/webhooks/17/abcdefghijklmnopqrst",
        "https://discord.com/api/webhooks/17/***");
    const QByteArray some = "0123456789abcdefABCDEF0123456789abcdef"_ba;
    const QByteArray hex = "0123456789abcdef"_ba.repeated(4);
    for (const QByteArray &token :
         {"npm_" + some.left(36), "hf_" + some.left(34), "pypi-AgEIcHlwaS5vcmc" + some + some,
          "SG." + some.left(22) + '.' + some.left(30) + "-_" + some.left(11), "hvs." + some + some,
          "dop_v1_" + hex, "ya29." + some + '-' + some, "xapp-1-A0123-123-" + hex,
          "shpat_" + hex.left(32), "dckr_pat_" + some.left(27), "glrt-" + some.left(20),
          "rubygems_" + hex.left(48)})
        row(token.left(12), "sent " + token + " to it", "sent *** to it");
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
                             "https://example.com:443/x",
                             "4bf92f3577b34da6a3ce929d0e0e4736",
                             "see user@example.com",
                             "-----BEGIN CERTIFICATE-----\nMIIE",
                             "-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ",
                             "---- BEGIN SSH2 PUBLIC KEY ----\nAA",
                             "Public-Lines: 1\nAA",
                             "npm_config_cache=/x",
                             "npm_lifecycle_event",
                             "hf_hub_download",
                             "pypi-server 2.0",
                             "SG. 12",
                             "hvs.example",
                             "xapp-name",
                             "https://api.slack.com/services/T0/B0/abcdefgh",
                             "https://discord.com/channels/17/1234567890",
                             "at 4111.111111111111 ms",
                             "4111.1111.1111",
                             "loss 0.4111111111111111",
                             "at 4111111111111111.5",
                             "4222222222221",
                             "6212345678901233",
                             "dd.trace_id=4000000000000000006",
                             "1714564830123",
                             "order 6304-0"})
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
