// SPDX-License-Identifier: GPL-3.0-or-later
// Batches of which every large request is refused, whichever service it is: "too large" is the
// request's fault, "bad" may be the endpoint's.
#include "tests/core/delivery/trapsupport.h"
#include "tests/support/patience.h"

#include <QRandomGenerator>
#include <QTcpServer>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr int recordCount = 20; // more than three halvings
std::vector<Record> records()
{
    std::vector<Record> records;
    for (int i = 0; i < recordCount; ++i)
        records.push_back(recordOf("m" + std::to_string(i), nowNs() + i));
    return records;
}

AnswerRule onSeveral(int status)
{
    return [status](const SeenRequest &seen) {
        return seen.messages.size() > 1 ? std::optional(Answer{status, "its words"}) : std::nullopt;
    };
}

//! Closes the connection on large requests when it has seen their head. It might as well answer:
//! who still writes does not hear it. Answers the others with \a status, or takes them.
class HastyServer final
{
public:
    explicit HastyServer(const QString &service, int status = 0)
        : m_status(status)
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port");
        ServiceOptions options;
        options.url = url();
        m_service = makeService(service, options).value();
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                socket->setReadBufferSize(4096);
                QObject::connect(socket, &QTcpSocket::readyRead, &m_server,
                                 [this, socket] { read(*socket); });
                QObject::connect(socket, &QTcpSocket::disconnected, &m_server, [this, socket] {
                    m_in.remove(socket);
                    socket->deleteLater();
                });
            }
        });
    }

    [[nodiscard]] QUrl url() const
    {
        return QUrl(u"http://127.0.0.1:%1"_s.arg(m_server.serverPort()));
    }

    QStringList stored;

private:
    static constexpr qsizetype largest = 100'000;

    void read(QTcpSocket &socket)
    {
        QByteArray &in = m_in[&socket];
        in += socket.readAll();
        const qsizetype head = in.indexOf("\r\n\r\n");
        if (head < 0)
            return;
        HttpRequest request;
        for (const QByteArray &line : in.left(head).split('\n').mid(1)) {
            const qsizetype colon = line.indexOf(':');
            request.headers.append({line.left(colon), line.mid(colon + 1).trimmed()});
        }
        const qsizetype length = headerValue(request.headers, "Content-Length").toLongLong();
        if (length > largest) {
            socket.abort();
            return;
        }
        if (in.size() < head + 4 + length)
            return;
        request.method = in.left(in.indexOf(' '));
        request.url = QUrl(QString::fromLatin1(in.split(' ').value(1)));
        request.body = in.mid(head + 4);
        in.clear();
        const bool isPush = request.method == "POST";
        const int status = isPush ? m_status : 404;
        if (status != 0) {
            socket.write("HTTP/1.1 " + QByteArray::number(status) +
                         " No\r\nContent-Length: 9\r\n\r\nits words");
            return;
        }
        const auto read = m_service->decode(request, [this](const RecordView &record) {
            stored.append(
                QString::fromUtf8(record.message.data(), qsizetype(record.message.size())));
        });
        if (!read)
            qFatal("unreadable request: %s", qPrintable(read.error().text));
        const ServiceAnswer own = m_service->accepted(request);
        const QByteArray size = "Content-Length: " + QByteArray::number(own.body.size()) + "\r\n";
        socket.write("HTTP/1.1 " + QByteArray::number(own.status) + " Yes\r\n" +
                     (own.status == 204 ? QByteArray() : size) + "\r\n" + own.body);
    }

    const int m_status;
    std::shared_ptr<const Service> m_service;
    QHash<QTcpSocket *, QByteArray> m_in;
    QTcpServer m_server; // last: its signals use the others
};

//! One and a half megabytes that no compression makes smaller.
std::vector<Record> largeRecords()
{
    QRandomGenerator dice(7);
    std::vector<Record> records;
    for (int i = 0; i < 1500; ++i) {
        QByteArray bytes(750, '\0');
        for (char &byte : bytes)
            byte = char(dice.bounded(256));
        records.push_back(
            recordOf(std::to_string(i) + ' ' + bytes.toBase64().toStdString(), nowNs() + i));
    }
    return records;
}

} // namespace

class TestRefusedBatches : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tooLargeIsHalvedToTheEnd_data() { addServices(); }
    void tooLargeIsHalvedToTheEnd();
    void tooLargeForWhoClosesAtTheHead_data() { addServices(); }
    void tooLargeForWhoClosesAtTheHead();
    void wrongKeyAtWhoClosesAtTheHead();
    void badThroughoutHoldsAndParksNothing_data() { addServices(); }
    void badThroughoutHoldsAndParksNothing();
    void oneRecordPerRequestHoldsAlike();
    void smallBatchIsParkedOnceAnotherIsTaken();
    void onlyRecordIsParked();
    void whatWasRefusedStaysParkedOverAPause();

private:
    static void addServices()
    {
        QTest::addColumn<QString>("service");
        for (const QString &service : serviceNames())
            QTest::newRow(qPrintable(service)) << service;
    }
};

// D1
void TestRefusedBatches::tooLargeIsHalvedToTheEnd()
{
    QFETCH(QString, service);
    Delivery delivery(service, {}, {}, onSeveral(413));
    QVERIFY(delivery.send(records()));
    QCOMPARE(delivery.ledger().delivered, recordCount);
    QCOMPARE(delivery.ledger().failed, 0);
    QStringList stored = delivery.server.stored;
    QCOMPARE(stored.size(), recordCount);
    QCOMPARE(stored.removeDuplicates(), 0);
    QCOMPARE(delivery.server.pushes.size(), 2 * recordCount - 1);
}

void TestRefusedBatches::tooLargeForWhoClosesAtTheHead()
{
    QFETCH(QString, service);
    HastyServer hasty(service);
    AnswerServer model(service);
    Endpoint endpoint = model.endpoint(1500);
    endpoint.options.url = hasty.url();
    const QTemporaryDir temp;
    const auto engine = startEngine(temp.filePath(u"journal"_s), {endpoint});
    engine->append(blockOf(largeRecords()));
    const auto isDelivered = [&] {
        engine->retryNow(u"a"_s); // rather than wait for the next try
        return ledgerOf(*engine).delivered == 1500;
    };
    QTRY_VERIFY2_WITH_TIMEOUT(isDelivered(), qPrintable(statusOf(*engine).problem), patience);
    QCOMPARE(ledgerOf(*engine).failed, 0);
    QCOMPARE(hasty.stored.removeDuplicates(), 0);
    QCOMPARE(hasty.stored.size(), 1500);
}

// Held, not tried for ever: the operator learns what is wrong.
void TestRefusedBatches::wrongKeyAtWhoClosesAtTheHead()
{
    HastyServer hasty(u"generic"_s, 401);
    AnswerServer model(u"generic"_s);
    Endpoint endpoint = model.endpoint(1500);
    endpoint.options.url = hasty.url();
    const QTemporaryDir temp;
    const auto engine = startEngine(temp.filePath(u"journal"_s), {endpoint});
    engine->append(blockOf(largeRecords()));
    const auto isHeld = [&] {
        engine->retryNow(u"a"_s);
        return statusOf(*engine).state == SenderState::HeldAuthentication;
    };
    QTRY_VERIFY2_WITH_TIMEOUT(isHeld(), qPrintable(statusOf(*engine).problem), patience);
}

void TestRefusedBatches::badThroughoutHoldsAndParksNothing()
{
    QFETCH(QString, service);
    Delivery delivery(service, {}, {}, [](const SeenRequest &seen) {
        return seen.number > 0 ? std::optional(Answer{400, "its words"}) : std::nullopt;
    });
    delivery.engine().append(blockOf(records()));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    QTRY_COMPARE(delivery.ledger().waiting, recordCount);
    QCOMPARE(delivery.ledger().failed, 0);
    const EndpointStatus status = statusOf(delivery.engine());
    QVERIFY2(status.problem.contains(u"its words"_s), qPrintable(status.problem));
    QVERIFY(!status.action.isEmpty());
    QCOMPARE(delivery.server.pushes.size(), 10);
    delivery.server.release();
    delivery.engine().retryNow(u"a"_s);
    QTRY_COMPARE(delivery.ledger().delivered, recordCount);
    QCOMPARE(delivery.server.stored.size(), recordCount); // Each once.
}

void TestRefusedBatches::oneRecordPerRequestHoldsAlike()
{
    Delivery delivery(u"generic"_s, {{u"shape"_s, u"object"_s}}, {}, [](const SeenRequest &) {
        return Answer{400, "its words"};
    });
    delivery.engine().append(blockOf(records()));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    QTRY_COMPARE(delivery.ledger().waiting, recordCount);
    QCOMPARE(delivery.ledger().failed, 0);
    QCOMPARE(delivery.server.pushes.size(), 10);
}

void TestRefusedBatches::smallBatchIsParkedOnceAnotherIsTaken()
{
    Delivery delivery(u"generic"_s, {}, {}, [](const SeenRequest &seen) {
        return seen.messages.join(u' ').contains(u"bad"_s) ? std::optional(Answer{400, "its words"})
                                                           : std::nullopt;
    });
    for (int i = 0; i < 12; ++i) {
        QVERIFY(delivery.send({recordOf("good " + std::to_string(i))}));
        QVERIFY(delivery.send({recordOf("bad " + std::to_string(i))}));
    }
    QCOMPARE(delivery.ledger().failed, 12);
    QCOMPARE(delivery.ledger().delivered, 12);
    QVERIFY(delivery.reasonOf("bad 3").contains(u"its words"_s));
}

void TestRefusedBatches::onlyRecordIsParked()
{
    Delivery delivery(u"generic"_s, {}, {}, [](const SeenRequest &seen) {
        return seen.number > 1 ? std::optional(Answer{400, "its words"}) : std::nullopt;
    });
    QVERIFY(delivery.send({recordOf("good")}));
    QVERIFY(delivery.send({recordOf("bad")}));
    QCOMPARE(delivery.ledger().failed, 1);
    QVERIFY(delivery.reasonOf("bad").contains(u"its words"_s));
    QCOMPARE(delivery.server.pushes.size(), 2);
}

// A batch that a pause cuts short has its refused record parked already: it is not sent again.
void TestRefusedBatches::whatWasRefusedStaysParkedOverAPause()
{
    bool isReachable = true;
    Delivery delivery(u"generic"_s, {}, {}, [&](const SeenRequest &seen) {
        if (!isReachable)
            return std::optional(Answer{503, "later"});
        if (seen.messages.contains(u"m0"_s)) {
            isReachable = seen.messages.size() > 1; // closes once the record is found
            return std::optional(Answer{400, "its words"});
        }
        return std::optional<Answer>();
    });
    QVERIFY(delivery.send({recordOf("good")}));
    delivery.engine().append(blockOf(records()));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::Suspended);
    delivery.engine().setPaused(u"a"_s, true);
    QTRY_COMPARE(delivery.ledger().failed, 1);
    isReachable = true;
    delivery.engine().setPaused(u"a"_s, false);
    QTRY_COMPARE(delivery.ledger().delivered, recordCount); // one of them before
    qsizetype attempts = 0;
    for (const SeenRequest &seen : delivery.server.pushes)
        attempts += seen.messages == QStringList{u"m0"_s};
    QCOMPARE(attempts, 1);
}

QTEST_GUILESS_MAIN(TestRefusedBatches)
#include "tst_refusedbatches.moc"
