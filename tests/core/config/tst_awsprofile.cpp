// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/awsprofile.h"
#include "core/config/credentials.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

Endpoint endpointWith(const QJsonObject &own = {}, const QString &apiKey = {})
{
    Endpoint endpoint;
    endpoint.service = u"cloudwatch"_s;
    endpoint.options.url = QUrl(u"https://receiver.example/"_s);
    endpoint.options.own = own;
    endpoint.apiKey = apiKey;
    return endpoint;
}

const QByteArray credentialsText = R"(# a comment
[default]
aws_access_key_id = DEFAULTID
aws_secret_access_key=geheim/+=

[temporary]
aws_access_key_id = TEMPID
aws_secret_access_key = geheim2
aws_session_token = to:ken==
[half]
  aws_access_key_id = HALFID
[broken]
aws_access_key_id = BR OKEN
aws_secret_access_key = geheim
)"_ba;

const QByteArray configText = R"([default]
region = eu-central-1
[profile temporary]
region = ap-southeast-2
s3 =
  region = nested-1
[profile inconfig]
  aws_access_key_id = CONFIGID
aws_secret_access_key = geheim3
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = default
[profile sso]
sso_session = corp
)"_ba;

} // namespace

class TestAwsProfile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void findsTheKey_data();
    void findsTheKey();
    void prefersTheApiKey();
    void takesTheEnvironmentBeforeTheFile();
    void takesAnExplicitProfileBeforeTheEnvironment();
    void tellsWhatIsMissing_data();
    void tellsWhatIsMissing();
    void tellsOfHalfAnEnvironment();
    void tellsOfAMalformedApiKey();
    void readsTheFilesAnew();
    void findsTheRegion();
    void findsTheRegionOfAHostInAVariable();

private:
    void write(const QString &name, const QByteArray &text);

    std::unique_ptr<QTemporaryDir> m_home;
};

void TestAwsProfile::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir(m_home->path()).mkdir(u".aws"_s));
    qputenv("HOME", m_home->path().toLocal8Bit());
    write(u"credentials"_s, credentialsText);
    write(u"config"_s, configText);
    cleanup();
}

void TestAwsProfile::cleanup()
{
    for (const char *name :
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
          "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
          "AWS_REGION", "AWS_DEFAULT_REGION", "TRACE_TEST_KEY", "TRACE_TEST_URL"})
        qunsetenv(name);
}

void TestAwsProfile::write(const QString &name, const QByteArray &text)
{
    QFile file(m_home->path() + u"/.aws/"_s + name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(text), text.size());
}

void TestAwsProfile::findsTheKey_data()
{
    QTest::addColumn<QString>("profile");
    QTest::addColumn<QByteArray>("key");
    QTest::newRow("default profile") << u""_s << "DEFAULTID:geheim/+="_ba;
    QTest::newRow("temporary credentials") << u"temporary"_s << "TEMPID:geheim2:to:ken=="_ba;
    QTest::newRow("key in the config file") << u"inconfig"_s << "CONFIGID:geheim3"_ba;
}

void TestAwsProfile::findsTheKey()
{
    QFETCH(QString, profile);
    QFETCH(QByteArray, key);
    const auto byOption = awsCredentials(endpointWith({{u"profile"_s, profile}}));
    QVERIFY2(byOption, qPrintable(byOption ? QString() : byOption.error().message()));
    QCOMPARE(byOption->key, key);
    qputenv("AWS_PROFILE", profile.toLocal8Bit());
    const auto byVariable = awsCredentials(endpointWith());
    QVERIFY(byVariable);
    QCOMPARE(byVariable->key, key);
}

void TestAwsProfile::prefersTheApiKey()
{
    qputenv("AWS_ACCESS_KEY_ID", "ENVID");
    qputenv("AWS_SECRET_ACCESS_KEY", "s");
    qputenv("TRACE_TEST_KEY", "OWNID:own:token");
    const auto key =
        awsCredentials(endpointWith({{u"profile"_s, u"temporary"_s}}, u"env:TRACE_TEST_KEY"_s));
    QVERIFY(key);
    QCOMPARE(key->key, "OWNID:own:token"_ba);
}

void TestAwsProfile::takesTheEnvironmentBeforeTheFile()
{
    qputenv("AWS_ACCESS_KEY_ID", "ENVID");
    qputenv("AWS_SECRET_ACCESS_KEY", "s");
    QCOMPARE(awsCredentials(endpointWith()).value().key, "ENVID:s"_ba);
    qputenv("AWS_SECURITY_TOKEN", "legacy");
    QCOMPARE(awsCredentials(endpointWith()).value().key, "ENVID:s:legacy"_ba);
    qputenv("AWS_SESSION_TOKEN", "t");
    QCOMPARE(awsCredentials(endpointWith()).value().key, "ENVID:s:t"_ba);
}

void TestAwsProfile::takesAnExplicitProfileBeforeTheEnvironment()
{
    qputenv("AWS_ACCESS_KEY_ID", "ENVID");
    qputenv("AWS_SECRET_ACCESS_KEY", "s");
    QCOMPARE(awsCredentials(endpointWith({{u"profile"_s, u"temporary"_s}})).value().key,
             "TEMPID:geheim2:to:ken=="_ba);
}

void TestAwsProfile::tellsWhatIsMissing_data()
{
    QTest::addColumn<QString>("profile");
    QTest::addColumn<QStringList>("named");
    QTest::newRow("unknown profile")
        << u"nowhere"_s
        << QStringList{u"nowhere"_s, u"credentials has broken, default, half, temporary"_s};
    QTest::newRow("no secret") << u"half"_s
                               << QStringList{u"half"_s, u"aws_secret_access_key"_s,
                                              u"credentials"_s};
    QTest::newRow("role") << u"role"_s << QStringList{u"role_arn"_s, u"config"_s};
    QTest::newRow("single sign-on") << u"sso"_s << QStringList{u"sso_session"_s};
    QTest::newRow("malformed key") << u"broken"_s << QStringList{u"broken"_s, u"key id"_s};
}

void TestAwsProfile::tellsWhatIsMissing()
{
    QFETCH(QString, profile);
    QFETCH(QStringList, named);
    const auto key = awsCredentials(endpointWith({{u"profile"_s, profile}}));
    QVERIFY(!key);
    const QString message = key.error().message();
    for (const QString &word : named)
        QVERIFY2(message.contains(word), qPrintable(message));
    QVERIFY2(!message.contains(u"geheim"_s), qPrintable(message));
    QVERIFY(!key.error().action.isEmpty());
}

void TestAwsProfile::tellsOfHalfAnEnvironment()
{
    qputenv("AWS_ACCESS_KEY_ID", "ENVID");
    const auto key = awsCredentials(endpointWith());
    QVERIFY(!key);
    QVERIFY(key.error().text.contains(u"AWS_SECRET_ACCESS_KEY is not"_s));
    cleanup();
    qputenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
    qputenv("AWS_CONFIG_FILE", "~/.aws/absent");
    const auto none = awsCredentials(endpointWith());
    QVERIFY(!none);
    QVERIFY(none.error().text.contains(u"/nonexistent/credentials does not exist"_s));
    QVERIFY(none.error().text.contains(m_home->path() + u"/.aws/absent does not exist"_s));
}

void TestAwsProfile::tellsOfAMalformedApiKey()
{
    qputenv("TRACE_TEST_KEY", "geheim");
    const auto key = awsCredentials(endpointWith({}, u"env:TRACE_TEST_KEY"_s));
    QVERIFY(!key);
    QVERIFY(key.error().message().contains(u"KEY_ID:SECRET"_s));
    QVERIFY(!key.error().message().contains(u"geheim"_s));
    const auto unset = awsCredentials(endpointWith({}, u"env:TRACE_TEST_UNSET"_s));
    QVERIFY(!unset);
    QVERIFY(unset.error().text.contains(u"TRACE_TEST_UNSET"_s));
}

void TestAwsProfile::readsTheFilesAnew()
{
    QVERIFY(awsCredentials(endpointWith()));
    write(u"credentials"_s, "[default]\r\naws_access_key_id=NEW\r\naws_secret_access_key=n\r\n"_ba);
    QCOMPARE(awsCredentials(endpointWith()).value().key, "NEW:n"_ba);
}

void TestAwsProfile::findsTheRegion()
{
    Endpoint endpoint = endpointWith();
    QCOMPARE(awsRegion(endpoint), u"eu-central-1"_s);
    QCOMPARE(awsRegion(endpointWith({{u"profile"_s, u"temporary"_s}})), u"ap-southeast-2"_s);
    QCOMPARE(awsRegion(endpointWith({{u"profile"_s, u"role"_s}})), QString());
    qputenv("AWS_DEFAULT_REGION", "us-west-1");
    QCOMPARE(awsRegion(endpoint), u"us-west-1"_s);
    qputenv("AWS_REGION", "us-west-2");
    QCOMPARE(awsRegion(endpoint), u"us-west-2"_s);
    endpoint.options.url = QUrl(u"https://logs.sa-east-1.amazonaws.com"_s);
    QCOMPARE(awsRegion(endpoint), u"sa-east-1"_s);
    endpoint.options.own = {{u"region"_s, u"eu-west-3"_s}};
    QCOMPARE(awsRegion(endpoint), u"eu-west-3"_s);
}

void TestAwsProfile::findsTheRegionOfAHostInAVariable()
{
    Endpoint endpoint = endpointWith();
    endpoint.options.url = QUrl(u"env:TRACE_TEST_URL"_s);
    const auto region = [&] {
        return resolveOptions(endpoint).value().own[u"region"_s].toString();
    };
    qputenv("TRACE_TEST_URL", "https://logs.sa-east-1.amazonaws.com");
    QCOMPARE(region(), u"sa-east-1"_s); // not that of the profile
    qputenv("AWS_REGION", "us-west-2");
    QCOMPARE(region(), u"sa-east-1"_s);
    qputenv("TRACE_TEST_URL", "https://receiver.example");
    QCOMPARE(region(), u"us-west-2"_s);
}

QTEST_GUILESS_MAIN(TestAwsProfile)
#include "tst_awsprofile.moc"
