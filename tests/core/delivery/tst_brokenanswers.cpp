// SPDX-License-Identifier: GPL-3.0-or-later
// A 2xx of which a part did not arrive, or cannot be read: what is missing may have told of refused
// records.
#include "core/delivery/answerbody.h"
#include "core/delivery/transport.h"
#include "core/service/compression.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/core/delivery/rawserver.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>
#include <QTimer>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct Broken
{
    QByteArray head; //!< Lines of it, behind the status.
    QByteArray body;
    QByteArray rest; //!< A moment later, before the end.
};

//! Sends what is broken, then closes; with \a closes false the connection stays.
RawServer::Handler answerOf(const Broken &broken, bool closes = true)
{
    return [=](QTcpSocket &socket) {
        socket.write("HTTP/1.1 200 OK\r\n" + broken.head + "\r\n" + broken.body);
        QTimer::singleShot(20ms, &socket, [=, &socket] { // the client has read it
            socket.write(broken.rest);
            if (closes)
                socket.disconnectFromHost();
        });
    };
}

HttpReply ask(Transport &transport, const QUrl &url, const HttpHeaders &headers = {})
{
    HttpRequest request;
    request.url = url;
    request.headers = HttpHeaders{{"Content-Type", "application/json"}} + headers;
    request.body = "body";
    std::optional<HttpReply> answer;
    QObject context;
    transport.send(request, 5s, &context, [&](const HttpReply &reply, int) { answer = reply; });
    static_cast<void>(QTest::qWaitFor([&] { return answer.has_value(); }, patience));
    return answer.value_or(HttpReply());
}

QByteArray sized(const QByteArray &bytes)
{
    return QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n";
}

QByteArray lengthOf(qsizetype length)
{
    return "Content-Length: " + QByteArray::number(length) + "\r\n";
}

Endpoint endpointOf(const QString &service, const QUrl &url)
{
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = endpoint.id;
    endpoint.service = service;
    endpoint.options.url = url;
    endpoint.bufferSize = 1;
    endpoint.maxRetries = 1;
    return endpoint;
}

const auto chunked = "Transfer-Encoding: chunked\r\n"_ba;
const auto zipped = "Content-Encoding: gzip\r\n"_ba;
const auto last = "0\r\n\r\n"_ba;

} // namespace

class TestBrokenAnswers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isLost_data();
    void isLost();
    void isWhole_data();
    void isWhole();
    void onlyWhatCanBeReadIsAskedFor_data();
    void onlyWhatCanBeReadIsAskedFor();
    void whatIsLeftOfItIsNoAnswer();
    void statusThatIsNone_data();
    void statusThatIsNone();
    void answerWithoutEndIsLeft_data();
    void answerWithoutEndIsLeft();
    void recordsMayHaveArrived_data();
    void recordsMayHaveArrived();
};

void TestBrokenAnswers::isLost_data()
{
    QTest::addColumn<Broken>("broken");
    QTest::addColumn<bool>("closes");
    const auto add = [](const char *name, const Broken &broken, bool closes = true) {
        QTest::newRow(name) << broken << closes;
    };
    const QByteArray text = R"({"rejected":)" + QByteArray(2000, ' ') + "1}";
    const QByteArray whole = gzip(std::string_view(text.constData(), std::size_t(text.size())));
    const QByteArray half = whole.left(whole.size() / 2);
    add("cut", {lengthOf(100), "half", {}});
    add("cut, to be closed", {"Connection: close\r\n" + lengthOf(100), "half", {}});
    add("cut without a byte", {lengthOf(100), {}, {}});
    add("cut later", {lengthOf(100), "half", "more"});
    add("chunks cut", {chunked, sized("hello"), {}});
    add("chunks cut, to be closed", {"Connection: close\r\n" + chunked, sized("hello"), {}});
    add("chunk cut", {chunked, "5\r\nhe", {}});
    add("gzip cut by a chunk of no size",
        {chunked + zipped, sized(half) + "zz\r\n" + whole.mid(half.size()), {}}, false);
    add("gzip cut", {zipped + lengthOf(half.size()), half, {}}, false);
    add("gzip cut and closed", {zipped + lengthOf(half.size()), half, {}});
    add("gzip without its end", {zipped + lengthOf(whole.size() - 4), whole.chopped(4), {}}, false);
    add("gzip of nothing but its head", {zipped + lengthOf(10), whole.left(10), {}}, false);
    add("gzip cut by the end", {zipped + lengthOf(whole.size()), half, {}});
    add("gzip in chunks, cut", {chunked + zipped, sized(half) + last, {}}, false);
    add("gzip without a length, cut", {zipped, half, {}});
    add("of an encoding that nobody knows",
        {"Content-Encoding: foo\r\n" + lengthOf(whole.size()), whole, {}}, false);
    add("gzip in an encoding that nobody knows",
        {"Content-Encoding: gzip, foo\r\n" + lengthOf(whole.size()), whole, {}}, false);
    add("more encodings than are undone",
        {"Content-Encoding: gzip, gzip, gzip, gzip\r\n" + lengthOf(whole.size()), whole, {}},
        false);
    add("a length that no number holds", {"Content-Length: 99999999999999999999\r\n", "{}", {}});
    add("a length that is none", {"Content-Length: two\r\n", "{}", {}});
    add("a length below nothing", {"Content-Length: -2\r\n", "{}", {}});
    add("two lengths", {"Content-Length: 2\r\nContent-Length: 100\r\n", "{}", {}});
}

void TestBrokenAnswers::isLost()
{
    QFETCH(Broken, broken);
    QFETCH(bool, closes);
    RawServer server(answerOf(broken, closes));
    Transport transport;
    const HttpReply reply = ask(transport, server.url());
    QCOMPARE(reply.fault, TransportFault::Lost);
    QVERIFY(!reply.faultText.isEmpty());
    QVERIFY(!reply.body.contains("\"rejected\""));
    QCOMPARE(server.requests, 1);
}

void TestBrokenAnswers::isWhole_data()
{
    QTest::addColumn<Broken>("whole");
    QTest::addColumn<QByteArray>("body");
    const QByteArray text = "{}"_ba + QByteArray(2000, ' ');
    const QByteArray zip = gzip(std::string_view(text.constData(), std::size_t(text.size())));
    const auto add = [](const char *name, const Broken &whole, const QByteArray &body) {
        QTest::newRow(name) << whole << body;
    };
    add("length", {lengthOf(2), "{}", {}}, "{}");
    add("nothing", {lengthOf(0), {}, {}}, {});
    add("the same length twice", {lengthOf(2) + lengthOf(2), "{}", {}}, "{}");
    add("a length beside chunks", {lengthOf(100) + chunked, sized("{}") + last, {}}, "{}");
    add("up to the end", {"Connection: close\r\n", "{}", {}}, "{}");
    add("chunks", {chunked, sized("{") + sized("}"), last}, "{}");
    add("chunks with a trailer", {chunked, sized("{}"), "0\r\nX-Sum: 1\r\n\r\n"}, "{}");
    add("no chunk", {chunked, last, {}}, {});
    add("gzip", {zipped + lengthOf(zip.size()), zip, {}}, text);
    add("gzip in chunks", {zipped + chunked, sized(zip.left(20)), sized(zip.mid(20)) + last}, text);
    add("gzip up to the end", {zipped + "Connection: close\r\n", zip.left(20), zip.mid(20)}, text);
    add("gzip of nothing", {zipped + lengthOf(gzip({}).size()), gzip({}), {}}, {});
    add("gzip by its old name", {"Content-Encoding: x-gzip\r\n" + lengthOf(zip.size()), zip, {}},
        text);
    const QByteArray twice = gzip(std::string_view(zip.constData(), std::size_t(zip.size())));
    add("gzip twice", {"Content-Encoding: gzip, gzip\r\n" + lengthOf(twice.size()), twice, {}},
        text);
    add("no byte, called gzip", {zipped + lengthOf(0), {}, {}}, {});
    add("of an encoding that is none", {"Content-Encoding: UTF-8\r\n" + lengthOf(2), "{}", {}},
        "{}");
}

void TestBrokenAnswers::isWhole()
{
    QFETCH(Broken, whole);
    QFETCH(QByteArray, body);
    RawServer server(answerOf(whole));
    Transport transport;
    const HttpReply reply = ask(transport, server.url());
    QCOMPARE(reply.fault, TransportFault::None);
    QCOMPARE(reply.status, 200);
    QCOMPARE(reply.body, body);
}

void TestBrokenAnswers::onlyWhatCanBeReadIsAskedFor_data()
{
    QTest::addColumn<HttpHeaders>("headers");
    QTest::addColumn<QByteArray>("line");
    const auto usual = "Accept-Encoding: gzip, deflate\r\n"_ba;
    QTest::newRow("by itself") << HttpHeaders() << usual;
    QTest::newRow("others") << HttpHeaders{{"accept-encoding", "br, zstd;q=0.5"}} << usual;
    QTest::newRow("none") << HttpHeaders{{"Accept-Encoding", "identity"}}
                          << "Accept-Encoding: identity\r\n"_ba;
}

void TestBrokenAnswers::onlyWhatCanBeReadIsAskedFor()
{
    QFETCH(HttpHeaders, headers);
    QFETCH(QByteArray, line);
    RawServer server(answerOf({lengthOf(0), {}, {}}));
    Transport transport;
    QCOMPARE(ask(transport, server.url(), headers).status, 200);
    QCOMPARE(server.last.toLower().count("accept-encoding"), 1);
    QVERIFY2(server.last.toLower().contains(line.toLower()), server.last.constData());
}

//! Qt takes a chunk without a size for the last one.
void TestBrokenAnswers::whatIsLeftOfItIsNoAnswer()
{
    const QByteArray stray = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    int requests = 0;
    RawServer server([&](QTcpSocket &socket) {
        socket.write(++requests == 1
                         ? "HTTP/1.1 200 OK\r\n" + chunked + "\r\n" + sized("{}") + "zz\r\n" + stray
                         : "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"_ba);
    });
    Transport transport;
    QCOMPARE(ask(transport, server.url()).status, 200);
    QCOMPARE(ask(transport, server.url()).status, 400);
    QCOMPARE(requests, 2);
}

void TestBrokenAnswers::statusThatIsNone_data()
{
    QTest::addColumn<QByteArray>("status");
    for (const char *status : {"999", "600", "2000", "99", "-200", "000"})
        QTest::newRow(status) << QByteArray(status);
}

//! It tells nothing of the records.
void TestBrokenAnswers::statusThatIsNone()
{
    QFETCH(QByteArray, status);
    int requests = 0;
    RawServer server([&](QTcpSocket &socket) {
        const bool isNone = ++requests <= 2;
        socket.write("HTTP/1.1 " + (isNone ? status : "200"_ba) +
                     " Answer\r\nContent-Length: 2\r\n\r\n{}");
    });
    Transport transport;
    const HttpReply reply = ask(transport, server.url());
    QCOMPARE(reply.fault, TransportFault::Lost);
    QVERIFY2(reply.faultText.contains(u"no status"_s), qPrintable(reply.faultText));
    const QTemporaryDir temp;
    const auto engine =
        startEngine(temp.filePath(u"journal"_s), {endpointOf(u"generic"_s, server.url())});
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Suspended);
    QCOMPARE(ledgerOf(*engine).failed, 0);
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
}

void TestBrokenAnswers::answerWithoutEndIsLeft_data()
{
    QTest::addColumn<QByteArray>("head");
    const auto codes = {"200 OK", "400 Bad Request", "503 Service Unavailable"};
    for (const QByteArray code : codes) {
        QTest::newRow((code + ", no length").constData()) << code + "\r\n";
        QTest::newRow((code + ", length").constData())
            << code + "\r\n" + lengthOf(qsizetype(1) << 40);
        QTest::newRow((code + ", chunk").constData()) << code + "\r\n" + chunked;
    }
}

//! No more than is read of any; the status stands, and the connection is closed.
void TestBrokenAnswers::answerWithoutEndIsLeft()
{
    QFETCH(QByteArray, head);
    qint64 written = 0;
    bool isClosed = false;
    RawServer server([&](QTcpSocket &socket) {
        socket.write("HTTP/1.1 " + head + "\r\n");
        if (head.contains("chunked"))
            socket.write("10000000000\r\n");
        const auto go = [&] {
            const QByteArray more(256 * 1024, 'x');
            while (socket.bytesToWrite() < more.size() && written < (qint64(1) << 30))
                written += socket.write(more);
        };
        QObject::connect(&socket, &QTcpSocket::bytesWritten, &socket, go);
        QObject::connect(&socket, &QTcpSocket::disconnected, &socket, [&] { isClosed = true; });
        go();
    });
    Transport transport;
    const HttpReply reply = ask(transport, server.url());
    QCOMPARE(reply.fault, TransportFault::None);
    QCOMPARE(QByteArray::number(reply.status), head.left(3));
    QCOMPARE(reply.body.size(), maxReplyBytes);
    QVERIFY(reply.wasLeftOff);
    QTRY_VERIFY(isClosed);
    QVERIFY2(written < (qint64(1) << 28), qPrintable(QString::number(written)));
    const Outcome outcome = outcomeOfStatus(reply);
    QCOMPARE(outcome.kind == Outcome::Kind::Delivered, reply.status == 200);
    if (reply.status == 200)
        QVERIFY2(outcome.reason.contains(u"was not read"_s), qPrintable(outcome.reason));
}

void TestBrokenAnswers::recordsMayHaveArrived_data()
{
    QTest::addColumn<Broken>("broken");
    const auto json = R"({"partialSuccess":{"rejectedLog)"_ba;
    const QByteArray zip = gzip("{}");
    QTest::newRow("cut") << Broken{lengthOf(100), json, {}};
    QTest::newRow("chunk of no size") << Broken{chunked, sized(json) + "zz\r\n" + last, {}};
    QTest::newRow("gzip cut") << Broken{zipped + lengthOf(zip.size() - 4), zip.chopped(4), {}};
}

//! Sent again, and when it is refused then, with the word that it may be there.
void TestBrokenAnswers::recordsMayHaveArrived()
{
    QFETCH(Broken, broken);
    int requests = 0;
    RawServer server([&](QTcpSocket &socket) {
        if (++requests == 2)
            answerOf(broken)(socket);
        else
            socket.write("HTTP/1.1 " + (requests == 1 ? "200 OK"_ba : "400 Bad Request"_ba) +
                         "\r\nContent-Length: 0\r\n\r\n");
    });
    const QTemporaryDir temp;
    Endpoint endpoint = endpointOf(u"otlp"_s, server.url());
    endpoint.maxRetries = 3;
    const auto engine = startEngine(temp.filePath(u"journal"_s), {endpoint});
    engine->append(blockOf(recordsOf(1, "run-1")));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    engine->append(blockOf(recordsOf(1, "run-1", 2)));
    QTRY_COMPARE(ledgerOf(*engine).failed, 1);
    QCOMPARE(ledgerOf(*engine).delivered, 1);
    QCOMPARE(requests, 3);
    const auto reader = JournalReader::open(temp.filePath(u"journal"_s)).value();
    const auto batches = reader->failedBatches().value();
    QCOMPARE(batches.size(), 1);
    QVERIFY(batches.front().mayHaveArrived);
}

Q_DECLARE_METATYPE(Broken)

QTEST_GUILESS_MAIN(TestBrokenAnswers)
#include "tst_brokenanswers.moc"
