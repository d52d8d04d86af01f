// SPDX-License-Identifier: GPL-3.0-or-later
// `serve` where the system gives it no more: a full disk, no descriptors.
#include "tests/app/serveprocess.h"
#include "tests/support/patience.h"
#include "tests/support/smalldisk.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QRandomGenerator>

#include <memory>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

constexpr int recordsPerRequest = 100;

//! A request that hardly gets smaller in the journal, of about a megabyte.
QByteArray largeRequest(int firstId)
{
    QByteArray body;
    for (int id = firstId; id < firstId + recordsPerRequest; ++id) {
        QByteArray noise(7500, Qt::Uninitialized);
        QRandomGenerator::global()->generate(noise.begin(), noise.end());
        body += R"({"message":")" + noise.toBase64() + R"(","metadata":{"id":)" +
                QByteArray::number(id) + "}}\n";
    }
    return body;
}

QByteArray posted(const QByteArray &body)
{
    return RawHttp::post("/logs", body, "Content-Type: application/x-ndjson\r\n");
}

//! Of a process: kilobytes it takes, or seconds of processor time it took.
qint64 residentKilobytes(qint64 process)
{
    QFile file(u"/proc/%1/status"_s.arg(process));
    if (!file.open(QFile::ReadOnly))
        return -1;
    const QByteArray text = file.readAll();
    return text.mid(text.indexOf("VmRSS:") + 6).trimmed().split(' ').first().toLongLong();
}

double processorSeconds(qint64 process)
{
    QFile file(u"/proc/%1/stat"_s.arg(process));
    if (!file.open(QFile::ReadOnly))
        return -1;
    const QByteArray text = file.readAll();
    const QList<QByteArray> fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    return (fields[11].toDouble() + fields[12].toDouble()) / double(sysconf(_SC_CLK_TCK));
}

//! `serve` with its journal on a small disk, and nobody to deliver to.
struct FullDisk
{
    explicit FullDisk(const QStringList &options = {})
        : disk(30)
        , serve(forwarderProgram,
                QStringList{u"--json"_s, u"--config"_s, folder.path(u"config"_s), u"--journal"_s,
                            journal(), u"serve"_s, u"--port"_s, u"0"_s} +
                    ForwarderFolder::to(unusedPort()) + options)
    {}

    [[nodiscard]] QString journal() const { return disk.path() + u"/journal"_s; }
    //! The ids of the records that the journal holds, in order.
    [[nodiscard]] QList<int> ids() const
    {
        const CommandResult list =
            runForwarder({u"--json"_s, u"--journal"_s, journal(), u"records"_s});
        QList<int> ids;
        for (const QByteArray &line : list.output.split('\n')) {
            const QJsonObject record = QJsonDocument::fromJson(line).object();
            if (!record.isEmpty())
                ids.append(record["metadata"_L1]["id"_L1].toInt(-1));
        }
        std::sort(ids.begin(), ids.end());
        return ids;
    }

    SmallDisk disk;
    ForwarderFolder folder;
    ServeProcess serve;
};

} // namespace

class TstForwarderServeLimits final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void clientsAreToldThatTheDiskIsFull();
    void endsInTimeWithAFullDisk();
    void secondSignalEndsAtOnce();
    void spinsNotWithoutDescriptors();

private:
    static bool hasDisk()
    {
        const SmallDisk probe(1);
        return SmallDisk::whyNot().isEmpty();
    }
};

//! Each request is repeated until it is taken, as a client does: every record is there once.
void TstForwarderServeLimits::clientsAreToldThatTheDiskIsFull()
{
    if (!hasDisk())
        QSKIP(qPrintable(u"no disk to fill up: "_s + SmallDisk::whyNot()));
    FullDisk full;
    QVERIFY(full.serve.port() != 0);
    QCOMPARE(full.serve.post(largeRequest(0)), 200);
    full.disk.fill();
    QList<QByteArray> refused;
    QElapsedTimer clock;
    for (int i = 1; refused.size() < 12; ++i) {
        QVERIFY(i < 100);
        const QByteArray body = largeRequest(i * recordsPerRequest);
        RawHttp client(full.serve.port());
        clock.start();
        const RawAnswer answer = client.ask(posted(body));
        QVERIFY2(clock.elapsed() < 8000, qPrintable(QString::number(clock.elapsed())));
        QVERIFY2(answer.status == 200 || answer.status == 503, answer.head.constData());
        if (answer.status == 503) {
            QVERIFY(!answer.header("Retry-After").isEmpty());
            refused.append(body);
        }
    }
    // Many at once, again and again: nothing grows.
    qint64 before = 0;
    for (int round = 0; round < 3; ++round) {
        std::vector<std::unique_ptr<RawHttp>> clients;
        for (int i = 0; i < 40; ++i) {
            clients.push_back(std::make_unique<RawHttp>(full.serve.port()));
            clients.back()->write(posted(refused.at(i % refused.size())));
        }
        for (const auto &client : clients)
            QCOMPARE(client->read().status, 503);
        if (round == 0)
            before = residentKilobytes(full.serve.processId());
    }
    const qint64 grown = residentKilobytes(full.serve.processId()) - before;
    QVERIFY2(grown < 50'000, qPrintable(QString::number(grown)));
    RawHttp probe(full.serve.port());
    QCOMPARE(probe.ask(RawHttp::get("/healthz")).status, 200);

    full.disk.clear();
    refused = refused.first(5); // the disk is small
    for (const QByteArray &body : refused) {
        int status = 0;
        QTRY_VERIFY(status == 200 || (status = full.serve.post(body)) == 200);
    }
    const CommandResult ended = full.serve.terminate();
    QCOMPARE(ended.code, 4);
    QVERIFY(ended.isBalanced());
    const QList<int> ids = full.ids();
    QCOMPARE(ids.size(), ended.inLedger("accepted"));
    QCOMPARE(QSet<int>(ids.begin(), ids.end()).size(), ids.size());
    for (const QByteArray &body : refused) {
        const int id = QJsonDocument::fromJson(body.first(body.indexOf('\n')))
                           .object()["metadata"_L1]["id"_L1]
                           .toInt();
        QVERIFY(ids.contains(id));
    }
}

void TstForwarderServeLimits::endsInTimeWithAFullDisk()
{
    if (!hasDisk())
        QSKIP(qPrintable(u"no disk to fill up: "_s + SmallDisk::whyNot()));
    FullDisk full({u"--timeout"_s, u"3"_s});
    QCOMPARE(full.serve.post(largeRequest(0)), 200);
    full.disk.fill();
    std::vector<std::unique_ptr<RawHttp>> clients;
    for (int i = 1; i <= 30; ++i) {
        clients.push_back(std::make_unique<RawHttp>(full.serve.port()));
        clients.back()->write(posted(largeRequest(i * recordsPerRequest)));
    }
    QTRY_VERIFY(full.serve.errors().contains("disk"));
    QElapsedTimer clock;
    clock.start();
    full.serve.signal();
    int taken = 1;
    for (const auto &client : clients)
        taken += client->read().status == 200 ? 1 : 0;
    const CommandResult ended = full.serve.end();
    QVERIFY2(clock.elapsed() < 6000, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(ended.code, 4);
    // What was not accepted is not there.
    full.disk.clear();
    QCOMPARE(full.ids().size(), taken * recordsPerRequest);
}

void TstForwarderServeLimits::secondSignalEndsAtOnce()
{
    if (!hasDisk())
        QSKIP(qPrintable(u"no disk to fill up: "_s + SmallDisk::whyNot()));
    FullDisk full({u"--timeout"_s, u"120"_s});
    full.disk.fill();
    RawHttp client(full.serve.port());
    client.write(posted(largeRequest(0)));
    QTRY_VERIFY(full.serve.errors().contains("disk"));
    QElapsedTimer clock;
    clock.start();
    full.serve.signal();
    full.serve.signal();
    QVERIFY(full.serve.end().code >= 0);
    QVERIFY2(clock.elapsed() < 5000, qPrintable(QString::number(clock.elapsed())));
}

//! More clients than descriptors: it neither spins nor stays deaf.
void TstForwarderServeLimits::spinsNotWithoutDescriptors()
{
#ifdef __SANITIZE_ADDRESS__
    QSKIP("the undefined behaviour sanitizer looks at memory through a pipe, for which there is no "
          "descriptor either");
#endif
    const ForwarderFolder folder;
    const QString command = u"ulimit -n 48; exec \"$0\" \"$@\""_s;
    ServeProcess serve(u"sh"_s, QStringList{u"-c"_s, command, forwarderProgram} +
                                    folder.arguments(QStringList{u"serve"_s, u"--port"_s, u"0"_s} +
                                                     ForwarderFolder::to(unusedPort())));
    QVERIFY(serve.port() != 0);
    {
        RawHttp first(serve.port()); // behind it there was none for a moment
        QCOMPARE(first.ask(RawHttp::get("/healthz")).status, 200);
    }
    std::vector<std::unique_ptr<QTcpSocket>> idle;
    for (int i = 0; i < 100; ++i) {
        idle.push_back(std::make_unique<QTcpSocket>());
        idle.back()->connectToHost(QHostAddress(QHostAddress::LocalHost), serve.port());
        QVERIFY(idle.back()->waitForConnected(patience)); // by the system, before it is let in
    }
    const double before = processorSeconds(serve.processId());
    QElapsedTimer clock;
    clock.start();
    RawHttp good(serve.port());
    QCOMPARE(good.ask(RawHttp::get("/healthz")).status, 200);
    QTRY_VERIFY(clock.elapsed() > 2000);
    const double spent = processorSeconds(serve.processId()) - before;
    QVERIFY2(spent < 0.2 * double(clock.elapsed()) / 1000, qPrintable(QString::number(spent)));
    idle.clear();
    RawHttp later(serve.port());
    QCOMPARE(later.ask(RawHttp::get("/healthz")).status, 200);
}

int main(int argc, char *argv[])
{
    SmallDisk::prepare();
    QCoreApplication app(argc, argv);
    TstForwarderServeLimits test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_forwarderservelimits.moc"
