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
        RawHttp client(m_port);
        return client
            .ask(RawHttp::post("/logs", body, "Content-Type: application/x-ndjson\r\n" + headers))
            .status;
    }
    //! Waits until it said this, behind what was waited for before.
    bool hasSaid(const QByteArray &text)
    {
        const auto isThere = [&] {
            m_said += m_process.readAllStandardError();
            const qsizetype place = m_said.indexOf(text);
            if (place >= 0)
                m_said.remove(0, place + text.size());
            return place >= 0;
        };
        while (!isThere()) {
            if (!m_process.waitForReadyRead(patience))
                return false;
        }
        return true;
    }
    CommandResult terminate()
    {
        m_process.terminate();
        CommandResult result;
        if (m_process.waitForFinished(patience) && m_process.exitStatus() == QProcess::NormalExit)
            result.code = m_process.exitCode();
        result.output = m_process.readAllStandardOutput();
        result.errors = m_process.readAllStandardError();
        return result;
    }

private:
    QProcess m_process;
    QByteArray m_said;
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
    void keepsWhatCannotBeForwarded();
    void followsTheConfiguration();
    void losesNothingWhileTheConfigurationIsGone();
    void saysWhatIsLeftOfOneThatIsGone();
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

void TstForwarderServe::losesNothingWhileTheConfigurationIsGone()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    configure(folder, u"add"_s, port);
    const QString file = folder.path(u"config/endpoints.json"_s);
    const QString away = folder.path(u"away.json"_s);
    ServeProcess serve(folder);
    QCOMPARE(serve.post(recordsFrom(0, 1000)), 200);
    QVERIFY(QFile::rename(file, away));
    QVERIFY(serve.hasSaid("is gone"));
    QCOMPARE(serve.post(recordsFrom(1000, 10)), 200); // The last configuration is in force.
    QVERIFY(!folder.write(u"config/endpoints.json"_s, "").isEmpty());
    QVERIFY(serve.hasSaid("is empty"));
    QVERIFY(!folder.write(u"config/endpoints.json"_s, "\x7f{rubbish").isEmpty());
    QVERIFY(serve.hasSaid("endpoints.json: "));
    QCOMPARE(serve.post(recordsFrom(1010, 10)), 200);
    QVERIFY(!folder.write(u"config/endpoints.json"_s, R"({"version":1,"endpoints":[]})").isEmpty());
    QVERIFY(serve.hasSaid("no endpoint is configured"));
    QCOMPARE(serve.post(recordsFrom(1020, 10)), 503); // Nobody would get them.
    const QJsonArray waiting = folder.run({u"status"_s}).json()["endpoints"_L1].toArray();
    QCOMPARE(waiting.at(0)["ledger"_L1]["waiting"_L1].toInteger(), 1020);
    QVERIFY(!waiting.at(0)["configured"_L1].toBool());
    QCOMPARE(waiting.at(0)["health"_L1].toString(), u"trouble"_s);

    const PracticeProcess practice({}, port);
    QVERIFY(QFile::remove(file));
    QVERIFY(QFile::rename(away, file));
    QVERIFY(serve.hasSaid("took over the changed configuration"));
    QCOMPARE(serve.post(recordsFrom(1020, 10)), 200);
    const CommandResult ended = serve.terminate();
    QVERIFY2(ended.code == 0, ended.errors.constData());
    QVERIFY(practice.hasEachOnce(1030));
    QCOMPARE(ended.inLedger("delivered"), 1030);
    QCOMPARE(ended.ledger()["discarded"_L1]["operator"_L1].toInteger(), 0);
    QVERIFY(ended.isBalanced());
}

void TstForwarderServe::saysWhatIsLeftOfOneThatIsGone()
{
    const ForwarderFolder folder;
    configure(folder, u"add"_s, unusedPort());
    ServeProcess serve(folder);
    QCOMPARE(serve.post(recordsFrom(0, 30)), 200);
    QCOMPARE(folder.run({u"endpoint"_s, u"remove"_s, u"a"_s, u"--yes"_s}).code, 0);
    QVERIFY(serve.hasSaid("no endpoint is configured"));
    const CommandResult ended = serve.terminate();
    QVERIFY2(ended.code == 4, ended.errors.constData());
    QCOMPARE(ended.inLedger("waiting"), 30);
    // A command of its own gives them up, and only that one.
    const CommandResult discarded =
        folder.run({u"endpoint"_s, u"remove"_s, u"a"_s, u"--discard-waiting"_s, u"--yes"_s});
    QVERIFY2(discarded.code == 0, discarded.errors.constData());
    QCOMPARE(discarded.json()["discarded"_L1].toInteger(), 30);
    const CommandResult status = folder.run({u"status"_s});
    QCOMPARE(status.inLedger("waiting"), 0);
    QCOMPARE(status.ledger()["discarded"_L1]["operator"_L1].toInteger(), 30);
    QVERIFY(status.isBalanced());
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
