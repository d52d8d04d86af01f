// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets as people write them: under names of each kind, assigned in each way. What is none is in
// tst_nosecrets.
#include "core/config/redaction.h"

#include <QTest>

#include <ctime>
#include <limits>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

void named(const QByteArray &text, const QByteArray &masked)
{
    QTest::newRow(text.constData()) << text << masked;
}

void addColumns()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("masked");
}

void isMasked()
{
    QFETCH(QByteArray, text);
    const auto redaction = Redaction::make(builtInRedactionRules()).value();
    std::string out;
    QVERIFY(redaction->mask(text.toStdString(), out));
    QTEST(QByteArray::fromStdString(out), "masked");
    std::string again;
    if (redaction->mask(out, again))
        QCOMPARE(again, out); // what is hidden stays as it is
}

} // namespace

class TestNamedSecrets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void longerNames_data();
    void longerNames() { isMasked(); }
    void headersAndCookies_data();
    void headersAndCookies() { isMasked(); }
    void queriesAndAddresses_data();
    void queriesAndAddresses() { isMasked(); }
    void otherWaysOfAssigning_data();
    void otherWaysOfAssigning() { isMasked(); }
    void commandLines_data();
    void commandLines() { isMasked(); }
    void takesTimeByTheSizeOfTheText();
};

void TestNamedSecrets::longerNames_data()
{
    addColumns();
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
    named("trustStorePass=abc", "trustStorePass=***");
    named("Passwort: abc", "Passwort: ***");
    named("basic_auth: joe:abc", "basic_auth: ***");
    named("smtp-pass: abc", "smtp-pass: ***");
    named("secretAccessKey: abc", "secretAccessKey: ***");
    named("PGPASSWORD=abc psql", "PGPASSWORD=*** psql");
    named("AZURE_STORAGE_ACCOUNT_KEY=abc==", "AZURE_STORAGE_ACCOUNT_KEY=***");
    named("//registry.npmjs.org/:_authToken=abc", "//registry.npmjs.org/:_authToken=***");
    named("invalid API key: abc", "invalid API key: ***");
    named("encryption key = abc", "encryption key = ***");
    // "pw" and "pass" behind a word, also without anything between them.
    named("my_pw=abc", "my_pw=***");
    named("db_pw: abc", "db_pw: ***");
    named("MYSQL_PW=abc", "MYSQL_PW=***");
    named("dbPw=abc", "dbPw=***");
    named("userpw=abc", "userpw=***");
    named("{\"db_pw\":\"abc\"}", "{\"db_pw\":\"***\"}");
    named("--db_pw abc", "--db_pw ***");
    named("<db_pw>abc</db_pw>", "<db_pw>***</db_pw>");
    named("rootpass=abc", "rootpass=***");
    named("adminpass: abc", "adminpass: ***");
    named("sudopass: abc", "sudopass: ***");
    named("PGPASS=abc", "PGPASS=***");
    named("my_pass=abc", "my_pass=***");
    named("access key: abc", "access key: ***");
    named("Stripe key: abc", "Stripe key: ***");
    named("root pass: abc", "root pass: ***");
    named("user: joe pass: abc", "user: joe pass: ***");
    // One word in two.
    named("PassWord=abc", "PassWord=***");
    named("{\"passWord\":\"abc\"}", "{\"passWord\":\"***\"}");
    named("/x?passWord=abc", "/x?passWord=***");
    named("Pass_Word=abc", "Pass_Word=***");
    named("db-pass-word: abc", "db-pass-word: ***");
    named("PASS_PHRASE=abc", "PASS_PHRASE=***");
    named("passPhrase=abc", "passPhrase=***");
    named("passWd=abc", "passWd=***");
    named("PassCode=abc", "PassCode=***");
    for (const char *before : {"aws", "gcp", "paypal", "square", "firebase", "heroku", "cloudflare",
                               "algolia", "pusher", "segment", "maps", "client", "consumer",
                               "fernet", "storage", "rsa", "service", "crypt"}) {
        const QByteArray name = before + "_key="_ba;
        named(name + "abc", name + "***");
        named(name.toUpper() + "abc", name.toUpper() + "***");
    }
}

void TestNamedSecrets::headersAndCookies_data()
{
    addColumns();
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
    named("Cookie: a=1; b=\"x y\"; c=abc\nHost: h", "Cookie: ***\nHost: h");
    named("{\"cookie\":\"a=1; b=\\\"x y\\\"; c=abc\",\"n\":1}", "{\"cookie\":\"***\",\"n\":1}");
    named("curl -H \"Cookie: a=\" -b \"c; d\"", "curl -H \"Cookie: ***\" -b \"c; d\"");
    named("Authorization: Basic\r\n abc\r\nHost: h", "Authorization: ***\r\nHost: h");
    named("Cookie: a=1;\n\tb=2\nHost: h", "Cookie: ***\nHost: h");
    named("Cookie: a=1; b=\"a bc\"\nHost: h", "Cookie: ***\nHost: h");
    named("Cookie: seen; sid=abc\nHost: h", "Cookie: ***\nHost: h");
    named("Authorization: MAC id=\"a1\", mac=\"abc\" then", "Authorization: *** then");
    named("Authorization: Custom abc123def then", "Authorization: *** then");
    named("{\"headers\":{\"cookie\":\"a=b; c=d\",\"host\":\"h\"}}",
          "{\"headers\":{\"cookie\":\"***\",\"host\":\"h\"}}");
}

void TestNamedSecrets::queriesAndAddresses_data()
{
    addColumns();
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
    named("/x?password[]=abc&n=1", "/x?password[]=***&n=1");
    named("user[password][]=abc", "user[password][]=***");
    named("passwords[0]=abc", "passwords[0]=***");
    named("user%5Bpassword%5D=abc&n=1", "user%5Bpassword%5D=***&n=1");
    named("/x?q=token%3Dabc&n=1", "/x?q=token%3D***&n=1");
    named("/x?next=%2Fa%3Ftoken%3Dabc%26n%3D1", "/x?next=%2Fa%3Ftoken%3D***%26n%3D1");
    named("/x?a=b%253Ftoken%253Dabc%2526n", "/x?a=b%253Ftoken%253D***%2526n");
    named("%7B%22token%22%3A%22a%20b%22%7D", "%7B%22token%22%3A%22***%22%7D");
    named("/x?to=https%3A%2F%2Fu%3Aabc%40h%2Fp", "/x?to=https%3A%2F%2Fu%3A***%40h%2Fp");
    named("smtp://u@example.com:abc@h:25", "smtp://u@example.com:***@h:25");
}

void TestNamedSecrets::otherWaysOfAssigning_data()
{
    addColumns();
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
    named("<a:token type=\"t\">abc", "<a:token type=\"t\">***");
    named("<token>abc", "<token>***"); // the rest was cut off
    named("<token>\n abc\n</token>", "<token>***</token>");
    named("<ns:password>abc</ns:password>", "<ns:password>***</ns:password>");
    named("<a:Password Type=\"t\">a b</a:Password>", "<a:Password Type=\"t\">***</a:Password>");
    named("<token><![CDATA[a<b]]></token>", "<token><![CDATA[***]]></token>");
    named("<p name=\"password\">abc</p>", "<p name=\"password\">***</p>");
    named("<entry key='db.pass' >abc</entry>", "<entry key='db.pass' >***</entry>");
    named("&lt;token&gt;abc&lt;/token&gt;", "&lt;token&gt;***&lt;/token&gt;");
    named("{&quot;token&quot;:&quot;abc&quot;}", "{&quot;token&quot;:&quot;***&quot;}");
    named("{\\u0022token\\u0022:\\u0022a b\\u0022}", "{\\u0022token\\u0022:\\u0022***\\u0022}");
    named("{\"pass\\u0077ord\":\"abc\"}", "{\"pass\\u0077ord\":\"***\"}");
    named("{\"password\" :\n \"abc\"}", "{\"password\" :\n \"***\"}");
    named("db:\n  password:\n    abc\n  user: joe", "db:\n  password:\n    ***\n  user: joe");
    named("password:\n  \"abc\" # x", "password:\n  \"***\" # x");
    named("token: >-\r\n  abc\r\n\r\n  def\r\nuser: joe", "token: >-\r\n  ***\r\nuser: joe");
    named("token: |2-\n    abc", "token: |2-\n    ***");
    named("- token: |\n    abc\n  user: joe", "- token: |\n    ***\n  user: joe");
    named("token = \"\"\"a \"b\" c\"\"\"", "token = \"\"\"***\"\"\"");
    named("PASSWORD=''abc'' x", "PASSWORD=''***'' x");
    named("\"{\"\"token\"\":\"\"abc\"\",\"\"n\"\":1}\"",
          "\"{\"\"token\"\":\"\"***\"\",\"\"n\"\":1}\"");
    named("password=\"a\"\"b c\" x", "password=\"***\" x");
    named("name=password value=abc next=1", "name=password value=*** next=1");
}

void TestNamedSecrets::commandLines_data()
{
    addColumns();
    named("[('Authorization', 'Basic abc'), ('Accept', '*/*')]",
          "[('Authorization', '***'), ('Accept', '*/*')]");
    named("psql --password abc --host h", "psql --password *** --host h");
    named("tool --api-key=abc run", "tool --api-key=*** run");
    named("tool -password 'a b' run", "tool -password '***' run");
    named("[\"--password\",\"abc\",\"-v\"]", "[\"--password\",\"***\",\"-v\"]");
    named("['--token', 'abc', '-v']", "['--token', '***', '-v']");
}

// Of sixteen times as much, by far less than 256 times the time.
void TestNamedSecrets::takesTimeByTheSizeOfTheText()
{
    const auto redaction = Redaction::make(builtInRedactionRules()).value();
    for (const QByteArray &part : {"token={\n"_ba,
                                   "token=\\"_ba,
                                   "token=\"\\"_ba,
                                   "token='"_ba,
                                   "cookie: expires=a; "_ba,
                                   "<token <"_ba,
                                   "a://b:c"_ba,
                                   "a://b:c@"_ba,
                                   "token"_ba,
                                   "--token "_ba,
                                   "name=token "_ba,
                                   "\\\"token\\\":"_ba,
                                   "token=a,b"_ba,
                                   "token%3D"_ba,
                                   "token%253D"_ba,
                                   "&quot;token&quot;:"_ba,
                                   "token=\"\"a"_ba,
                                   "token='"_ba,
                                   "token:\n  "_ba,
                                   " token: |\n  a\n"_ba,
                                   "<a:token>"_ba,
                                   "<a:<![CDATA["_ba,
                                   "<token><![CDATA["_ba,
                                   "name=\"token\">"_ba,
                                   "token[]"_ba,
                                   "a://b@c:d"_ba,
                                   "%3A%2F%2Fb%3Ac"_ba,
                                   "cookie: a=\""_ba,
                                   "cookie: a;\n "_ba}) {
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

QTEST_GUILESS_MAIN(TestNamedSecrets)
#include "tst_namedsecrets.moc"
