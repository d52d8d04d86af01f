// SPDX-License-Identifier: GPL-3.0-or-later
// Requests that are small on the wire and large to read, and what others notice of them.
#include "core/receiver/recordreceiver.h"
#include "core/service/compression.h"
#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>
#include <QThread>

#include <atomic>
#include <memory>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

//! A receiver whose records go nowhere, on a thread of its own.
class Receiver final
{
public:
    Receiver()
    {
        m_maker.moveToThread(&m_thread);
        m_thread.start();
        QMetaObject::invokeMethod(
            &m_maker,
            [this] {
                m_receiver = std::make_unique<RecordReceiver>(
                    RecordReceiverOptions{0, {}, {}, {}},
                    [](const auto &, const RecordReceiver::Done &done) {
                        done({});
                    });
                m_port = m_receiver->listen() ? m_receiver->port() : 0;
            },
            Qt::BlockingQueuedConnection);
    }
    ~Receiver()
    {
        QMetaObject::invokeMethod(
            &m_maker, [this] { m_receiver.reset(); }, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }
    Q_DISABLE_COPY_MOVE(Receiver)

    [[nodiscard]] quint16 port() const { return m_port; }

private:
    QThread m_thread;
    QObject m_maker;
    std::unique_ptr<RecordReceiver> m_receiver;
    quint16 m_port = 0;
};

qsizetype threadCount()
{
    return QDir(u"/proc/self/task"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size();
}

//! Of this process, in kilobytes: the most it took since resetPeak().
qint64 peakKilobytes()
{
    QFile file(u"/proc/self/status"_s);
    if (!file.open(QFile::ReadOnly))
        return -1;
    const QByteArray text = file.readAll();
    return text.mid(text.indexOf("VmHWM:") + 6).trimmed().split(' ').first().toLongLong();
}

bool resetPeak()
{
#ifdef __SANITIZE_THREAD__
    return false; // its notes on the memory take several times as much
#endif
    QFile file(u"/proc/self/clear_refs"_s);
    return file.open(QFile::WriteOnly | QFile::Unbuffered) && file.write("5") == 1;
}

QByteArray repeated(const char *text, int times)
{
    return QByteArray(text).repeated(times);
}

constexpr int many = 20'000'000;

std::atomic<bool> wasTouchedElsewhere{false};

void listenForThreads(QtMsgType, const QMessageLogContext &, const QString &message)
{
    if (message.contains(u"another thread"_s))
        wasTouchedElsewhere = true;
}

} // namespace

class TstRequestDecoding final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void largeContentsHoldNobodyUp_data();
    void largeContentsHoldNobodyUp();
    void usualContentsAreTaken_data();
    void usualContentsAreTaken();
    void manyLargeOnesTakeTurns();
    void whoGoesMeanwhileClosesItsClients();
};

void TstRequestDecoding::largeContentsHoldNobodyUp_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("status");
    const QByteArray json = "application/json"_ba;
    QTest::newRow("empty objects")
        << "/logs"_ba << json << '[' + repeated("{},", many) + "{}]" << 413;
    QTest::newRow("empty objects without an array")
        << "/logs"_ba << json << repeated("{}", many) << 413;
    QTest::newRow("empty lines of NDJSON")
        << "/logs"_ba
        << "application/x-ndjson"_ba << repeated("{}\n", many) << 413;
    QTest::newRow("short lines of text") << "/logs"_ba
                                         << "text/plain"_ba << repeated("a\n", many) << 413;
    QTest::newRow("numbers in one record") << "/logs"_ba
                                           << "application/x-ndjson"_ba
                                           << "{\"a\":[" + repeated("1,", many) + "1]}\n"
                                           << 413;
    QTest::newRow("Loki, streams") << "/loki/api/v1/push"_ba << json
                                   << "{\"streams\":[" + repeated("{},", many) + "{}]}" << 413;
    QTest::newRow("OTLP, resources")
        << "/v1/logs"_ba << json << "{\"resourceLogs\":[" + repeated("{},", many) + "{}]}" << 413;
    QTest::newRow("one long text")
        << "/logs"_ba << json << "{\"message\":\"" + repeated("{},", many) + "\"}" << 200;
    QTest::newRow("more than is read") << "/logs"_ba << json << repeated("[],  ", many) << 413;
}

void TstRequestDecoding::largeContentsHoldNobodyUp()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, content);
    QFETCH(int, status);
    const QByteArray body = gzip({content.constData(), std::size_t(content.size())});
    content.clear();
    const Receiver receiver;
    RawHttp large(receiver.port());
    RawHttp probe(receiver.port());
    QCOMPARE(probe.ask(RawHttp::get("/healthz")).status, 200);
    const bool knowsPeak = resetPeak();
    const qint64 before = peakKilobytes();
    large.write(
        RawHttp::post(path, body, "Content-Type: " + type + "\r\nContent-Encoding: gzip\r\n"));
    qint64 longest = 0;
    RawAnswer answer;
    do {
        QElapsedTimer clock;
        clock.start();
        QCOMPARE(probe.ask(RawHttp::get("/healthz")).status, 200);
        longest = std::max(longest, clock.elapsed());
    } while (large.socket().bytesAvailable() == 0);
    answer = large.read();
    QCOMPARE(answer.status, status);
    QVERIFY2(status != 413 || answer.body.contains("000") || answer.body.contains("larger"),
             answer.body.left(300).constData());
    QVERIFY2(longest < 500, qPrintable(QString::number(longest)));
    if (knowsPeak)
        QVERIFY2(peakKilobytes() - before < 400'000,
                 qPrintable(QString::number(peakKilobytes() - before)));
}

void TstRequestDecoding::usualContentsAreTaken_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("a hundred thousand records")
        << repeated("{\"message\":\"m\",\"a\":1}\n", 100'000);
    QTest::newRow("commas in texts") << "[{\"message\":\"" + repeated("{[,\\\"", 900'000) + "\"}]";
    QTest::newRow("numbers") << "[{\"a\":[" + repeated("1,", 1'000'000) + "1]}]";
}

void TstRequestDecoding::usualContentsAreTaken()
{
    QFETCH(QByteArray, content);
    const Receiver receiver;
    RawHttp client(receiver.port());
    QCOMPARE(
        client.ask(RawHttp::post("/logs", content, "Content-Type: application/json\r\n")).status,
        200);
}

void TstRequestDecoding::manyLargeOnesTakeTurns()
{
    const QByteArray content = "{\"message\":\"" + repeated("abc", 15'000'000) + "\"}";
    const QByteArray body = gzip({content.constData(), std::size_t(content.size())});
    const Receiver receiver;
    const bool knowsPeak = resetPeak();
    const qint64 before = peakKilobytes();
    std::vector<std::unique_ptr<RawHttp>> clients;
    for (int i = 0; i < 12; ++i) {
        clients.push_back(std::make_unique<RawHttp>(receiver.port()));
        clients.back()->write(RawHttp::post("/logs", body, "Content-Encoding: gzip\r\n"));
    }
    for (const auto &client : clients)
        QCOMPARE(client->read().status, 200);
    if (knowsPeak)
        QVERIFY2(peakKilobytes() - before < 800'000,
                 qPrintable(QString::number(peakKilobytes() - before)));
}

//! The threads that decode have the requests last, and must not close the clients.
void TstRequestDecoding::whoGoesMeanwhileClosesItsClients()
{
    const QByteArray content = repeated("{\"message\":\"m\"}\n", 3'000'000);
    const QByteArray body = gzip({content.constData(), std::size_t(content.size())});
    auto receiver = std::make_unique<Receiver>();
    RawHttp first(receiver->port());
    RawHttp second(receiver->port());
    const qsizetype before = threadCount();
    for (RawHttp *client : {&first, &second})
        client->write(RawHttp::post("/logs", body, "Content-Encoding: gzip\r\n"));
    QTRY_COMPARE(threadCount(), before + 1); // one is being decoded, one waits for room
    const auto handler = qInstallMessageHandler(listenForThreads);
    receiver.reset();
    qInstallMessageHandler(handler);
    QVERIFY(!wasTouchedElsewhere);
    QVERIFY(first.isClosedByServer());
    QVERIFY(second.isClosedByServer());
}

QTEST_GUILESS_MAIN(TstRequestDecoding)
#include "tst_requestdecoding.moc"
