// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <QDir>

using namespace Qt::StringLiterals;
using namespace trace;

//! What redaction.json and an endpoint's filter do to records on their way through the program.
class TstForwarderRedaction final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void secretsReachNeitherJournalNorService();
    void wrongRulesAcceptNothing();
    void aCommandsOutputIsMasked();
    void theEndpointsOwnSecretsAreMasked_data();
    void theEndpointsOwnSecretsAreMasked();
    void previewsWhatWouldLeave();
    void filteredRecordsAreCounted();
};

void TstForwarderRedaction::secretsReachNeitherJournalNorService()
{
    const ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    QVERIFY(!folder
                 .write(u"config/redaction.json"_s,
                        "{\"version\":1,\"rules\":[{\"name\":\"customers\","
                        "\"pattern\":\"C-\\\\d{6}\",\"replacement\":\"C-***\"}]}")
                 .isEmpty());
    const QString in = folder.write(
        u"in.ndjson"_s,
        "{\"message\":\"password=Xq7hunter2\",\"metadata\":{\"api_key\":\"Xq7hunter2\"}}\n"
        "{\"message\":\"customer C-123456\",\"tags\":[\"token=Xq7hunter2\"]}\n"
        "plain line with password: Xq7hunter2\n"
        "{\"message\":\"nothing to hide\"}\n");
    const PracticeProcess practice;
    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(practice.port()) + QStringList{in});
    QCOMPARE(sent.code, 0);
    QCOMPARE(sent.inLedger("delivered"), 4);
    QCOMPARE(sent.json()[u"input"_s][u"masked"_s].toInteger(), 3);

    const CommandResult kept = folder.run({u"records"_s});
    QCOMPARE(kept.code, 0);
    QCOMPARE(kept.output.count('\n'), 4);
    QVERIFY2(!kept.output.contains("hunter2"), kept.output.constData());
    QVERIFY2(!kept.output.contains("123456"), kept.output.constData());
    QVERIFY(kept.output.contains("password=***"));
    QVERIFY(kept.output.contains("customer C-***"));
    for (const QFileInfo &info : QDir(folder.journal()).entryInfoList(QDir::Files)) {
        QFile file(info.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(!file.readAll().contains("hunter2"), qPrintable(info.fileName()));
    }
}

void TstForwarderRedaction::wrongRulesAcceptNothing()
{
    const ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    folder.write(u"config/redaction.json"_s,
                 "{\"version\":1,\"rules\":[{\"name\":\"a\",\"pattern\":\"(\"}]}");
    const QString in = folder.write(u"in.ndjson"_s, "password=Xq7hunter2\n");
    folder.write(u"config/endpoints.json"_s,
                 "{\"version\":1,\"endpoints\":[{\"name\":\"a\",\"service\":\"generic\","
                 "\"url\":\"http://127.0.0.1:9/logs\"}]}");
    const QStringList to = folder.to(unusedPort());
    for (const QStringList &command :
         {QStringList{u"send"_s, in} + to, QStringList{u"serve"_s, u"--port"_s, u"0"_s},
          QStringList{u"failed"_s, u"import"_s, in}, QStringList{u"config"_s, u"check"_s},
          QStringList{u"endpoint"_s, u"preview"_s, u"a"_s, in},
          QStringList{u"run"_s} + to + QStringList{u"--"_s, u"true"_s}}) {
        const CommandResult refused = folder.run(command);
        QVERIFY2(refused.code == 1 || refused.code == 2, qPrintable(command.first()));
        QVERIFY2(refused.errors.contains("redaction.json: rules[0].pattern: missing )"),
                 refused.errors.constData());
        QVERIFY(!QFile::exists(folder.journal()));
    }
}

void TstForwarderRedaction::aCommandsOutputIsMasked()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    folder.write(u"config/redaction.json"_s, "{\"version\":1}");
    const CommandResult run = folder.run(QStringList{u"run"_s} + folder.to(practice.port()) +
                                         QStringList{u"--"_s, u"echo"_s, u"password=Xq7hunter2"_s});
    QCOMPARE(run.code, 0);
    QVERIFY(run.output.contains("Xq7hunter2")); // what it prints is not ours to change
    const QByteArray records = folder.run({u"records"_s}).output;
    QVERIFY2(records.contains("password=***"), records.constData());
    QVERIFY(!records.contains("Xq7hunter2"));
}

void TstForwarderRedaction::theEndpointsOwnSecretsAreMasked_data()
{
    QTest::addColumn<QByteArray>("redaction");
    QTest::newRow("no rules") << QByteArray();
    QTest::newRow("switched off") << "{\"version\":1,\"enabled\":false}"_ba;
    QTest::newRow("own rules only") << "{\"version\":1,\"built_in\":false}"_ba;
    QTest::newRow("built-in rules") << "{\"version\":1}"_ba;
}

// What the forwarder looked up as a secret is kept by no way in, whatever the rules say.
void TstForwarderRedaction::theEndpointsOwnSecretsAreMasked()
{
    QFETCH(QByteArray, redaction);
    const QByteArray key = "Zk7/hunter2+Wq9"_ba;
    const QByteArray team = "te4m-Zk7hunter"_ba;
    const QByteArray pass = "pr0xy-Zk7pass"_ba;
    qputenv("TRACE_TEST_KEY", key);
    qputenv("TRACE_TEST_TEAM", team);
    const ForwarderFolder folder;
    const PracticeProcess practice;
    qputenv("TRACE_TEST_PROXY",
            "http://joe:" + pass + "@127.0.0.1:" + QByteArray::number(practice.port()));
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    if (!redaction.isEmpty())
        folder.write(u"config/redaction.json"_s, redaction);
    const QByteArray url = "http://127.0.0.1:" + QByteArray::number(practice.port()) + "/logs";
    folder.write(
        u"config/endpoints.json"_s,
        "{\"version\":1,\"endpoints\":[{\"name\":\"a\",\"service\":\"generic\",\"url\":\"" + url +
            "\",\"api_key\":\"env:TRACE_TEST_KEY\",\"headers\":{\"X-Team\":"
            "\"env:TRACE_TEST_TEAM\"}},{\"name\":\"b\",\"enabled\":false,\"service\":"
            "\"generic\",\"url\":\"http://127.0.0.1:9\",\"proxy\":\"env:TRACE_TEST_PROXY\"}]}");
    const QByteArrayList forms{key, key.toBase64(), key.toPercentEncoding(), team, pass};
    const QByteArray text = forms.join(", ");
    const QString in =
        folder.write(u"in.ndjson"_s, "{\"message\":\"sent " + text + "\",\"run_id\":\"run-" + team +
                                         "\",\"metadata\":{\"" + pass + "\":[\"" + key + "\"]}}\n");
    const CommandResult preview = folder.run({u"endpoint"_s, u"preview"_s, u"a"_s, in});
    QCOMPARE(preview.code, 0);
    const CommandResult sent = folder.run({u"send"_s, u"--endpoint"_s, u"a"_s, in});
    QVERIFY2(sent.code == 0, sent.errors.constData());
    QCOMPARE(sent.json()[u"input"_s][u"masked"_s].toInteger(), 1);
    const CommandResult run =
        folder.run({u"run"_s, u"--"_s, u"sh"_s, u"-c"_s,
                    u"echo printed $TRACE_TEST_KEY $TRACE_TEST_TEAM $TRACE_TEST_PROXY >&2"_s});
    QCOMPARE(run.code, 0);
    QVERIFY2(run.errors.contains(key), run.errors.constData()); // what it prints is not ours
    const QString exported =
        folder.write(u"exported.ndjson"_s, "{\"failed_batch\":{\"id\":1,\"endpoint\":\"a\","
                                           "\"created\":\"\"}}\n{\"message\":\"taken on " +
                                               text + "\"}\n");
    const CommandResult imported = folder.run({u"failed"_s, u"import"_s, exported});
    QVERIFY2(imported.code == 0, imported.errors.constData());

    const QByteArray kept = folder.run({u"records"_s}).output +
                            folder.run({u"failed"_s, u"export"_s, u"--all"_s}).output +
                            preview.output;
    for (const char *told : {"sent ***, ***, ***, ***, ***", "run-***",
                             "printed *** *** http://***@", "taken on ***, ***, ***, ***, ***"})
        QVERIFY2(kept.contains(told), kept.constData());
    RawHttp client(practice.port());
    const QByteArray arrived = client.ask(RawHttp::get("/practice/records")).body;
    QVERIFY(arrived.contains("printed ***"));
    for (const QByteArray &form : forms)
        QVERIFY2(!(kept + arrived).contains(form), form.constData());
}

void TstForwarderRedaction::previewsWhatWouldLeave()
{
    const ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    folder.write(u"config/redaction.json"_s, "{\"version\":1}");
    folder.write(u"config/endpoints.json"_s,
                 "{\"version\":1,\"endpoints\":[{\"name\":\"a\",\"service\":\"datadog\","
                 "\"url\":\"http://127.0.0.1:9\",\"filter\":\"level>=warning\"}]}");
    const QString in = folder.write(
        u"in.ndjson"_s,
        "{\"message\":\"password=Xq7hunter2\",\"level\":\"error\"}\n"
        "{\"message\":\"second\",\"level\":\"info\"}\n"
        "{\"message\":\"third\",\"level\":\"debug\"}\n"
        "{\"message\":\"fourth\",\"level\":\"error\",\"timestamp\":\"2020-01-01T00:00:00Z\"}\n");
    const QStringList command{u"endpoint"_s, u"preview"_s, u"a"_s, in};
    const CommandResult preview = folder.run(command);
    QVERIFY2(preview.code == 0, preview.errors.constData());
    const QJsonValue text = preview.json()["requests"_L1][0]["text"_L1];
    QVERIFY2(text.toString().contains("password=***"_L1), qPrintable(text.toString()));
    QVERIFY(!preview.output.contains("hunter2"));
    QCOMPARE(preview.json()["masked"_L1].toInt(), 1);
    QCOMPARE(preview.json()["filtered"_L1].toArray(), (QJsonArray{2, 3}));
    QCOMPARE(preview.json()["unfit"_L1][0]["record"_L1].toInt(), 4);

    const QByteArray shown = runForwarder(folder.arguments(command).mid(1)).output;
    for (const char *line : {"# something was hidden in 1 record(s)",
                             "# record 4 would not be sent: older than 17.5 hours",
                             "# the endpoint's filter leaves out 2 record(s): 2-3"})
        QVERIFY2(shown.contains(line), shown.constData());
}

void TstForwarderRedaction::filteredRecordsAreCounted()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    const QByteArray url = "http://127.0.0.1:" + QByteArray::number(practice.port()) + "/logs";
    const QString config = u"config/endpoints.json"_s;
    const auto withFilter = [&](const QByteArray &filter) {
        return "{\"version\":1,\"endpoints\":[{\"name\":\"a\",\"service\":\"generic\",\"url\":\"" +
               url + "\",\"filter\":\"" + filter + "\"}]}";
    };
    const QString in = folder.writeRecords(u"in.ndjson"_s, 200);

    folder.write(config, withFilter("runn:run-1"));
    const CommandResult refused = folder.run({u"send"_s, in});
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.errors.contains("endpoints[0].filter: position 1: unknown field \"runn\""),
             refused.errors.constData());

    folder.write(config, withFilter("run:(run-1 run-2) -meta.id<100"));
    const CommandResult sent = folder.run({u"send"_s, in});
    QCOMPARE(sent.code, 0);
    QCOMPARE(sent.inLedger("accepted"), 200);
    QCOMPARE(sent.inLedger("delivered"), 50);
    QVERIFY(sent.isBalanced());
    QCOMPARE(practice.ids()[u"distinct"_s].toInteger(), 50);
    QCOMPARE(practice.ids()[u"minimum"_s].toInteger(), 101);

    const QStringList asked{u"records"_s, u"--filter"_s, u"run:run-1 meta.id>=190"_s};
    const CommandResult found = folder.run(asked);
    QCOMPARE(found.output.count('\n'), 2);
    QVERIFY(found.output.contains("record 193") && found.output.contains("record 197"));
    const CommandResult newest = folder.run(asked + QStringList{u"--limit"_s, u"1"_s});
    QCOMPARE(newest.output.count('\n'), 1);
    QVERIFY(newest.output.contains("record 197"));
    QCOMPARE(folder.run({u"records"_s, u"--filter"_s, u"(a"_s}).code, 2);
}

QTEST_GUILESS_MAIN(TstForwarderRedaction)
#include "tst_forwarderredaction.moc"
