// SPDX-License-Identifier: GPL-3.0-or-later
// A secret goes to the service and nowhere else, not even when the service repeats it.
#include "core/receiver/httpserver.h"
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"

#include <QDirIterator>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

const QByteArray key = "k3y-of-the-forwarder-test"_ba;
const QByteArray token = "t0ken-of-the-forwarder-test"_ba;
const QByteArray team = "te4m-of-the-forwarder-test"_ba; // where no name tells of a secret
const QByteArray secretPath = "/services/pl4ce-of-the-forwarder-test"_ba; // in an address

constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;

// All that a folder holds, with the names of its files.
QByteArray contentOf(const QString &folder)
{
    QByteArray content;
    QDirIterator files(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly))
            content += file.fileName().toUtf8() + '\n' + file.readAll();
    }
    return content;
}

// Where in \a content a secret stands, in whichever form; empty when nowhere.
QByteArray leakIn(const QByteArray &content)
{
    for (const QByteArray &secret : {key, token, team, secretPath, key.toBase64(), key.toHex()}) {
        if (const qsizetype place = content.indexOf(secret); place >= 0)
            return content.mid(std::max<qsizetype>(0, place - 200), 400);
    }
    return {};
}

} // namespace

class TstForwarderSecrets final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void leavesNoTrace_data();
    void leavesNoTrace();
    void refusesAKeyAsArgument();
    void refusesASecretHeaderAsArgument_data();
    void refusesASecretHeaderAsArgument();

private:
    // While it runs, this thread serves it.
    [[nodiscard]] static CommandResult run(const QStringList &arguments);
};

void TstForwarderSecrets::initTestCase()
{
    qputenv("TRACE_TEST_KEY", key);
    qputenv("TRACE_TEST_TOKEN", "Bearer " + token);
    qputenv("TRACE_TEST_TEAM", team);
}

CommandResult TstForwarderSecrets::run(const QStringList &arguments)
{
    QProcess process;
    process.start(forwarderProgram, arguments);
    static_cast<void>(
        QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, patience));
    return {.code = process.exitCode(),
            .output = process.readAllStandardOutput(),
            .errors = process.readAllStandardError()};
}

void TstForwarderSecrets::leavesNoTrace_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("reference");
    QTest::addColumn<int>("status");
    for (const char *service : {"generic", "grafana", "datadog"}) {
        for (const int status : {200, 400, 401, 404, 503})
            QTest::addRow("%s, answer %d", service, status)
                << QString::fromLatin1(service) << u"env:TRACE_TEST_KEY"_s << status;
    }
    QTest::newRow("a key in the configuration, answer 200")
        << u"generic"_s << QString::fromLatin1(key) << 200;
    QTest::newRow("a key in the configuration, answer 400")
        << u"generic"_s << QString::fromLatin1(key) << 400;
}

void TstForwarderSecrets::leavesNoTrace()
{
    QFETCH(QString, service);
    QFETCH(QString, reference);
    QFETCH(int, status);
    QByteArray got;
    HttpServer server({}, [&](HttpRequest &&request, HttpResponder responder) {
        QByteArray told = "refused: " + request.url.toEncoded() + ' ';
        for (const auto &[name, value] : request.headers)
            told += name + '=' + value + ' ';
        got += told;
        responder.answer(status, "text/plain", status == 200 ? "" : told);
    });
    QVERIFY(server.listen());
    qputenv("TRACE_TEST_URL",
            server.url().resolved(QUrl(QString::fromLatin1(secretPath))).toEncoded());

    const ForwarderFolder folder;
    const QString config = folder.path(u"config"_s);
    QVERIFY(QDir().mkpath(config));
    const QJsonObject endpoint{
        {u"name"_s, u"a"_s},
        {u"service"_s, service},
        {u"url"_s, u"env:TRACE_TEST_URL"_s},
        {u"api_key"_s, reference},
        {u"headers"_s, QJsonObject{{u"X-Own-Token"_s, u"env:TRACE_TEST_TOKEN"_s},
                                   {u"X-Team"_s, u"env:TRACE_TEST_TEAM"_s}}},
        {u"max_retries"_s, 1},
        {u"on_exhausted"_s, u"park"_s}};
    const QJsonObject document{{u"version"_s, 1}, {u"endpoints"_s, QJsonArray{endpoint}}};
    const QString file = folder.write(u"config/endpoints.json"_s, QJsonDocument(document).toJson());
    QVERIFY(QFile::setPermissions(file, ownerOnly));
    const QString records = folder.writeRecords(u"in.ndjson"_s, 3);

    const CommandResult sent =
        run(folder.arguments({u"-v"_s, u"send"_s, u"--timeout"_s, u"3"_s, records}));
    QVERIFY2(!got.isEmpty(), sent.errors.constData());
    QVERIFY2(got.contains(key) || got.contains(key.toBase64()), got.constData());
    QVERIFY2(got.contains(token), got.constData());
    QCOMPARE(sent.code == 0, status == 200);
    QVERIFY2(!sent.errors.isEmpty(), "-v says nothing");

    QByteArray seen = sent.output + sent.errors + contentOf(folder.journal());
    if (reference.startsWith(u"env:"_s))
        seen += contentOf(config);
    for (const QStringList &command :
         {QStringList{u"status"_s}, QStringList{u"failed"_s, u"list"_s},
          QStringList{u"failed"_s, u"show"_s, u"1"_s}, QStringList{u"records"_s},
          QStringList{u"endpoint"_s, u"preview"_s, u"a"_s}}) {
        const CommandResult shown = run(folder.arguments(command));
        seen += shown.output + shown.errors;
    }
    QVERIFY2(leakIn(seen).isEmpty(), leakIn(seen).constData());
    if (status == 400) // The service's words are kept, but for the secret.
        QVERIFY(seen.contains("refused: ") && seen.contains("***"));
}

void TstForwarderSecrets::refusesAKeyAsArgument()
{
    const ForwarderFolder folder;
    const CommandResult result =
        run(folder.arguments(QStringList{u"send"_s} + ForwarderFolder::to(unusedPort()) +
                             QStringList{u"--api-key"_s, QString::fromLatin1(key)}));
    QCOMPARE(result.code, 2);
    QVERIFY(result.errors.contains("env:NAME"));
    QVERIFY(leakIn(result.output + result.errors + contentOf(folder.path(u"."_s))).isEmpty());
}

void TstForwarderSecrets::refusesASecretHeaderAsArgument_data()
{
    QTest::addColumn<QString>("header");
    QTest::newRow("authorization") << u"Authorization"_s;
    QTest::newRow("another name for it") << u"X-Auth"_s;
}

void TstForwarderSecrets::refusesASecretHeaderAsArgument()
{
    QFETCH(QString, header);
    const ForwarderFolder folder;
    const QString literal = u"headers.%1=%2"_s.arg(header, QString::fromLatin1(key));
    const QStringList add{u"endpoint"_s,
                          u"add"_s,
                          u"a"_s,
                          u"--service"_s,
                          u"generic"_s,
                          u"--url"_s,
                          u"http://127.0.0.1:9/logs"_s};
    QCOMPARE(run(folder.arguments(add + QStringList{u"--set"_s, literal})).code, 2);
    QCOMPARE(run(folder.arguments(add)).code, 0);
    const QStringList set{u"endpoint"_s, u"set"_s, u"a"_s};
    const CommandResult refused = run(folder.arguments(set + QStringList{literal}));
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.errors.contains("env:NAME"), refused.errors.constData());
    QVERIFY(leakIn(refused.output + refused.errors + contentOf(folder.path(u"."_s))).isEmpty());
    const QString reference = u"headers.%1=env:TRACE_TEST_TOKEN"_s.arg(header);
    QCOMPARE(run(folder.arguments(set + QStringList{reference})).code, 0);
}

QTEST_GUILESS_MAIN(TstForwarderSecrets)
#include "tst_forwardersecrets.moc"
