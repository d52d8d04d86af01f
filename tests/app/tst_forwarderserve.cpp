// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

//! `serve` in a process of its own.
class ServeProcess final
{
public:
    explicit ServeProcess(const ForwarderFolder &folder, const QStringList &options = {})
    {
        m_process.start(forwarderProgram,
                        folder.arguments(QStringList{u"serve"_s, u"--port"_s, u"0"_s} + options));
        m_process.setReadChannel(QProcess::StandardError);
        while (!m_process.canReadLine() && m_process.waitForReadyRead(patience)) {
        }
        const QByteArray line = m_process.readLine(); // "receiving at http://127.0.0.1:PORT, …"
        const qsizetype end = line.indexOf(',');
        m_port = line.first(std::max<qsizetype>(end, 0)).split(':').last().toUShort();
    }
    ~ServeProcess()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(ServeProcess)

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] int post(const QByteArray &body, const QByteArray &headers = {}) const
    {
        return ask(body, headers).status;
    }
    [[nodiscard]] RawAnswer ask(const QByteArray &body, const QByteArray &headers = {}) const
    {
        RawHttp client(m_port);
        return client.ask(
            RawHttp::post("/logs", body, "Content-Type: application/x-ndjson\r\n" + headers));
    }
    //! What it has told until now.
    [[nodiscard]] QByteArray errors()
    {
        m_process.waitForReadyRead(1);
        m_errors += m_process.readAllStandardError();
        return m_errors;
    }
    CommandResult terminate()
    {
        m_process.terminate();
        CommandResult result;
        if (m_process.waitForFinished(patience) && m_process.exitStatus() == QProcess::NormalExit)
            result.code = m_process.exitCode();
        result.output = m_process.readAllStandardOutput();
        result.errors = m_errors + m_process.readAllStandardError();
        return result;
    }

private:
    QProcess m_process;
    QByteArray m_errors;
    quint16 m_port = 0;
};

QByteArray recordsFrom(int first, int count)
{
    QByteArray body;
    for (int id = first; id < first + count; ++id) {
        const QByteArray number = QByteArray::number(id);
        body += R"({"message":"record )" + number + R"(","metadata":{"id":)" + number + "}}\n";
    }
    return body;
}

void configure(const ForwarderFolder &folder, const QString &verb, quint16 port)
{
    const QString url = u"http://127.0.0.1:%1/logs"_s.arg(port);
    const QStringList command =
        verb == "add"_L1 ? QStringList{u"endpoint"_s, verb, u"a"_s} + ForwarderFolder::to(port)
                         : QStringList{u"endpoint"_s, verb, u"a"_s, u"url="_s + url};
    const CommandResult done = folder.run(command);
    QVERIFY2(done.code == 0, done.errors.constData());
}

} // namespace

class TstForwarderServe final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void forwardsWhatItReceives();
    void masksWhatItReceives();
    void followsTheRedaction();
    void keepsWhatCannotBeForwarded();
    void followsTheConfiguration();
    void asksForItsToken();
    void refusesToStart_data();
    void refusesToStart();
};

void TstForwarderServe::forwardsWhatItReceives()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    configure(folder, u"add"_s, practice.port());
    ServeProcess serve(folder);
    QVERIFY(serve.port() != 0);
    for (int part = 0; part < 10; ++part)
        QCOMPARE(serve.post(recordsFrom(part * 50, 50)), 200);
    const CommandResult ended = serve.terminate();
    QVERIFY2(ended.code == 0, ended.errors.constData());
    QVERIFY(practice.hasEachOnce(500));
    QCOMPARE(ended.inLedger("delivered"), 500);
    QVERIFY(ended.isBalanced());
    QCOMPARE(ended.json()["received"_L1]["records"_L1].toInteger(), 500);
}

void TstForwarderServe::masksWhatItReceives()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    configure(folder, u"add"_s, practice.port());
    folder.write(u"config/redaction.json"_s, "{\"version\":1}");
    ServeProcess serve(folder);
    QCOMPARE(serve.post("{\"message\":\"password=Xq7hunter2\"}\n"), 200);
    QCOMPARE(serve.terminate().code, 0);
    const QByteArray records = folder.run({u"records"_s}).output;
    QVERIFY2(records.contains("password=***"), records.constData());
    QVERIFY(!records.contains("Xq7hunter2"));
}

// While the file is wrong, nothing is accepted; when it goes, what it said last stays in force.
void TstForwarderServe::followsTheRedaction()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    configure(folder, u"add"_s, practice.port());
    const QString file = u"config/redaction.json"_s;
    ServeProcess serve(folder);
    const auto messages = [&] { return folder.run({u"records"_s}).output; };
    int sent = 0;
    const auto isKeptAs = [&](const QByteArray &kept) { // the next C-…, once it is
        const QByteArray number = QByteArray::number(++sent);
        return serve.post("{\"message\":\"n" + number + " C-Xq7\"}\n") == 200 &&
               messages().contains('n' + number + ' ' + kept);
    };
    QVERIFY(isKeptAs("C-Xq7"));
    const auto withRule = [](const QByteArray &by) {
        return "{\"version\":1,\"rules\":[{\"name\":\"c\",\"pattern\":\"C-\\\\w+\","
               "\"replacement\":\"" +
               by + "\"}]}";
    };
    folder.write(file, withRule("C-one"));
    QTRY_VERIFY_WITH_TIMEOUT(isKeptAs("C-one"), patience);
    folder.write(file, withRule("C-two"));
    QTRY_VERIFY_WITH_TIMEOUT(isKeptAs("C-two"), patience);

    folder.write(file, "{\"version\":1,\"rules\":[");
    QTRY_COMPARE_WITH_TIMEOUT(serve.post("{\"message\":\"C-Xq7\"}\n"), 503, patience);
    const RawAnswer refused = serve.ask("{\"message\":\"refused C-Xq7\"}\n");
    QCOMPARE(refused.status, 503);
    QVERIFY2(refused.body.contains("redaction.json: line 1"), refused.body.constData());
    QVERIFY(!refused.header("Retry-After").isEmpty());
    QVERIFY(!messages().contains("refused"));
    folder.write(file, withRule("C-three"));
    QTRY_VERIFY_WITH_TIMEOUT(isKeptAs("C-three"), patience);

    QVERIFY(QFile::remove(folder.path(file)));
    QTRY_VERIFY_WITH_TIMEOUT(serve.errors().contains("redaction.json is gone"), patience);
    QVERIFY(isKeptAs("C-three"));
    folder.write(file, "{\"version\":1,\"enabled\":false}");
    QTRY_VERIFY_WITH_TIMEOUT(isKeptAs("C-Xq7"), patience);
    const CommandResult ended = serve.terminate();
    QVERIFY2(ended.code == 0, ended.errors.constData());
    QVERIFY(ended.isBalanced());
}

void TstForwarderServe::keepsWhatCannotBeForwarded()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    configure(folder, u"add"_s, port);
    ServeProcess serve(folder, {u"--timeout"_s, u"1"_s});
    QCOMPARE(serve.post(recordsFrom(0, 70)), 200);
    QElapsedTimer clock;
    clock.start();
    const CommandResult ended = serve.terminate();
    QVERIFY2(clock.elapsed() < 10'000, "the drain is bounded");
    QVERIFY2(ended.code == 4, ended.errors.constData());
    QCOMPARE(ended.inLedger("waiting"), 70);
    QVERIFY(ended.isBalanced());
    const PracticeProcess practice({}, port);
    QCOMPARE(folder.run({u"drain"_s}).code, 0);
    QVERIFY(practice.hasEachOnce(70));
}

void TstForwarderServe::followsTheConfiguration()
{
    const ForwarderFolder folder;
    const PracticeProcess first;
    const PracticeProcess second;
    configure(folder, u"add"_s, first.port());
    ServeProcess serve(folder);
    QCOMPARE(serve.post(recordsFrom(0, 60)), 200);
    QTRY_COMPARE(first.summary()["records"_L1].toInteger(), 60);
    configure(folder, u"set"_s, second.port());
    int sent = 0;
    QTRY_VERIFY(serve.post(recordsFrom(sent++, 1)) == 200 &&
                second.summary()["records"_L1].toInteger() > 0);
    // A file that goes, or that names no endpoint, would leave records without a place to go.
    QVERIFY(QFile::remove(folder.path(u"config/endpoints.json"_s)));
    const CommandResult ended = serve.terminate();
    QVERIFY2(ended.code == 0, ended.errors.constData());
    QCOMPARE(ended.inLedger("accepted"), 60 + sent);
    QCOMPARE(ended.inLedger("delivered"), 60 + sent);
    QVERIFY(ended.isBalanced());
}

void TstForwarderServe::asksForItsToken()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    configure(folder, u"add"_s, practice.port());
    const QString token = folder.write(u"token"_s, "t0ken\n"_ba);
    ServeProcess serve(folder, {u"--token"_s, u"file:"_s + token});
    QCOMPARE(serve.post(recordsFrom(0, 1)), 401);
    QCOMPARE(serve.post(recordsFrom(0, 1), "Authorization: Bearer t0ken\r\n"), 200);
    const CommandResult ended = serve.terminate();
    QCOMPARE(ended.code, 0);
    QVERIFY(practice.hasEachOnce(1));
    QVERIFY(!ended.output.contains("t0ken") && !ended.errors.contains("t0ken"));
}

void TstForwarderServe::refusesToStart_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("named"); // What the message must name.
    const QStringList target = ForwarderFolder::to(9);
    QTest::newRow("nowhere to forward to") << QStringList{} << "endpoint add"_ba;
    QTest::newRow("no such endpoint") << QStringList{u"--endpoint"_s, u"b"_s} << "\"b\""_ba;
    QTest::newRow("token itself") << target + QStringList{u"--token"_s, u"s3cret"_s}
                                  << "env:NAME"_ba;
    QTest::newRow("no address") << target + QStringList{u"--host"_s, u"x.y"_s} << "x.y"_ba;
}

void TstForwarderServe::refusesToStart()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, named);
    const ForwarderFolder folder;
    const CommandResult result =
        folder.run(QStringList{u"serve"_s, u"--port"_s, u"0"_s} + arguments);
    QCOMPARE(result.code, 2);
    QVERIFY2(result.errors.contains(named), result.errors.constData());
    QVERIFY(!result.errors.contains("s3cret"));
}

QTEST_GUILESS_MAIN(TstForwarderServe)
#include "tst_forwarderserve.moc"
