// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/endpointstore.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;
constexpr QFile::Permissions others = QFile::ReadGroup | QFile::ReadOther;

Endpoint endpointNamed(const QString &name)
{
    Endpoint endpoint = adHocEndpoint(u"generic"_s, QUrl(u"http://localhost:9/in"_s));
    endpoint.id = u"name:"_s + name;
    endpoint.name = name;
    return endpoint;
}

// A document with one endpoint that has these members beside what it must have.
QByteArray withMembers(const QByteArray &members)
{
    return R"({"version":1,"endpoints":[{"name":"a","service":"generic","url":"http://h/x"},)"
           R"({"name":"b","service":"generic","url":"http://h/y",)" +
           members + "}]}";
}

} // namespace

class TestEndpointStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void savesAndLoads();
    void aMissingFileIsAnEmptyConfiguration();
    void readsWhatPeopleWrite();
    void namesWhatIsWrong_data();
    void namesWhatIsWrong();
    void neverShowsAKey();
    void savesForTheOwnerOnly();
    void refusesToSaveWhatItWouldNotLoad();
    void refusesASecretThatOthersCanRead();
    void namesTheFile();

private:
    void write(const QByteArray &content) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TestEndpointStore::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"endpoints.json"_s);
}

void TestEndpointStore::write(const QByteArray &content) const
{
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

void TestEndpointStore::savesAndLoads()
{
    Endpoint full;
    full.id = u"e-17"_s;
    full.name = u"Größe \"x\""_s;
    full.service = u"grafana"_s;
    full.options.url = QUrl(u"https://loki.example.org:3100/a%20b?x=%2F"_s);
    full.options.compression = u"gzip"_s;
    full.options.headers = {{"X-A", "1"}, {"X-B", "two, three"}};
    full.options.own = {{u"tenant"_s, u"team-a"_s}};
    full.enabled = false;
    full.apiKey = u"env:LOKI_KEY"_s;
    full.bufferSize = 1000;
    full.flushInterval = 1250ms;
    full.timeout = 100ms;
    full.maxRetries = 7;
    full.onExhausted = OnExhausted::Park;
    full.maxInFlight = 4;
    full.filter = u"level>=warning -stage:test"_s;
    full.tls = {u"/etc/ca.pem"_s, u"/etc/client.pem"_s, u"/etc/client.key"_s, false};
    full.proxy = u"socks5://proxy:1080"_s;
    const QList<Endpoint> endpoints{full, endpointNamed(u"plain"_s)};

    EndpointStore store(m_folder->filePath(u"new/folder"_s));
    const auto saved = store.save(endpoints);
    QVERIFY2(saved, saved ? "" : qPrintable(saved.error().message()));
    EndpointStore other(m_folder->filePath(u"new/folder"_s));
    const auto loaded = other.load();
    QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().message()));
    QVERIFY(*loaded == endpoints);
}

void TestEndpointStore::aMissingFileIsAnEmptyConfiguration()
{
    EndpointStore store(m_folder->filePath(u"nothing"_s));
    const auto loaded = store.load();
    QVERIFY(loaded && loaded->isEmpty());
    QVERIFY(!QFileInfo::exists(m_folder->filePath(u"nothing"_s)));
}

void TestEndpointStore::readsWhatPeopleWrite()
{
    const auto endpoints = endpointsFromJson(R"({
        "version": 1,
        "endpoints": [
            {"name": "short", "service": "generic", "url": "http://localhost:9/in"},
            {"name": "loki", "service": "grafana", "url": "http://localhost:3100",
             "flush_interval": 0.25, "on_exhausted": "park", "grafana": {"tenant": "t"}},
            {"name": "eu", "service": "datadog", "datadog": {"site": "datadoghq.eu"}}
        ]
    })");
    QVERIFY2(endpoints, endpoints ? "" : qPrintable(endpoints.error().message()));
    QCOMPARE(endpoints->size(), 3);
    QVERIFY(endpoints->at(0) == endpointNamed(u"short"_s));
    QCOMPARE(endpoints->at(1).id, u"name:loki"_s);
    QCOMPARE(endpoints->at(1).flushInterval, 250ms);
    QCOMPARE(endpoints->at(1).onExhausted, OnExhausted::Park);
    QCOMPARE(endpoints->at(1).options.own[u"tenant"_s].toString(), u"t"_s);
    QVERIFY(endpoints->at(2).options.url.isEmpty()); // It follows from the site.
}

void TestEndpointStore::namesWhatIsWrong_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("action");
    const auto row = [](const char *name, const QByteArray &json, const QString &text,
                        const QString &action) { QTest::newRow(name) << json << text << action; };
    row("empty", "", u"empty"_s, u"version"_s);
    row("syntax", "{\"version\": 1,\n  \"endpoints\": [,]}", u"line 2, column 1"_s, u"Correct"_s);
    row("cut", "{\"version\": 1", u"line 1"_s, u"Correct"_s);
    row("list", "[]", u"the document: found a list"_s, u"an object"_s);
    row("no version", R"({"endpoints":[]})", u"version: found none"_s, u"1"_s);
    row("newer version", R"({"version":2,"endpoints":[]})", u"version: found 2"_s, u"1"_s);
    row("unknown key at the top", R"({"version":1,"endpoint":[]})", u"endpoint: unknown key"_s,
        u"version, endpoints"_s);
    row("endpoints is an object", R"({"version":1,"endpoints":{}})",
        u"endpoints: found an object"_s, u"a list"_s);
    row("an endpoint is a text", R"({"version":1,"endpoints":["x"]})",
        u"endpoints[0]: found a text"_s, u"an object"_s);
    row("unknown key", withMembers(R"("bufer_size":5)"), u"endpoints[1].bufer_size: unknown key"_s,
        u"buffer_size, flush_interval"_s);
    row("options of another service", withMembers(R"("grafana":{})"),
        u"endpoints[1].grafana: unknown key"_s, u"generic"_s);
    row("unknown option", withMembers(R"("generic":{"shap":"array"})"),
        u"endpoints[1].generic: unknown option \"shap\""_s, u"shape"_s);
    row("wrong option", withMembers(R"("generic":{"shape":"ball"})"),
        u"endpoints[1].generic.shape: "_s, u"array"_s);
    row("number as text", withMembers(R"("buffer_size":"50")"),
        u"endpoints[1].buffer_size: found a text"_s, u"a whole number"_s);
    row("fraction", withMembers(R"("max_retries":1.5)"),
        u"endpoints[1].max_retries: found the number 1.5"_s, u"a whole number"_s);
    row("beyond int", withMembers(R"("buffer_size":1e300)"),
        u"endpoints[1].buffer_size: found the number 1e+300"_s, u"a whole number"_s);
    row("out of range", withMembers(R"("buffer_size":0)"), u"endpoints[1].buffer_size: 0"_s,
        u"1 to 100,000"_s);
    row("time as text", withMembers(R"("timeout":"10s")"), u"endpoints[1].timeout: found a text"_s,
        u"a number of seconds"_s);
    row("time beyond all", withMembers(R"("timeout":1e300)"), u"endpoints[1].timeout: found"_s,
        u"a number of seconds"_s);
    row("word", withMembers(R"("on_exhausted":"drop")"),
        u"endpoints[1].on_exhausted: found \"drop\""_s, u"\"hold\" or \"park\""_s);
    row("boolean", withMembers(R"("enabled":1)"), u"endpoints[1].enabled: found the number 1"_s,
        u"true or false"_s);
    row("null", withMembers(R"("compression":null)"), u"endpoints[1].compression: found null"_s,
        u"a text"_s);
    row("header", withMembers(R"("headers":{"X-A":5})"),
        u"endpoints[1].headers.X-A: found the number 5"_s, u"a text"_s);
    row("tls is a text", withMembers(R"("tls":"off")"), u"endpoints[1].tls: found a text"_s,
        u"an object"_s);
    row("unknown key of tls", withMembers(R"("tls":{"insecure":true})"),
        u"endpoints[1].tls.insecure: unknown key"_s, u"verify"_s);
    row("verify as text", withMembers(R"("tls":{"verify":"no"})"),
        u"endpoints[1].tls.verify: found a text"_s, u"true or false"_s);
    row("verify as null", withMembers(R"("tls":{"verify":null})"),
        u"endpoints[1].tls.verify: found null"_s, u"true or false"_s);
    row("relative file", withMembers(R"("tls":{"ca_file":"ca.pem"})"),
        u"endpoints[1].tls.ca_file: \"ca.pem\""_s, u"/folder/file"_s);
    row("proxy", withMembers(R"("proxy":"proxy:3128")"), u"endpoints[1].proxy: is no address"_s,
        u"http://host:port"_s);
    row("missing name", R"({"version":1,"endpoints":[{"service":"generic","url":"http://h"}]})",
        u"endpoints[0].name: missing"_s, u"name"_s);
    row("missing url", R"({"version":1,"endpoints":[{"name":"a","service":"generic"}]})",
        u"endpoints[0].url: missing"_s, u"https://"_s);
    row("same name", withMembers(R"("name":"a")"), u"endpoints[1].name: \"a\""_s, u"own name"_s);
    row("same id", withMembers(R"("id":"name:a")"), u"endpoints[1].id: \"name:a\""_s, u"own id"_s);
}

void TestEndpointStore::namesWhatIsWrong()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, text);
    QFETCH(QString, action);
    const auto endpoints = endpointsFromJson(json);
    QVERIFY(!endpoints);
    QVERIFY2(endpoints.error().text.contains(text), qPrintable(endpoints.error().text));
    QVERIFY2(endpoints.error().action.contains(action), qPrintable(endpoints.error().action));
}

void TestEndpointStore::neverShowsAKey()
{
    for (const QByteArray &members :
         {QByteArray(R"("api_key":["s3cret"])"), QByteArray(R"("api_key":"s3cret","enabled":5)"),
          QByteArray(R"("api_key":"s3cret","x":1)")}) {
        const auto endpoints = endpointsFromJson(withMembers(members));
        QVERIFY(!endpoints);
        QVERIFY(!endpoints.error().message().contains(u"s3cret"_s));
    }
}

void TestEndpointStore::savesForTheOwnerOnly()
{
    write("{}");
    QVERIFY(QFile::setPermissions(m_path, ownerOnly | others));
    EndpointStore store(m_folder->path());
    Endpoint endpoint = endpointNamed(u"a"_s);
    endpoint.apiKey = u"a secret itself"_s;
    QVERIFY(store.save({endpoint}));
    QVERIFY(!(QFile::permissions(m_path) & others));
    QVERIFY(store.load());
    QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
}

void TestEndpointStore::refusesToSaveWhatItWouldNotLoad()
{
    EndpointStore store(m_folder->path());
    QVERIFY(store.save({endpointNamed(u"a"_s)}));
    Endpoint wrong = endpointNamed(u"b"_s);
    wrong.bufferSize = 0;
    QVERIFY(!store.save({wrong}));
    QVERIFY(!store.save({endpointNamed(u"c"_s), endpointNamed(u"c"_s)}));
    QCOMPARE(store.load()->size(), 1);
    QCOMPARE(store.load()->first().name, u"a"_s);
}

void TestEndpointStore::refusesASecretThatOthersCanRead()
{
    write(withMembers(R"("api_key":"s3cret")"));
    QVERIFY(QFile::setPermissions(m_path, ownerOnly | QFile::ReadGroup));
    EndpointStore store(m_folder->path());
    const auto loaded = store.load();
    QVERIFY(!loaded);
    const QString message = loaded.error().message();
    QVERIFY2(message.contains(u"endpoints[1].api_key"_s), qPrintable(message));
    QVERIFY(message.contains(u"env:NAME"_s));
    QVERIFY(message.contains(u"chmod 600 "_s + m_path));
    QVERIFY(!message.contains(u"s3cret"_s));
    QVERIFY(QFile::setPermissions(m_path, ownerOnly));
    QVERIFY(store.load());
    write(withMembers(R"("headers":{"Authorization":"Bearer s3cret"})"));
    QVERIFY(store.load());
    QVERIFY(QFile::setPermissions(m_path, ownerOnly | QFile::ReadOther));
    const auto header = store.load();
    QVERIFY(!header);
    QVERIFY(header.error().text.contains(u"endpoints[1].headers.Authorization"_s));
    QVERIFY(!header.error().message().contains(u"s3cret"_s));
    write(withMembers(R"("api_key":"file:/run/key")"));
    QVERIFY(QFile::setPermissions(m_path, ownerOnly | others));
    QVERIFY(store.load());
}

void TestEndpointStore::namesTheFile()
{
    write("{\n\n\"version\" 1}");
    EndpointStore store(m_folder->path());
    const auto loaded = store.load();
    QVERIFY(!loaded);
    QVERIFY2(loaded.error().text.startsWith(m_path + u": line 3, column "_s),
             qPrintable(loaded.error().text));
}

QTEST_GUILESS_MAIN(TestEndpointStore)
#include "tst_endpointstore.moc"
