// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

using namespace Qt::StringLiterals;
using namespace trace;

//! `endpoint` and `config check`.
class TstForwarderEndpoint final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isSetUpAndUsedWithoutAnEditor();
    void refusesWithoutTouchingTheFile_data();
    void refusesWithoutTouchingTheFile();
    void saysWhatWaitsBeforeItRemoves();
    void saysThatItDiscardsBeforeItDoes();
    void testsStepByStep();
    void previewsTheVeryBytes();
    void checksAll();
    void aCheckMayBeUnsure();
};

namespace {

QStringList add(const QString &name, quint16 port, const QString &service = u"generic"_s)
{
    return QStringList{u"endpoint"_s, u"add"_s, name} + ForwarderFolder::to(port, service);
}

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

void TstForwarderEndpoint::isSetUpAndUsedWithoutAnEditor()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    const CommandResult added =
        folder.run(add(u"Loki"_s, practice.port(), u"grafana"_s) +
                   QStringList{u"--set"_s, u"grafana.tenant=42"_s, u"--set"_s, u"buffer_size=9"_s});
    QVERIFY2(added.code == 0, added.errors.constData());
    qputenv("TRACE_TEST_TOKEN", "t0ken");
    const CommandResult changed = folder.run({u"endpoint"_s, u"set"_s, u"Loki"_s, u"timeout=2.5"_s,
                                              u"headers.X-Auth-Token=env:TRACE_TEST_TOKEN"_s});
    QVERIFY2(changed.code == 0, changed.errors.constData());

    const CommandResult shown = folder.run({u"endpoint"_s, u"show"_s, u"Loki"_s});
    QCOMPARE(shown.code, 0);
    QVERIFY(!shown.output.contains("t0ken"));
    QCOMPARE(shown.json()["timeout"_L1].toDouble(), 2.5);
    QCOMPARE(shown.json()["buffer_size"_L1].toInt(), 9);
    QCOMPARE(shown.json()["grafana"_L1]["tenant"_L1].toString(), u"42"_s);
    const QJsonArray listed =
        folder.run({u"endpoint"_s, u"list"_s}).json()["endpoints"_L1].toArray();
    QCOMPARE(listed.size(), 1);
    QCOMPARE(listed[0].toObject(), shown.json());

    const QString file = folder.writeRecords(u"in.ndjson"_s, 20);
    QCOMPARE(folder.run({u"send"_s, u"--endpoint"_s, u"Loki"_s, file}).code, 0);
    QVERIFY(practice.hasEachOnce(20));
}

void TstForwarderEndpoint::refusesWithoutTouchingTheFile_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QByteArray>("named"); // What the message must name.
    const QString endpoint = u"endpoint"_s;
    const QString set = u"set"_s;
    QTest::newRow("unknown key") << QStringList{endpoint, set, u"a"_s, u"bufer=1"_s} << "bufer"_ba;
    QTest::newRow("one good, one bad")
        << QStringList{endpoint, set, u"a"_s, u"timeout=3"_s, u"max_in_flight=9"_s}
        << "max_in_flight"_ba;
    QTest::newRow("secret in a header")
        << QStringList{endpoint, set, u"a"_s, u"headers.X-Auth=s3cret"_s}
        << "headers.X-Auth takes a reference"_ba;
    QTest::newRow("secret itself")
        << QStringList{endpoint, set, u"a"_s, u"api_key=s3cret"_s} << "env:NAME"_ba;
    QTest::newRow("no such endpoint")
        << QStringList{endpoint, set, u"b"_s, u"timeout=3"_s} << "\"b\""_ba;
    QTest::newRow("name that is taken") << add(u"a"_s, 9) << "already"_ba;
    QTest::newRow("service that is none") << add(u"b"_s, 9, u"pigeon"_s) << "pigeon"_ba;
    QTest::newRow("removed unasked") << QStringList{endpoint, u"remove"_s, u"a"_s} << "--yes"_ba;
    QTest::newRow("none to show") << QStringList{endpoint, u"show"_s, u"b"_s} << "\"b\""_ba;
}

void TstForwarderEndpoint::refusesWithoutTouchingTheFile()
{
    QFETCH(QStringList, command);
    QFETCH(QByteArray, named);
    const ForwarderFolder folder;
    QCOMPARE(folder.run(add(u"a"_s, 9)).code, 0);
    const QString file = folder.path(u"config/endpoints.json"_s);
    const QByteArray before = bytesOf(file);
    QVERIFY(!before.isEmpty());
    const CommandResult result = folder.run(command);
    QCOMPARE(result.code, 2);
    QVERIFY2(result.errors.contains(named), result.errors.constData());
    QVERIFY(!result.errors.contains("s3cret"));
    QCOMPARE(bytesOf(file), before);
}

void TstForwarderEndpoint::saysWhatWaitsBeforeItRemoves()
{
    const ForwarderFolder folder;
    QCOMPARE(folder.run(add(u"a"_s, unusedPort())).code, 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, 30);
    QCOMPARE(folder.run({u"send"_s, u"--timeout"_s, u"0.2"_s, file}).code, 4);
    const CommandResult removed = folder.run({u"endpoint"_s, u"remove"_s, u"a"_s, u"--yes"_s});
    QCOMPARE(removed.code, 0);
    QVERIFY2(removed.output.contains("30 record(s) wait"), removed.output.constData());
    QVERIFY2(removed.output.contains("They stay there"), removed.output.constData());
    QCOMPARE(folder.run({u"endpoint"_s, u"list"_s}).json()["endpoints"_L1].toArray().size(), 0);

    // Added again, it gets them.
    const PracticeProcess practice;
    QCOMPARE(folder.run(add(u"a"_s, practice.port())).code, 0);
    QCOMPARE(folder.run({u"drain"_s}).code, 0);
    QVERIFY(practice.hasEachOnce(30));
}

void TstForwarderEndpoint::saysThatItDiscardsBeforeItDoes()
{
    const ForwarderFolder folder;
    QCOMPARE(folder.run(add(u"a"_s, unusedPort())).code, 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, 30);
    QCOMPARE(folder.run({u"send"_s, u"--timeout"_s, u"0.2"_s, file}).code, 4);
    const CommandResult removed =
        folder.run({u"endpoint"_s, u"remove"_s, u"a"_s, u"--discard-waiting"_s, u"--yes"_s});
    QCOMPARE(removed.code, 0);
    const QString note = removed.json()["note"_L1].toString();
    QVERIFY2(note.contains(u"30 record(s) wait"_s) && note.contains(u"discarded"_s),
             qPrintable(note));
    QVERIFY2(!note.contains(u"They stay"_s), qPrintable(note));
}

void TstForwarderEndpoint::testsStepByStep()
{
    const ForwarderFolder folder;
    PracticeProcess practice;
    QCOMPARE(folder.run(add(u"a"_s, practice.port())).code, 0);
    const CommandResult good = folder.run({u"endpoint"_s, u"test"_s, u"a"_s});
    QVERIFY2(good.code == 0, good.output.constData());
    QCOMPARE(good.json()["steps"_L1].toArray().size(), 5);
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 1);
    const QByteArray id = good.json()["test_id"_L1].toString().toUtf8();
    QVERIFY(!id.isEmpty());
    practice.stop();
    const CommandResult bad = folder.run({u"endpoint"_s, u"test"_s, u"a"_s});
    QCOMPARE(bad.code, 1);
    const QJsonValue last = bad.json()["steps"_L1].toArray().last();
    QCOMPARE(last["step"_L1].toString(), u"connection"_s);
    QVERIFY(!last["ok"_L1].toBool());
    QVERIFY(!last["action"_L1].toString().isEmpty());
}

void TstForwarderEndpoint::previewsTheVeryBytes()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QCOMPARE(folder
                 .run(add(u"a"_s, practice.port(), u"datadog"_s) +
                      QStringList{u"--api-key"_s, u"env:TRACE_NOT_SET"_s})
                 .code,
             0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, 25);
    const QString raw = folder.path(u"body"_s);
    const CommandResult preview =
        folder.run({u"endpoint"_s, u"preview"_s, u"a"_s, file, u"--raw"_s, raw});
    QVERIFY2(preview.code == 0, preview.errors.constData());
    const QJsonValue request = preview.json()["requests"_L1].toArray().at(0);
    QCOMPARE(request["records"_L1].toInt(), 25);
    QCOMPARE(request["compression"_L1].toString(), u"gzip"_s);
    QCOMPARE(request["headers"_L1]["DD-API-KEY"_L1].toString(), u"***"_s);
    QVERIFY(request["text"_L1].toString().contains("record 24"_L1));
    const QByteArray body = bytesOf(raw);
    QCOMPARE(body.size(), request["body_bytes"_L1].toInteger());
    QCOMPARE(practice.summary()["requests"_L1].toInteger(), 0);

    // What was written is what the service takes.
    RawHttp client(practice.port());
    const RawAnswer answer = client.ask(RawHttp::post(
        "/api/v2/logs", body, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"));
    QCOMPARE(answer.status, 202);
    QVERIFY(practice.hasEachOnce(25));
}

void TstForwarderEndpoint::checksAll()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QCOMPARE(folder.run({u"config"_s, u"check"_s}).code, 1); // nowhere to deliver to
    QCOMPARE(folder.run(add(u"good"_s, practice.port(), u"grafana"_s)).code, 0);
    QCOMPARE(folder.run(add(u"plain"_s, practice.port())).code, 0);
    const CommandResult all = folder.run({u"config"_s, u"check"_s});
    QVERIFY2(all.code == 0, all.output.constData());
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 0);
    const QJsonArray checked = all.json()["endpoints"_L1].toArray();
    const QString plain = checked[1]["steps"_L1].toArray().last()["text"_L1].toString();
    QVERIFY2(plain.contains("only the connection"_L1), qPrintable(plain));

    QCOMPARE(folder.run(add(u"bad"_s, unusedPort())).code, 0);
    const CommandResult one = folder.run({u"config"_s, u"check"_s});
    QCOMPARE(one.code, 1);
    const QJsonArray endpoints = one.json()["endpoints"_L1].toArray();
    QCOMPARE(endpoints.size(), 3);
    QVERIFY(endpoints[0]["ok"_L1].toBool());
    QVERIFY(!endpoints[2]["ok"_L1].toBool());
    // One that is switched off does not count.
    QCOMPARE(folder.run({u"endpoint"_s, u"set"_s, u"bad"_s, u"enabled=false"_s}).code, 0);
    QCOMPARE(folder.run({u"config"_s, u"check"_s}).code, 0);
    QVERIFY(!folder.write(u"config/endpoints.json"_s, "{\"version\":1,"_ba).isEmpty());
    for (const QStringList &command :
         {QStringList{u"config"_s, u"check"_s}, QStringList{u"endpoint"_s, u"list"_s},
          QStringList{u"endpoint"_s, u"show"_s, u"a"_s},
          QStringList{u"endpoint"_s, u"test"_s, u"a"_s},
          QStringList{u"endpoint"_s, u"set"_s, u"a"_s, u"buffer_size=3"_s},
          QStringList{u"endpoint"_s, u"remove"_s, u"a"_s, u"--yes"_s},
          QStringList{u"endpoint"_s, u"preview"_s, u"a"_s, folder.writeRecords(u"r"_s, 1)},
          QStringList{u"send"_s, folder.writeRecords(u"r"_s, 1)}})
        QCOMPARE(folder.run(command).code, 2);
}

void TstForwarderEndpoint::aCheckMayBeUnsure()
{
    const ForwarderFolder folder;
    const PracticeProcess practice(u"400"_s); // as a receiver that wants records
    QCOMPARE(folder
                 .run({u"endpoint"_s, u"add"_s, u"a"_s, u"--service"_s, u"otlp"_s, u"--url"_s,
                       u"http://127.0.0.1:%1"_s.arg(practice.port())})
                 .code,
             0);
    const CommandResult checked = folder.run({u"config"_s, u"check"_s});
    QVERIFY2(checked.code == 0, checked.output.constData());
    const QJsonValue endpoint = checked.json()["endpoints"_L1].toArray().at(0);
    QVERIFY(endpoint["ok"_L1].toBool() && endpoint["unsure"_L1].toBool());
    QStringList arguments = folder.arguments({u"config"_s, u"check"_s});
    arguments.removeAll(u"--json"_s);
    const CommandResult plain = runForwarder(arguments);
    QCOMPARE(plain.code, 0);
    QVERIFY2(plain.output.contains("unsure") && plain.output.contains("HTTP 400"),
             plain.output.constData());
    QVERIFY2(plain.output.contains("endpoint test"), plain.output.constData());
}

QTEST_GUILESS_MAIN(TstForwarderEndpoint)
#include "tst_forwarderendpoint.moc"
