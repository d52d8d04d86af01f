// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/jsonwriter.h"
#include "core/service/compression.h"

#include <QDateTime>
#include <QStringEncoder>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Service> make(const QJsonObject &own = {}, const QString &compression = {})
{
    ServiceOptions options;
    options.url = QUrl(u"http://logs.example/in?a=b"_s);
    options.compression = compression;
    options.headers = {{"X-Extra", "1"}};
    options.own = own;
    return makeService(u"generic"_s, options).value_or(nullptr);
}

Record record(int number)
{
    Record made;
    made.timestamp = 1'700'000'000'000'000'000 + number;
    made.level = Level::Warning;
    made.message = "message " + std::to_string(number);
    made.context.runId = "run-1";
    made.lineno = number;
    made.metadata = R"({"k":[1,"ä"]})";
    return made;
}

std::string jsonOf(const Record &made)
{
    std::string json;
    appendJson(json, viewOf(made));
    return json;
}

std::vector<RecordView> viewsOf(const std::vector<Record> &records)
{
    std::vector<RecordView> views;
    for (const Record &made : records)
        views.push_back(viewOf(made));
    return views;
}

HttpRequest requestOf(const QByteArray &type, const QByteArray &body,
                      const QByteArray &encoding = {})
{
    HttpRequest request;
    if (!type.isNull())
        setHeader(request.headers, "Content-Type", type);
    if (!encoding.isEmpty())
        setHeader(request.headers, "Content-Encoding", encoding);
    request.body = body;
    return request;
}

} // namespace

class TestGenericService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesEachShape_data();
    void writesEachShape();
    void compresses();
    void cutsLargeBatches();
    void planIsTheSameForEverySubset();
    void signs_data();
    void signs();
    void readsBodies_data();
    void readsBodies();
    void refusesWhatIsNothing_data();
    void refusesWhatIsNothing();
    void readsFilesAsTheyAre();
    void readsPythonForms();
    void readsPythonFormsWithOwnFields();
    void readsFormsAsTheyAreMeant_data();
    void readsFormsAsTheyAreMeant();
    void readsBackWhatItWrites_data();
    void readsBackWhatItWrites();
    void answersInJson();
};

void TestGenericService::writesEachShape_data()
{
    QTest::addColumn<QString>("shape");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArrayList>("bodies");
    const QByteArray one = QByteArray::fromStdString(jsonOf(record(1)));
    const QByteArray two = QByteArray::fromStdString(jsonOf(record(2)));
    QTest::newRow("default") << QString() << "application/json"_ba
                             << QByteArrayList{'[' + one + ',' + two + ']'};
    QTest::newRow("array") << u"array"_s << "application/json"_ba
                           << QByteArrayList{'[' + one + ',' + two + ']'};
    QTest::newRow("lines") << u"ndjson"_s << "application/x-ndjson"_ba
                           << QByteArrayList{one + '\n' + two + '\n'};
    QTest::newRow("object") << u"object"_s << "application/json"_ba << QByteArrayList{one, two};
}

void TestGenericService::writesEachShape()
{
    QFETCH(QString, shape);
    QFETCH(QByteArray, type);
    QFETCH(QByteArrayList, bodies);
    const auto service = make({{u"shape"_s, shape}});
    const std::vector<Record> records{record(1), record(2)};
    const auto shares = service->plan(viewsOf(records)).shares;
    QCOMPARE(static_cast<qsizetype>(shares.size()), bodies.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const HttpRequest &request = shares[i].request;
        QCOMPARE(request.method, "POST"_ba);
        QCOMPARE(request.url, QUrl(u"http://logs.example/in?a=b"_s));
        QCOMPARE(headerValue(request.headers, "Content-Type"), type);
        QCOMPARE(headerValue(request.headers, "X-Extra"), "1"_ba);
        QVERIFY(headerValue(request.headers, "Content-Encoding").isNull());
        QCOMPARE(request.body, bodies[static_cast<qsizetype>(i)]);
        for (const std::size_t index : shares[i].indices)
            QCOMPARE(index, next++);
    }
    QCOMPARE(next, records.size());
    QVERIFY(service->plan({}).shares.empty());
}

void TestGenericService::compresses()
{
    const auto service = make({}, u"gzip"_s);
    const std::vector<Record> records{record(1)};
    const auto shares = service->plan(viewsOf(records)).shares;
    QCOMPARE(headerValue(shares.at(0).request.headers, "Content-Encoding"), "gzip"_ba);
    QCOMPARE(gunzip(shares.at(0).request.body).value_or(QByteArray()),
             '[' + QByteArray::fromStdString(jsonOf(records[0])) + ']');
}

void TestGenericService::cutsLargeBatches()
{
    const auto service = make();
    Record large = record(1);
    large.message.assign(1'000'000, 'x');
    const std::vector<RecordView> views(10, viewOf(large));
    const auto shares = service->plan(views).shares;
    QVERIFY(shares.size() >= 2);
    std::size_t next = 0;
    for (const Share &share : shares) {
        QVERIFY(share.request.body.size() < 6'000'000);
        for (const std::size_t index : share.indices)
            QCOMPARE(index, next++);
    }
    QCOMPARE(next, views.size());
    QCOMPARE(service->plan(std::vector<RecordView>(20'001, viewOf(record(1)))).shares.size(), 2U);
}

void TestGenericService::planIsTheSameForEverySubset()
{
    const auto service = make({{u"shape"_s, u"ndjson"_s}});
    const std::vector<Record> records{record(1), record(2), record(3)};
    const auto views = viewsOf(records);
    const QByteArray whole = service->plan(views).shares.at(0).request.body;
    QByteArray joined;
    for (const RecordView &view : views)
        joined += service->plan(std::span(&view, 1)).shares.at(0).request.body;
    QCOMPARE(joined, whole);
}

void TestGenericService::signs_data()
{
    QTest::addColumn<QJsonObject>("own");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("value"); // Null: absent.
    const auto row = [](const char *what, const QJsonObject &own, const char *key,
                        const char *header, const char *value) {
        QTest::newRow(what) << own << QByteArray(key) << QByteArray(header) << QByteArray(value);
    };
    row("bearer by default", {}, "k", "Authorization", "Bearer k");
    row("no key", {}, "", "Authorization", nullptr);
    row("basic", {{u"authentication"_s, u"basic"_s}}, "u:p", "Authorization", "Basic dTpw");
    row("header", {{u"authentication"_s, u"header"_s}, {u"header"_s, u"X-Api-Key"_s}}, "k",
        "X-Api-Key", "k");
    row("none", {{u"authentication"_s, u"none"_s}}, "k", "Authorization", nullptr);
}

void TestGenericService::signs()
{
    QFETCH(QJsonObject, own);
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, value);
    HttpRequest request;
    const auto service = make(own);
    QVERIFY(service);
    for (int attempt = 0; attempt < 2; ++attempt)
        service->sign(request, QDateTime(), {key});
    QCOMPARE(headerValue(request.headers, header), value);
    QCOMPARE(headerValue(request.headers, header).isNull(), value.isNull());
    QVERIFY(request.headers.size() <= 1);
}

void TestGenericService::readsBodies_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArrayList>("messages");
    const QByteArrayList ab{"a", "b"};
    const QByteArray json = "application/json"_ba;
    QTest::newRow("object") << json << R"({"message":"a"})"_ba << QByteArrayList{"a"};
    QTest::newRow("array") << json << R"([{"message":"a"},{"message":"b"}])"_ba << ab;
    QTest::newRow("empty array") << json << "[]"_ba << QByteArrayList{};
    QTest::newRow("concatenated") << json << R"({"message":"a"}{"message":"b"})"_ba << ab;
    QTest::newRow("pretty-printed")
        << json << "{\n \"message\": \"a\"\n}\n"_ba << QByteArrayList{"a"};
    QTest::newRow("lines") << "application/x-ndjson"_ba
                           << "{\"message\":\"a\"}\r\n\n{\"message\":\"b\"}"_ba << ab;
    QTest::newRow("lines called JSON")
        << json << "{\"message\":\"a\"}\n{\"message\":\"b\"}\n"_ba << ab;
    QTest::newRow("one bad line of two") << json << "{\"message\":\"a\"}\nb\n"_ba << ab;
    QTest::newRow("charset") << "application/json; charset=utf-8"_ba
                             << R"({"message":"a"})"_ba << QByteArrayList{"a"};
    QTest::newRow("byte order mark")
        << json << "\xEF\xBB\xBF{\"message\":\"a\"}"_ba << QByteArrayList{"a"};
    QTest::newRow("not UTF-8") << json << "{\"message\":\"a\xff\"}"_ba
                               << QByteArrayList{"a\xEF\xBF\xBD"};
    QTest::newRow("text") << "text/plain"_ba
                          << "a\nb\n"_ba << ab;
    QTest::newRow("no type, text") << QByteArray() << "a\nb"_ba << ab;
    QTest::newRow("no type, JSON")
        << QByteArray() << R"([{"message":"a"},{"message":"b"}])"_ba << ab;
}

void TestGenericService::readsBodies()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QByteArrayList, messages);
    const auto service = make();
    const std::vector<std::pair<QByteArray, QByteArray>> encoded{
        {{}, body},
        {"gzip", gzip({body.data(), static_cast<std::size_t>(body.size())})},
        {"deflate", qCompress(body).mid(4)}};
    for (const auto &[encoding, bytes] : encoded) {
        QByteArrayList read;
        const auto done =
            service->decode(requestOf(type, bytes, encoding), [&](const RecordView &view) {
                read.append(QByteArray::fromStdString(std::string(view.message)));
            });
        QVERIFY2(done.has_value(), done ? "" : qPrintable(done.error().text));
        QCOMPARE(read, messages);
    }
}

void TestGenericService::refusesWhatIsNothing_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::newRow("empty") << "application/json"_ba
                           << ""_ba
                           << " \n"_ba << 400;
    QTest::newRow("no JSON") << "application/json"_ba
                             << ""_ba
                             << "hello"_ba << 400;
    QTest::newRow("cut off") << "application/json"_ba
                             << ""_ba
                             << R"([{"message":"a"},{)"_ba << 400;
    QTest::newRow("empty form") << "application/x-www-form-urlencoded"_ba
                                << ""_ba
                                << "&"_ba << 400;
    QTest::newRow("neither form nor JSON") << "application/x-www-form-urlencoded"_ba
                                           << ""_ba
                                           << R"({"message":"a=b&c=d)"_ba << 400;
    QTest::newRow("a form of words") << "application/x-www-form-urlencoded"_ba
                                     << ""_ba
                                     << "up and running"_ba << 400;
    QTest::newRow("text with a sign") << "application/x-www-form-urlencoded"_ba
                                      << ""_ba
                                      << "ERROR: user=bob logged in"_ba << 400;
    QTest::newRow("parts of a form") << "multipart/form-data; boundary=x"_ba
                                     << ""_ba
                                     << "--x\r\n\r\nm\r\n--x--"_ba << 415;
    QTest::newRow("unknown charset") << "text/plain; charset=klingon"_ba
                                     << ""_ba
                                     << "m"_ba << 415;
    QTest::newRow("no gzip") << "application/json"_ba
                             << "gzip"_ba
                             << "[]"_ba << 400;
    QTest::newRow("unknown encoding") << "application/json"_ba
                                      << "br"_ba
                                      << "[]"_ba << 415;
}

void TestGenericService::refusesWhatIsNothing()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, encoding);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    const auto done = make()->decode(requestOf(type, body, encoding), [](const RecordView &) {});
    QVERIFY(!done);
    QCOMPARE(done.error().status, status);
    QVERIFY(!done.error().text.isEmpty());
}

//! As curl sends a file that is packed, or of Windows.
void TestGenericService::readsFilesAsTheyAre()
{
    const QByteArray text = "{\"message\":\"a\"}\nplain\n";
    const std::string_view view(text.constData(), std::size_t(text.size()));
    QStringEncoder encoder(QStringConverter::Utf16LE, QStringConverter::Flag::WriteBom);
    const QByteArray wide = encoder(QString::fromUtf8(text));
    QStringEncoder plain(QStringConverter::Utf16LE);
    QStringList told;
    const auto toldDone = make()->decode(
        requestOf("text/plain; charset=utf-16le", plain(QString::fromUtf8(text))),
        [&](const RecordView &record) {
            told += QString::fromUtf8(record.message.data(), qsizetype(record.message.size()));
        });
    QVERIFY(toldDone);
    QCOMPARE(told, (QStringList{u"a"_s, u"plain"_s}));
    for (const QByteArray &body : {gzip(view), zstdCompress(view), wide}) {
        QStringList messages;
        const auto done = make()->decode(
            requestOf("application/octet-stream", body),
            [&](const RecordView &record) {
                messages += QString::fromUtf8(record.message.data(), qsizetype(record.message.size()));
            });
        QVERIFY2(done.has_value(), done ? "" : qPrintable(done.error().text));
        QCOMPARE(messages, (QStringList{u"a"_s, u"plain"_s}));
    }
}

// As logging.handlers.HTTPHandler of Python 3.11 sends a record.
void TestGenericService::readsPythonForms()
{
    const QByteArray form =
        "name=app.db&msg=caf%C3%A9+%25s+down&args=%28%27a%27%2C%29&levelname=ERROR&levelno=40"
        "&pathname=%2Fsrv%2Fapp.py&filename=app.py&module=app&exc_info=None"
        "&exc_text=Traceback+%28most%29%3A%0A++x&stack_info=None&lineno=12&funcName=main"
        "&created=1700000000.25&msecs=250.0&relativeCreated=9.5&thread=140&threadName=MainThread"
        "&processName=MainProcess&process=77&custom=a%26b";
    std::optional<Record> read;
    const auto done = make()->decode(requestOf("application/x-www-form-urlencoded", form),
                                     [&](const RecordView &view) { read = toRecord(view); });
    QVERIFY(done);
    QVERIFY(read);
    QCOMPARE(read->message, std::string("café a down"));
    QCOMPARE(read->level, Level::Error);
    QCOMPARE(read->timestamp, 1'700'000'000'250'000'000);
    QCOMPARE(read->filename, std::string("/srv/app.py"));
    QCOMPARE(read->lineno.value_or(0), 12);
    QCOMPARE(read->process.value_or(0), 77);
    QCOMPARE(read->thread.value_or(0), 140);
    QCOMPARE(read->stackTrace, std::string("Traceback (most):\n  x"));
    for (const char *kept :
         {R"("name":"app.db")", R"("custom":"a&b")", R"("funcName":"main")"})
        QVERIFY2(read->metadata.find(kept) != std::string::npos, read->metadata.c_str());
    QVERIFY(read->metadata.find("None") == std::string::npos);
    QVERIFY(read->metadata.find("args") == std::string::npos);
    QVERIFY(read->metadata.find("levelno") == std::string::npos);
}

void TestGenericService::readsPythonFormsWithOwnFields()
{
    HttpRequest request;
    request.method = "GET"; // HTTPHandler's default
    request.url = QUrl(u"/logs?msg=a%2Bb&levelno=30&run_id=r-1&workflow_name=w"_s);
    std::optional<Record> read;
    QVERIFY(make()->decode(request, [&](const RecordView &view) { read = toRecord(view); }));
    QVERIFY(read);
    QCOMPARE(read->message, std::string("a+b"));
    QCOMPARE(read->context.runId, std::string("r-1"));
    QCOMPARE(read->context.workflowName, std::string("w"));
    QCOMPARE(read->level, Level::Warning);
}

void TestGenericService::readsFormsAsTheyAreMeant_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<Level>("level");
    QTest::addColumn<QByteArray>("metadata");
    const auto row = [](const char *what, const char *body, const char *message, Level level,
                        const char *metadata) {
        QTest::newRow(what) << QByteArray(body) << QByteArray(message) << level
                            << QByteArray(metadata);
    };
    row("JSON, as curl -d sends it", R"( {"message":"a = 100% & b","level":"error"})",
        "a = 100% & b", Level::Error, "");
    row("an array of it", R"([{"msg":"a","severity":"WARN"}])", "a", Level::Warning, "");
    row("other names", "event=a&lvl=debug&rows=5", "a", Level::Debug, R"({"rows":"5"})");
    row("equal names", "message=a&tag=x&tag=y", "a", Level::Info, R"({"tag":"x","tag_2":"y"})");
    row("a level of one's own", "msg=a&levelname=NOISY&levelno=45", "a", Level::Error,
        R"({"levelname":"NOISY"})");
    row("no attribute of Python's", "message=a&msecs=5&levelno=20&filename=f.py", "a", Level::Info,
        R"({"msecs":"5"})");
}

void TestGenericService::readsFormsAsTheyAreMeant()
{
    QFETCH(QByteArray, body);
    std::optional<Record> read;
    const auto done = make()->decode(requestOf("application/x-www-form-urlencoded", body),
                                     [&](const RecordView &view) { read = toRecord(view); });
    QVERIFY2(done, done ? "" : qPrintable(done.error().text));
    QVERIFY(read);
    QTEST(QByteArray::fromStdString(read->message), "message");
    QTEST(read->level, "level");
    QTEST(QByteArray::fromStdString(read->metadata), "metadata");
}

void TestGenericService::readsBackWhatItWrites_data()
{
    QTest::addColumn<QString>("shape");
    for (const char *shape : {"array", "ndjson", "object"})
        QTest::newRow(shape) << QString::fromLatin1(shape);
}

void TestGenericService::readsBackWhatItWrites()
{
    QFETCH(QString, shape);
    const auto service = make({{u"shape"_s, shape}}, u"gzip"_s);
    const std::vector<Record> records{record(1), record(2), record(3)};
    std::vector<Record> read;
    for (const Share &share : service->plan(viewsOf(records)).shares)
        QVERIFY(service->decode(share.request,
                                [&](const RecordView &view) { read.push_back(toRecord(view)); }));
    QVERIFY(read == records);
}

void TestGenericService::answersInJson()
{
    const auto service = make();
    QCOMPARE(service->accepted({}).status, 200);
    const ServiceAnswer refused = service->refused(400, u"say \"no\""_s);
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.body, R"({"error":"say \"no\""})"_ba);
    HttpReply reply;
    reply.status = refused.status;
    reply.body = refused.body;
    const Outcome outcome = service->interpret({}, reply);
    QCOMPARE(outcome.kind, Outcome::Kind::Rejected);
    QCOMPARE(outcome.reason, u"HTTP 400: say \"no\""_s);
}

QTEST_GUILESS_MAIN(TestGenericService)
#include "tst_genericservice.moc"
