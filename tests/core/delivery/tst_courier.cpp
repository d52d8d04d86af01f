// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/courier.h"
#include "core/delivery/transport.h"
#include "core/receiver/httpserver.h"
#include "tests/core/delivery/fakeservice.h"
#include "tests/support/patience.h"

#include <QLocale>
#include <QTcpServer>
#include <QTest>

#include <optional>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Kind = Outcome::Kind;

struct Answer
{
    int status = 200;
    HttpHeaders headers{};
    QByteArray body{};
};

} // namespace

class TestCourier : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void bringsTheShare();
    void createsWhatIsMissing();
    void failingStepEndsIt_data();
    void failingStepEndsIt();
    void createsOnlyOnce();
    void renewsKeyAndClock();
    void refusedAgainIsHeld();
    void clockSkewIsTheServersDate_data();
    void clockSkewIsTheServersDate();
    void missingKeyIsHeldWithItsText();
    void keyThatVanishesBetweenTheStepsIsHeld();
    void nobodyIsTold();

private:
    // What the server answers to the next request; 200 when nothing is planned.
    void plan(const QList<Answer> &answers) { m_answers = answers; }
    [[nodiscard]] CourierKit kit()
    {
        return {.service = m_service,
                .credentials = [this]() -> Expected<Credentials> {
                    ++m_lookups;
                    if (m_keyError)
                        return tl::make_unexpected(*m_keyError);
                    return Credentials{.key = "key-" + QByteArray::number(m_lookups)};
                },
                .timeout = 10s};
    }
    // Sends the share and waits for what became of it.
    [[nodiscard]] Errand send()
    {
        std::optional<Errand> errand;
        int calls = 0;
        Courier::send(*m_transport, kit(), m_share, this, [&](const Errand &told) {
            ++calls;
            errand = told;
        });
        if (calls != 0)
            qFatal("told at once");
        if (!QTest::qWaitFor([&] { return calls > 0; }, patience))
            qFatal("no answer");
        return *errand;
    }
    [[nodiscard]] QStringList paths() const
    {
        QStringList paths;
        for (const HttpRequest &request : m_requests)
            paths.append(request.url.path());
        return paths;
    }

    std::unique_ptr<HttpServer> m_server;
    std::unique_ptr<Transport> m_transport;
    std::shared_ptr<const Service> m_service;
    Share m_share;
    QList<Answer> m_answers;
    QList<HttpRequest> m_requests;
    std::vector<HttpResponder> m_unanswered;
    bool m_isSilent = false;
    int m_lookups = 0;
    std::optional<Error> m_keyError;
};

void TestCourier::init()
{
    m_unanswered.clear();
    m_answers.clear();
    m_requests.clear();
    m_isSilent = false;
    m_lookups = 0;
    m_keyError.reset();
    m_transport = std::make_unique<Transport>();
    m_server = std::make_unique<HttpServer>(
        HttpServerOptions{}, [this](HttpRequest &&request, HttpResponder responder) {
            m_requests.append(std::move(request));
            if (m_isSilent) {
                m_unanswered.push_back(std::move(responder));
                return;
            }
            const Answer answer = m_answers.isEmpty() ? Answer{} : m_answers.takeFirst();
            responder.answer(answer.status, "text/plain", answer.body, answer.headers);
        });
    QVERIFY(m_server->listen());
    m_service = std::make_shared<FakeService>(m_server->url());
    Record record;
    record.message = "the record";
    const std::vector<RecordView> records{viewOf(record)};
    m_share = m_service->plan(records).shares.front();
}

void TestCourier::bringsTheShare()
{
    const Errand errand = send();
    QCOMPARE(errand.outcome.kind, Kind::Delivered);
    QCOMPARE(errand.reply.status, 200);
    QCOMPARE(errand.sent, 1);
    QCOMPARE(errand.others, 0);
    QVERIFY(errand.milliseconds > 0);
    QCOMPARE(paths(), QStringList{u"/push"_s});
    QCOMPARE(m_requests.front().body, "the record\n"_ba);
    QCOMPARE(headerValue(m_requests.front().headers, "X-Key"), "key-1"_ba);
    // The share itself stays without the secret: a failed batch or a log may show it.
    QVERIFY(headerValue(m_share.request.headers, "X-Key").isNull());
}

void TestCourier::createsWhatIsMissing()
{
    plan({{404}, {200}, {201}, {200}});
    const Errand errand = send();
    QCOMPARE(errand.outcome.kind, Kind::Delivered);
    QCOMPARE(paths(), (QStringList{u"/push"_s, u"/group"_s, u"/stream"_s, u"/push"_s}));
    QCOMPARE(m_requests.last().body, m_requests.first().body);
    QCOMPARE(errand.sent, 1); // for this answer: none was lost
    QCOMPARE(errand.others, 3);
    for (const HttpRequest &request : m_requests) // each is signed
        QVERIFY(!headerValue(request.headers, "X-Key").isEmpty());
}

void TestCourier::failingStepEndsIt_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<bool>("forAuthentication");
    QTest::newRow("no right to create") << 401 << Kind::Hold << true;
    QTest::newRow("server trouble") << 503 << Kind::RetryLater << false;
    QTest::newRow("throttled") << 429 << Kind::Slower << false;
    // Nothing in the records is at fault, so they are not halved or parked for it.
    QTest::newRow("refused") << 400 << Kind::Hold << false;
    QTest::newRow("too large") << 413 << Kind::Hold << false;
}

void TestCourier::failingStepEndsIt()
{
    QFETCH(int, status);
    QFETCH(Kind, kind);
    QFETCH(bool, forAuthentication);
    plan({{404}, {.status = status, .headers = {}, .body = "its words"}});
    const Errand errand = send();
    QCOMPARE(errand.outcome.kind, kind);
    QCOMPARE(errand.outcome.heldForAuthentication, forAuthentication);
    QVERIFY2(errand.outcome.reason.contains(u"its words"_s), qPrintable(errand.outcome.reason));
    QCOMPARE(errand.reply.status, status);
    QCOMPARE(paths(), (QStringList{u"/push"_s, u"/group"_s})); // and no further
    QCOMPARE(errand.sent, 1);
    QCOMPARE(errand.others, 1);
}

void TestCourier::createsOnlyOnce()
{
    plan({{404}, {200}, {200}, {404}});
    const Errand errand = send();
    QCOMPARE(errand.outcome.kind, Kind::RetryLater);
    QCOMPARE(errand.outcome.reason, u"no group"_s);
    QCOMPARE(m_requests.size(), 4);
    // The next attempt may create again.
    plan({{404}, {200}, {200}, {200}});
    QCOMPARE(send().outcome.kind, Kind::Delivered);
}

void TestCourier::renewsKeyAndClock()
{
    const QDateTime ahead = QDateTime::currentDateTimeUtc().addSecs(7200);
    const QString date = QLocale::c().toString(ahead, u"ddd, dd MMM yyyy hh:mm:ss 'GMT'"_s);
    // A server that writes no second Date header of its own.
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QList<QByteArray> heads;
    connect(&server, &QTcpServer::newConnection, this, [&] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, this, [&, socket] {
            const QByteArray got = socket->property("got").toByteArray() + socket->readAll();
            const bool isWhole = got.endsWith("the record\n");
            socket->setProperty("got", isWhole ? QByteArray() : got);
            if (!isWhole)
                return;
            heads.append(got);
            const bool isFirst = heads.size() == 1;
            socket->write("HTTP/1.1 "_ba + (isFirst ? "403 Forbidden"_ba : "200 OK"_ba) +
                          "\r\nDate: "_ba + date.toLatin1() + "\r\nContent-Length: 0\r\n\r\n"_ba);
        });
    });
    m_share.request.url.setPort(server.serverPort());
    const Errand errand = send();
    QCOMPARE(errand.outcome.kind, Kind::Delivered);
    QCOMPARE(errand.sent, 1);
    QCOMPARE(errand.others, 1);
    QCOMPARE(heads.size(), 2);
    QCOMPARE(m_lookups, 2); // anew
    QVERIFY2(heads.last().toLower().contains("x-key: key-2"), heads.last().constData());
    const auto signedAt = [&](const QByteArray &head) {
        const qsizetype place = head.toLower().indexOf("x-now: ") + 7;
        return head.mid(place, head.indexOf('\r', place) - place).toLongLong();
    };
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    QVERIFY(std::abs(signedAt(heads.first()) - now) < 60);
    QVERIFY(std::abs(signedAt(heads.last()) - now - 7200) < 60);
    QVERIFY(errand.skew > 7140s && errand.skew < 7260s); // for the next share
}

void TestCourier::refusedAgainIsHeld()
{
    plan({{403}, {.status = 403, .headers = {}, .body = "no such key"}});
    const Errand errand = send();
    QCOMPARE(errand.outcome.kind, Kind::Hold);
    QVERIFY(errand.outcome.heldForAuthentication);
    QVERIFY2(errand.outcome.reason.contains(u"no such key"_s), qPrintable(errand.outcome.reason));
    QVERIFY(!errand.outcome.action.isEmpty());
    QCOMPARE(m_requests.size(), 2);
    QCOMPARE(errand.sent, 1);
}

void TestCourier::clockSkewIsTheServersDate_data()
{
    QTest::addColumn<QByteArray>("date");
    QTest::addColumn<QByteArray>("age");
    QTest::addColumn<bool>("isTold");
    QTest::addColumn<int>("seconds");
    const QByteArray none;
    QTest::newRow("ahead") << "Tue, 14 Nov 2023 23:13:20 GMT"_ba << none << true << 3600;
    QTest::newRow("behind") << "Tue, 14 Nov 2023 22:13:19 GMT"_ba << none << true << -1;
    QTest::newRow("of a kept answer") << "Tue, 14 Nov 2023 21:13:20 GMT"_ba
                                      << "3600"_ba << false << 0;
    QTest::newRow("not told") << none << none << false << 0;
    QTest::newRow("nonsense") << "soon"_ba << none << false << 0;
}

void TestCourier::clockSkewIsTheServersDate()
{
    QFETCH(QByteArray, date);
    QFETCH(QByteArray, age);
    QFETCH(bool, isTold);
    QFETCH(int, seconds);
    HttpReply reply;
    if (!date.isEmpty())
        reply.headers.append({"date", date});
    if (!age.isEmpty())
        reply.headers.append({"age", age});
    const auto skew = clockSkew(reply, QDateTime::fromSecsSinceEpoch(1'700'000'000, Qt::UTC));
    QCOMPARE(skew.has_value(), isTold);
    if (skew)
        QCOMPARE(skew->count(), seconds * 1000);
}

void TestCourier::missingKeyIsHeldWithItsText()
{
    m_keyError = Error{u"KEY is not set"_s, u"Set KEY."_s};
    const Errand errand = send();
    QCOMPARE(errand.outcome.kind, Kind::Hold);
    QVERIFY(errand.outcome.heldForAuthentication);
    QCOMPARE(errand.outcome.reason, u"KEY is not set"_s);
    QCOMPARE(errand.outcome.action, u"Set KEY."_s);
    QVERIFY(m_requests.isEmpty());
}

void TestCourier::keyThatVanishesBetweenTheStepsIsHeld()
{
    plan({{404}, {200}, {200}, {200}});
    Expected<Credentials> key = Credentials{.key = "key"};
    CourierKit mine = kit();
    mine.credentials = [&] {
        if (++m_lookups == 3)
            key = fail(u"the key's file is gone"_s);
        return key;
    };
    std::optional<Errand> errand;
    Courier::send(*m_transport, mine, m_share, this, [&](const Errand &told) { errand = told; });
    QTRY_VERIFY(errand);
    QCOMPARE(errand->outcome.kind, Kind::Hold);
    QCOMPARE(errand->outcome.reason, u"the key's file is gone"_s);
    QCOMPARE(paths(), (QStringList{u"/push"_s, u"/group"_s}));
}

void TestCourier::nobodyIsTold()
{
    m_isSilent = true;
    int calls = 0;
    auto sender = std::make_unique<QObject>();
    Courier::send(*m_transport, kit(), m_share, sender.get(), [&](const Errand &) { ++calls; });
    QTRY_COMPARE(m_requests.size(), 1);
    sender.reset();
    QTRY_VERIFY(!m_unanswered.front().isWaiting()); // it hung up
    QCOMPARE(calls, 0);

    // Likewise before anything went out.
    m_keyError = Error{u"KEY is not set"_s, {}};
    sender = std::make_unique<QObject>();
    Courier::send(*m_transport, kit(), m_share, sender.get(), [&](const Errand &) { ++calls; });
    sender.reset();
    m_isSilent = false;
    m_keyError.reset();
    QCOMPARE(send().outcome.kind, Kind::Delivered); // the loop has run
    QCOMPARE(calls, 0);
}

QTEST_GUILESS_MAIN(TestCourier)
#include "tst_courier.moc"
