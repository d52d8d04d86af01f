// SPDX-License-Identifier: GPL-3.0-or-later
// That no answer is taken for another request's.
#include "core/delivery/transport.h"
#include "core/platform/hiddensocket.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/core/delivery/meddlingproxy.h"
#include "tests/support/patience.h"

#include <QSet>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray stray = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

QByteArray interim(int status)
{
    return "HTTP/1.1 " + QByteArray::number(status) + " Interim\r\nLink: </a>; rel=preload\r\n\r\n";
}

HttpReply ask(Transport &transport, quint16 port, const QByteArray &body)
{
    HttpRequest request;
    request.url = QUrl(u"http://127.0.0.1:%1/logs"_s.arg(port));
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    std::optional<HttpReply> answer;
    QObject context;
    transport.send(request, 10s, &context, [&](const HttpReply &reply, int) { answer = reply; });
    static_cast<void>(QTest::qWaitFor([&] { return answer.has_value(); }, patience));
    return answer.value_or(HttpReply());
}

// The records that it is about, which the service keeps, and those it refuses.
QByteArray recordsNamed(const QByteArray &name)
{
    return R"([{"message":")" + name + "\"}]";
}

// Whether each of our connections has got something that nobody has read. What is still on its way
// when a request goes out passes for its answer: that no client can tell.
bool haveUnread(quint16 port)
{
    const auto sockets = socketsTowards(port);
    return std::all_of(sockets.begin(), sockets.end(), [](const HiddenSocket &socket) {
        const auto held = HeldSocket::hold(socket);
        return !held || held->state().unread > 0;
    });
}

} // namespace

class TestAnswerOrder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void interimAnswerIsNoOthers_data();
    void interimAnswerIsNoOthers();
    void interimAnswerIsNoneOfThoseBesideIt();
    void strayAnswerIsNoOthers_data();
    void strayAnswerIsNoOthers();
    void whatTheLedgerCallsDeliveredIsThere_data();
    void whatTheLedgerCallsDeliveredIsThere();
};

void TestAnswerOrder::interimAnswerIsNoOthers_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("isLost");
    QTest::newRow("100") << 100 << false; // Qt knows it
    QTest::newRow("101") << 101 << true;
    QTest::newRow("102") << 102 << true;
    QTest::newRow("103") << 103 << true;
    QTest::newRow("199") << 199 << true;
}

void TestAnswerOrder::interimAnswerIsNoOthers()
{
    QFETCH(int, status);
    QFETCH(bool, isLost);
    PracticeHost host(u"reject=refused"_s);
    bool isFirst = true;
    MeddlingProxy proxy(quint16(host.url().port()), [&] {
        return MeddlingProxy::Meddling{.before = std::exchange(isFirst, false) ? interim(status)
                                                                               : QByteArray()};
    });
    Transport transport;
    const HttpReply first = ask(transport, proxy.port(), recordsNamed("kept"));
    QCOMPARE(first.fault, isLost ? TransportFault::Lost : TransportFault::None);
    QCOMPARE(first.status, isLost ? status : 200);
    if (isLost)
        QVERIFY2(first.faultText.contains(QString::number(status)), qPrintable(first.faultText));
    QCOMPARE(ask(transport, proxy.port(), recordsNamed("refused")).status, 400);
    QCOMPARE(ask(transport, proxy.port(), recordsNamed("kept")).status, 200);
    QCOMPARE(ask(transport, proxy.port(), recordsNamed("refused")).status, 400);
    QCOMPARE(proxy.connections, isLost ? 2 : 1);
}

// Of requests under way together each gets its own answer, or none.
void TestAnswerOrder::interimAnswerIsNoneOfThoseBesideIt()
{
    constexpr int rounds = 10;
    constexpr int together = 12; // more than Qt has connections to a server
    PracticeHost host(u"reject=refused"_s);
    int answered = 0;
    MeddlingProxy proxy(quint16(host.url().port()), [&] {
        return MeddlingProxy::Meddling{.before = answered++ % together == 1 ? interim(103)
                                                                            : QByteArray()};
    });
    Transport transport;
    for (int round = 0; round < rounds; ++round) {
        std::vector<std::optional<HttpReply>> answers(together);
        QObject context;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            HttpRequest request;
            request.url = QUrl(u"http://127.0.0.1:%1/logs"_s.arg(proxy.port()));
            request.headers = {{"Content-Type", "application/json"}};
            request.body = recordsNamed(i % 2 == 0 ? "kept" : "refused");
            transport.send(request, 10s, &context,
                           [&answer = answers[i]](const HttpReply &reply, int) { answer = reply; });
        }
        QTRY_VERIFY(std::all_of(answers.begin(), answers.end(),
                                [](const auto &answer) { return answer.has_value(); }));
        int lost = 0;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i]->fault == TransportFault::Lost)
                ++lost;
            else
                QCOMPARE(answers[i]->status, i % 2 == 0 ? 200 : 400);
        }
        QCOMPARE(lost, 1);
    }
}

void TestAnswerOrder::strayAnswerIsNoOthers_data()
{
    QTest::addColumn<bool>("isLater"); // while the connection rests
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("at once") << false << stray;
    QTest::newRow("two at once") << false << stray + stray;
    QTest::newRow("later") << true << stray;
    QTest::newRow("two later") << true << stray + stray;
    QTest::newRow("an interim one later") << true << interim(103);
    QTest::newRow("less than one later") << true << "HTTP/1.1 200"_ba;
}

void TestAnswerOrder::strayAnswerIsNoOthers()
{
    QFETCH(bool, isLater);
    QFETCH(QByteArray, bytes);
    PracticeHost host(u"reject=refused"_s);
    bool isFirst = true;
    MeddlingProxy proxy(quint16(host.url().port()), [&] {
        const bool isMeddled = std::exchange(isFirst, false) && !isLater;
        return MeddlingProxy::Meddling{.behind = isMeddled ? bytes : QByteArray()};
    });
    Transport transport;
    QCOMPARE(ask(transport, proxy.port(), recordsNamed("kept")).status, 200);
    if (isLater) {
        QCOMPARE(proxy.writeToIdle(bytes), 1);
        QTRY_VERIFY(haveUnread(proxy.port()));
    }
    const HttpReply second = ask(transport, proxy.port(), recordsNamed("refused"));
    QCOMPARE(second.fault, TransportFault::None);
    QCOMPARE(second.status, 400);
    QCOMPARE(ask(transport, proxy.port(), recordsNamed("kept")).status, 200);
    QCOMPARE(proxy.connections, 2);
}

void TestAnswerOrder::whatTheLedgerCallsDeliveredIsThere_data()
{
    QTest::addColumn<int>("atOnce");
    QTest::newRow("one request at once") << 1;
    QTest::newRow("four requests at once") << 4;
}

void TestAnswerOrder::whatTheLedgerCallsDeliveredIsThere()
{
    QFETCH(int, atOnce);
    constexpr int rounds = 20;
    constexpr int perRound = 500;
    PracticeHost host(u"503:0.1,drop:0.05,lost:0.05"_s);
    std::mt19937 dice(1);
    const auto chance = [&](int percent) { return int(dice() % 100) < percent; };
    MeddlingProxy proxy(quint16(host.url().port()), [&] {
        MeddlingProxy::Meddling meddling;
        if (chance(20))
            meddling.before += interim(100);
        if (chance(8))
            meddling.before += interim(chance(50) ? 102 : 103);
        if (chance(20))
            meddling.behind = stray;
        return meddling;
    });
    Endpoint endpoint = endpointTo(host);
    endpoint.options.url.setPort(proxy.port());
    endpoint.bufferSize = 25;
    endpoint.maxInFlight = atOnce;
    QTemporaryDir folder;
    const auto engine = startEngine(folder.filePath(u"journal"_s), {endpoint});
    const auto isDone = [&](qint64 count) {
        engine->retryNow(u"a"_s); // it waits after each fault
        return ledgerOf(*engine).delivered == count;
    };
    int strays = 0;
    for (int round = 0; round < rounds; ++round) {
        for (int from = 0; from < perRound; from += 25)
            engine->append(blockOf(recordsOf(25, "run-1", round * perRound + from + 1)));
        QVERIFY(QTest::qWaitFor([&] { return isDone((round + 1) * perRound); }, patience));
        strays += proxy.writeToIdle(stray);
        QTRY_VERIFY(haveUnread(proxy.port()));
        const QStringList messages = host.messages();
        const QSet<QString> kept(messages.begin(), messages.end());
        QCOMPARE(kept.size(), (round + 1) * perRound);
    }
    const QStringList messages = host.messages();
    const QSet<QString> kept(messages.begin(), messages.end());
    for (const QString &message : messagesOf(rounds * perRound))
        QVERIFY2(kept.contains(message), qPrintable(message));
    QVERIFY(strays > rounds / 2);
    qInfo("%d records came more than once", int(messages.size() - kept.size()));
}

QTEST_GUILESS_MAIN(TestAnswerOrder)
#include "tst_answerorder.moc"
