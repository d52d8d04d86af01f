// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/serveprocess.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>
#include <QScopeGuard>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

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
    void tellsWhatItRefused();
    void keepsWhatCannotBeForwarded();
    void goesOnWhileSomethingIsDelivered();
    void endsAfterTenTimesItsPatience();
    void endsThoughNobodyReadsWhatItTells();
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

//! Each kind once, as a client that sends again and again must not fill the terminal.
void TstForwarderServe::tellsWhatItRefused()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    configure(folder, u"add"_s, practice.port());
    ServeProcess serve(folder);
    const auto ask = [&serve](const QByteArray &path, const QByteArray &body) {
        RawHttp client(serve.port());
        return client.ask(RawHttp::post(path, body, "Content-Type: application/json\r\n")).status;
    };
    QCOMPARE(ask("/logs", "no JSON"), 400);
    QCOMPARE(ask("/logs", "no JSON"), 400);
    QCOMPARE(ask("/v1/logs", "{\"message\":\"m\"}"), 400);
    QCOMPARE(ask("/lgos", "{\"message\":\"m\"}"), 404);
    QVERIFY(serve.hasSaid("refused a request to /logs (400): the body is not valid JSON"));
    QVERIFY(serve.hasSaid("refused a request to /v1/logs (400): "));
    QVERIFY(serve.hasSaid("refused a request to /lgos (404): "));
    QCOMPARE(ask("/logs", "[{\"message\":\"m\",\"loss\":NaN}]"), 200);
    QCOMPARE(ask("/logs", "[{\"message\":\"m\",\"loss\":NaN}]"), 200);
    QVERIFY(serve.hasSaid("to /logs: 1 records had what JSON has not (NaN or Infinity)"));
    const CommandResult ended = serve.terminate();
    QCOMPARE(ended.errors.count("to /logs (400)"), 1);
    QCOMPARE(ended.errors.count("NaN"), 1);
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

// What --help says of --timeout.
void TstForwarderServe::goesOnWhileSomethingIsDelivered()
{
    const ForwarderFolder folder;
    const PracticeProcess practice({}, unusedPort(), {u"--latency"_s, u"600ms"_s});
    ServeProcess serve(folder, QStringList{u"--timeout"_s, u"2"_s} +
                                   ForwarderFolder::to(practice.port(), u"datadog"_s));
    constexpr int requests = 10; // of 1,000 records, which is Datadog's limit
    for (int part = 0; part < requests; ++part)
        QCOMPARE(serve.post(recordsFrom(part * 1000, 1000)), 200);
    const CommandResult ended = serve.terminate();
    QVERIFY2(ended.code == 0, ended.errors.constData());
    QCOMPARE(ended.inLedger("delivered"), requests * 1000);
    QVERIFY(practice.hasEachOnce(requests * 1000));
}

void TstForwarderServe::endsAfterTenTimesItsPatience()
{
    const ForwarderFolder folder;
    const PracticeProcess practice({}, unusedPort(), {u"--latency"_s, u"200ms"_s});
    ServeProcess serve(folder, QStringList{u"--timeout"_s, u"0.4"_s} +
                                   ForwarderFolder::to(practice.port(), u"datadog"_s));
    for (int part = 0; part < 60; ++part)
        QCOMPARE(serve.post(recordsFrom(part * 1000, 1000)), 200);
    QElapsedTimer clock;
    clock.start();
    const CommandResult ended = serve.terminate();
    QVERIFY2(clock.elapsed() < 8'000, "60 requests of 200 ms take longer");
    QVERIFY2(ended.code == 4, ended.errors.constData());
    QVERIFY(ended.inLedger("waiting") > 0);
    QVERIFY(ended.isBalanced());
}

void TstForwarderServe::endsThoughNobodyReadsWhatItTells()
{
#ifdef __SANITIZE_THREAD__
    QSKIP("the thread sanitizer keeps a signal back while its thread is in write()");
#endif
    const ForwarderFolder folder;
    const PracticeProcess practice;
    configure(folder, u"add"_s, practice.port());
    const QString full = folder.path(u"errors"_s); // a pipe that takes nothing more
    QCOMPARE(::mkfifo(QFile::encodeName(full).constData(), 0600), 0);
    const int end = ::open(QFile::encodeName(full).constData(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    const auto close = qScopeGuard([end] { ::close(end); });
    while (::write(end, "full", 4) > 0) {
    }
    QProcess serve;
    serve.setStandardErrorFile(full);
    QStringList arguments = folder.arguments({u"serve"_s, u"--port"_s, u"0"_s});
    arguments.removeAll(u"--json"_s);
    serve.start(forwarderProgram, arguments);
    QByteArray told;
    QTRY_VERIFY((told += serve.readAllStandardOutput()).contains("receiving at"));
    // It tells of that, and never comes back.
    configure(folder, u"set"_s, unusedPort());
    QFile waitsIn(u"/proc/%1/wchan"_s.arg(serve.processId()));
    QTRY_VERIFY([&] {
        const bool isOpen = waitsIn.open(QIODevice::ReadOnly);
        const QByteArray place = isOpen ? waitsIn.readAll() : QByteArray();
        waitsIn.close();
        return place.contains("pipe_write");
    }());
    QElapsedTimer clock;
    clock.start();
    serve.terminate();
    QVERIFY(serve.waitForFinished(patience));
    QCOMPARE(serve.exitStatus(), QProcess::NormalExit);
    QVERIFY(clock.elapsed() < 15'000);
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
