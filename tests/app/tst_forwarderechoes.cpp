// SPDX-License-Identifier: GPL-3.0-or-later
// A service that repeats a key, in whichever form, through each command: the key is found nowhere
// but in the request.
#include "core/config/endpointstore.h"
#include "core/delivery/endpointprobe.h"
#include "core/delivery/engine.h"
#include "core/receiver/httpserver.h"
#include "tests/app/serveprocess.h"
#include "tests/support/patience.h"

#include <QDirIterator>
#include <QElapsedTimer>
#include <QSignalSpy>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

const QByteArray secret = "Kq7/t0p+S3cr&t9wZ"_ba;
const QByteArray session = "T0k3n+of/sess10n=Yx"_ba; // AWS's third part

QByteArray eachByte(const QByteArray &text, const char *format)
{
    QByteArray out;
    for (const char c : text)
        out += QString::asprintf(format, unsigned(uchar(c))).toLatin1();
    return out;
}

//! A secret as it is and in the forms in which it is mostly repeated.
QByteArrayList formsOf(const QByteArray &text)
{
    return {text,
            QByteArray(text).replace('/', "\\/"),
            eachByte(text, "\\u%04x"),
            text.toPercentEncoding(),
            eachByte(text, "%%%02x"),
            text.toBase64(),
            ("user:" + text) // but for what of it is of "user:"
                .toBase64(QByteArray::OmitTrailingEquals)
                .mid(7)
                .chopped((5 + text.size()) % 3 == 0 ? 0 : 1),
            text.toHex(),
            eachByte(text, "&#%u;")};
}

//! Where in \a content a form stands; empty when nowhere.
QByteArray leakIn(const QByteArray &content)
{
    const QByteArray lower = content.toLower();
    for (const QByteArray &one : {secret, session}) {
        for (const QByteArray &form : formsOf(one)) {
            if (const qsizetype place = lower.indexOf(form.toLower()); place >= 0)
                return form + " in " + content.mid(std::max<qsizetype>(0, place - 200), 400);
        }
    }
    return {};
}

//! All that a folder holds, with the names of its files.
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

//! Answers everything with words that repeat the secrets.
class EchoServer final
{
public:
    explicit EchoServer(int status)
        : m_server({}, [this, status](HttpRequest &&request, HttpResponder responder) {
            for (const auto &[name, value] : request.headers)
                m_got += name + ": " + value + '\n';
            QByteArray words = formsOf(session).join(" | ");
            words = formsOf(secret).join(" | ") + " | " + words;
            const QByteArray body =
                "{\"message\":\"refused " + words + "\",\"__type\":\"InvalidParameterException\"}";
            responder.answer(status, "application/json", body,
                             {{"WWW-Authenticate", "Bearer realm=\"" + secret + '"'},
                              {"Location", "http://other/" + secret.toPercentEncoding()},
                              {"X-Reason", secret.toBase64()}});
        })
    {
        m_isListening = m_server.listen().has_value();
    }
    [[nodiscard]] bool isListening() const { return m_isListening; }
    [[nodiscard]] QString url() const { return m_server.url().toString(); }
    [[nodiscard]] QByteArray takeGot() { return std::exchange(m_got, QByteArray()); }

private:
    QByteArray m_got;
    HttpServer m_server;
    bool m_isListening = false;
};

QString pathOf(const QString &service)
{
    return service == "generic"_L1 ? u"/logs"_s : QString();
}

} // namespace

class TstForwarderEchoes final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aRepeatedKeyIsNowhere_data();
    void aRepeatedKeyIsNowhere();
    void proxyPasswordsAreNowhere();

private:
    // While it runs, this thread serves it.
    [[nodiscard]] static QByteArray outputOf(const QStringList &arguments);
    [[nodiscard]] static QByteArray probed(const Endpoint &endpoint,
                                           EndpointProbe::Purpose purpose);
    [[nodiscard]] static QByteArray statusOf(const QString &journal, const Endpoint &endpoint);
    [[nodiscard]] static QByteArray served(const ForwarderFolder &folder, EchoServer &server);
};

void TstForwarderEchoes::initTestCase()
{
    qputenv("TRACE_TEST_KEY", secret);
    qputenv("TRACE_TEST_BASIC", "user:" + secret);
    qputenv("TRACE_TEST_AWS", "AKIDEXAMPLE:" + secret + ':' + session);
    qputenv("TRACE_TEST_HEADER", session);
}

QByteArray TstForwarderEchoes::outputOf(const QStringList &arguments)
{
    QProcess process;
    process.start(forwarderProgram, arguments);
    static_cast<void>(
        QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, patience));
    return process.readAllStandardOutput() + process.readAllStandardError();
}

QByteArray TstForwarderEchoes::probed(const Endpoint &endpoint, EndpointProbe::Purpose purpose)
{
    EndpointProbe probe(endpoint, purpose);
    const QSignalSpy finished(&probe, &EndpointProbe::finished);
    probe.start();
    static_cast<void>(QTest::qWaitFor([&] { return !finished.isEmpty(); }, patience));
    QByteArray said;
    for (const ProbeStep &step : probe.steps())
        said += (step.name + u": "_s + step.text + u' ' + step.action + u'\n').toUtf8();
    return said;
}

//! What a console shows of the endpoint and its failed batches.
QByteArray TstForwarderEchoes::statusOf(const QString &journal, const Endpoint &endpoint)
{
    QByteArray said;
    const auto engine = Engine::start(journal, {endpoint}, [&](const Error &) {});
    if (!engine)
        return engine.error().message().toUtf8();
    const auto flushed = (*engine)->flush();
    static_cast<void>(QTest::qWaitFor([&] { return flushed.isFinished(); }, patience));
    for (const EndpointStatus &status : (*engine)->status().endpoints)
        said += (status.name + u": "_s + status.problem + u' ' + status.action + u'\n').toUtf8();
    return said;
}

//! What `serve` says that got records, and what its client is told.
QByteArray TstForwarderEchoes::served(const ForwarderFolder &folder, EchoServer &server)
{
    static_cast<void>(server.takeGot());
    ServeProcess serve(folder, {u"--timeout"_s, u"1"_s});
    QByteArray said = serve.ask(recordsFrom(10, 2)).body;
    QByteArray got;
    const auto wasAsked = [&] {
        got += server.takeGot();
        return got.contains(session);
    };
    if (!QTest::qWaitFor(wasAsked, patience))
        return secret; // it never went out
    const CommandResult ended = serve.terminate();
    said += ended.output + ended.errors;
    return said;
}

void TstForwarderEchoes::aRepeatedKeyIsNowhere_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("reference");
    QTest::addColumn<int>("status");
    for (const auto &[service, reference] :
         {std::pair{"datadog", "env:TRACE_TEST_KEY"}, std::pair{"grafana", "env:TRACE_TEST_BASIC"},
          std::pair{"cloudwatch", "env:TRACE_TEST_AWS"}, std::pair{"otlp", "env:TRACE_TEST_KEY"},
          std::pair{"generic", "env:TRACE_TEST_KEY"}}) {
        for (const int status : {400, 401, 503})
            QTest::addRow("%s, answer %d", service, status)
                << QString::fromLatin1(service) << QString::fromLatin1(reference) << status;
    }
}

void TstForwarderEchoes::aRepeatedKeyIsNowhere()
{
    QFETCH(QString, service);
    QFETCH(QString, reference);
    QFETCH(int, status);
    EchoServer server(status);
    QVERIFY(server.isListening());
    const ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    QJsonObject json{{u"name"_s, u"a"_s},
                     {u"service"_s, service},
                     {u"url"_s, server.url() + pathOf(service)},
                     {u"api_key"_s, reference},
                     {u"headers"_s, QJsonObject{{u"X-Team"_s, u"env:TRACE_TEST_HEADER"_s}}},
                     {u"max_retries"_s, 1},
                     {u"on_exhausted"_s, u"park"_s}};
    if (service == "cloudwatch"_L1)
        json.insert(u"cloudwatch"_s, QJsonObject{{u"region"_s, u"eu-west-1"_s}});
    const QJsonObject document{{u"version"_s, 1}, {u"endpoints"_s, QJsonArray{json}}};
    folder.write(u"config/endpoints.json"_s, QJsonDocument(document).toJson());
    const QString records = folder.writeRecords(u"in.ndjson"_s, 3);

    QByteArray seen;
    const QStringList common = folder.arguments({}).mid(1);
    const auto say = [&](const QStringList &command) {
        for (const QString &form : {u"-v"_s, u"--json"_s}) {
            const QByteArray said = outputOf(QStringList{form} + common + command);
            const QByteArray leak = command.join(u' ').toUtf8() + ": " + leakIn(said);
            QVERIFY2(leakIn(said).isEmpty(), leak.constData());
            QVERIFY2(!said.contains("not expected"), leak.constData());
            seen += said;
        }
    };
    say({u"send"_s, u"--timeout"_s, u"3"_s, records});
    const QByteArray got = server.takeGot();
    QVERIFY2(service == "cloudwatch"_L1 || got.contains(secret) ||
                 got.contains(("user:" + secret).toBase64()),
             got.constData());
    QVERIFY(got.contains(session));
    for (const QStringList &command :
         {QStringList{u"drain"_s, u"--timeout"_s, u"2"_s},
          QStringList{u"run"_s, u"--timeout"_s, u"2"_s, u"--"_s, u"echo"_s, u"fine"_s},
          QStringList{u"config"_s, u"check"_s}, QStringList{u"endpoint"_s, u"test"_s, u"a"_s},
          QStringList{u"failed"_s, u"replay"_s, u"--all"_s},
          QStringList{u"replay"_s, u"--run"_s, u"run-1"_s, u"--to"_s, u"a"_s},
          QStringList{u"status"_s}, QStringList{u"failed"_s, u"list"_s},
          QStringList{u"failed"_s, u"show"_s, u"1"_s},
          QStringList{u"failed"_s, u"export"_s, u"--all"_s}, QStringList{u"records"_s},
          QStringList{u"runs"_s}, QStringList{u"endpoint"_s, u"show"_s, u"a"_s},
          QStringList{u"endpoint"_s, u"list"_s}, QStringList{u"endpoint"_s, u"preview"_s, u"a"_s}})
        say(command);
    seen += served(folder, server);
    QVERIFY2(seen.contains("refused *** | ***"), seen.constData()); // its words, but for the secret

    const auto endpoints = EndpointStore(folder.path(u"config"_s)).load();
    QVERIFY(endpoints);
    for (const auto purpose : {EndpointProbe::Purpose::Reach, EndpointProbe::Purpose::StoreRecord})
        seen += probed(endpoints->front(), purpose);
    seen += statusOf(folder.journal(), endpoints->front());
    seen += contentOf(folder.journal()) + contentOf(folder.path(u"config"_s));
    QVERIFY2(leakIn(seen).isEmpty(), leakIn(seen).constData());
    if (status == 400)
        QVERIFY2(outputOf(common + QStringList{u"failed"_s, u"list"_s}).contains("***"),
                 "no batch");
    // At last, for they take away what could hold it.
    say({u"failed"_s, u"discard"_s, u"--all"_s, u"--yes"_s});
    say({u"purge"_s, u"--run"_s, u"run-1"_s, u"--yes"_s});
    const QByteArray left = contentOf(folder.journal());
    QVERIFY2(leakIn(left).isEmpty(), leakIn(left).constData());
}

//! A proxy that repeats its password; plain requests go to it as if it were the service.
void TstForwarderEchoes::proxyPasswordsAreNowhere()
{
    EchoServer server(400);
    QVERIFY(server.isListening());
    const QByteArray place = server.url().toUtf8().mid(7);
    qputenv("TRACE_TEST_PROXY", "http://joe:" + secret.toPercentEncoding() + '@' + place);
    const ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    folder.write(u"config/endpoints.json"_s,
                 "{\"version\":1,\"endpoints\":[{\"name\":\"a\",\"service\":\"generic\","
                 "\"url\":\"http://127.0.0.1:9/in\",\"proxy\":\"env:TRACE_TEST_PROXY\","
                 "\"headers\":{\"X-Team\":\"env:TRACE_TEST_HEADER\"}}]}");
    const QStringList common = folder.arguments({}).mid(1);
    QByteArray seen;
    for (const QStringList &command :
         {QStringList{u"-v"_s, u"send"_s, u"--timeout"_s, u"3"_s,
                      folder.writeRecords(u"in.ndjson"_s, 1)},
          QStringList{u"config"_s, u"check"_s}, QStringList{u"failed"_s, u"list"_s},
          QStringList{u"status"_s}}) {
        const bool isVerbose = command.front() == "-v"_L1;
        seen +=
            outputOf(isVerbose ? command.mid(0, 1) + common + command.mid(1) : common + command);
    }
    QVERIFY2(seen.contains("***"), seen.constData());
    seen += contentOf(folder.journal());
    QVERIFY2(leakIn(seen).isEmpty(), leakIn(seen).constData());
}

QTEST_GUILESS_MAIN(TstForwarderEchoes)
#include "tst_forwarderechoes.moc"
