// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"
#include "tests/app/forwarderprocess.h"

#include <QDir>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

//! What loggers of six kinds write, `id` counting.
QJsonObject lineOf(int id)
{
    const QString text = u"record %1"_s.arg(id);
    switch (id % 6) {
    case 0: // pino
        return {{u"level"_s, 30},     {u"time"_s, qint64(1'796'093'786'000)}, {u"pid"_s, 7},
                {u"hostname"_s, u"h"_s}, {u"msg"_s, text},               {u"id"_s, id}};
    case 1: // zap
        return {{u"level"_s, u"warn"_s}, {u"ts"_s, 1'796'093'786.5}, {u"caller"_s, u"a.go:1"_s},
                {u"msg"_s, text},        {u"id"_s, id}};
    case 2: // Python
        return {{u"asctime"_s, u"2026-11-30 09:16:29,432"_s},
                {u"levelname"_s, u"ERROR"_s},
                {u"message"_s, text},
                {u"id"_s, id}};
    case 3: // Serilog
        return {{u"@t"_s, u"2026-11-30T09:16:29Z"_s}, {u"@mt"_s, u"record {id}"_s}, {u"id"_s, id}};
    case 4: // ECS
        return {{u"@timestamp"_s, u"2026-11-30T09:16:29Z"_s},
                {u"log.level"_s, u"info"_s},
                {u"message"_s, text},
                {u"id"_s, id}};
    default: // Docker
        return {{u"log"_s, text + u'\n'}, {u"stream"_s, u"stderr"_s}, {u"id"_s, id}};
    }
}

QByteArray compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

} // namespace

//! What people send: files as they find them, settings of their own, and how it is explained.
class TstForwarderReading final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsEachFormInConstantMemory_data();
    void readsEachFormInConstantMemory();
    void refusesWhatIsNoText();
    void saysWhatWasBent();
    void followsTheSettings();
    void explainsWhatItReads();
    void endsTheBarsAndTracebacksOfACommand();
};

void TstForwarderReading::readsEachFormInConstantMemory_data()
{
    QTest::addColumn<QString>("form");
    for (const char *form : {"lines", "gzip", "array", "pretty"})
        QTest::newRow(form) << QString::fromLatin1(form);
}

void TstForwarderReading::readsEachFormInConstantMemory()
{
    QFETCH(QString, form);
    constexpr int count = 120'000;
    QByteArray text;
    for (int id = 0; id < count; ++id) {
        if (form == "pretty"_L1)
            text += QJsonDocument(lineOf(id)).toJson(QJsonDocument::Indented);
        else
            text += compact(lineOf(id)) + (form == "array"_L1 ? ',' : '\n');
    }
    if (form == "array"_L1)
        text = '[' + text.chopped(1) + ']';
    if (form == "gzip"_L1)
        text = gzip({text.constData(), std::size_t(text.size())});
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    const CommandResult sent = folder.run(QStringList{u"send"_s} + folder.to(practice.port()) +
                                          QStringList{folder.write(u"in"_s, text)});
    QVERIFY2(sent.code == 0, sent.errors.constData());
    QCOMPARE(sent.json()["input"_L1]["records"_L1].toInteger(), count);
    QCOMPARE(sent.json()["input"_L1]["not_json"_L1].toInteger(), 0);
    QVERIFY(practice.hasEachOnce(count));
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
    const qint64 peak = sent.json()["peak_memory_bytes"_L1].toInteger();
    QVERIFY2(peak < 90'000'000, qPrintable(QString::number(peak)));
#endif
}

void TstForwarderReading::refusesWhatIsNoText()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString file = folder.write(u"in.zip"_s, "PK\x03\x04 and\nmore\n"_ba);
    const QStringList send = QStringList{u"send"_s} + folder.to(practice.port());
    const CommandResult refused = folder.run(send + QStringList{file});
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.errors.contains("ZIP") && refused.errors.contains("--as text"),
             refused.errors.constData());
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 0);
    QCOMPARE(folder.run(send + QStringList{u"--as"_s, u"text"_s, file}).code, 0);
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 2);
}

void TstForwarderReading::saysWhatWasBent()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString file =
        folder.write(u"in"_s, "{\"message\":\"a\",\"loss\":NaN,}\n 10%\r 20%\rdone\n"_ba);
    const QStringList send = QStringList{u"send"_s} + folder.to(practice.port()) + QStringList{file};
    const QJsonObject input = folder.run(send).json()["input"_L1].toObject();
    QCOMPARE(input["almost_json"_L1].toInteger(), 1);
    QCOMPARE(input["overwritten"_L1].toInteger(), 2);
    const CommandResult words = runForwarder(QStringList{u"--journal"_s, folder.journal()} + send);
    for (const char *part : {"NaN", "a comma at the end", "2 states of lines"})
        QVERIFY2(words.output.contains(part), words.output.constData());
}

void TstForwarderReading::followsTheSettings()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    folder.write(u"config/settings.json"_s,
                 R"({"version":1,"time_zone":"Asia/Tokyo",)"
                 R"("aliases":{"message":["body_text"],"run_id":["batch.number"]}})"_ba);
    const QString file = folder.write(
        u"in"_s, "2026-11-30 18:00:00 ERROR x\n"
                 "{\"body_text\":\"mine\",\"msg\":\"theirs\",\"batch\":{\"number\":\"b7\"}}\n"_ba);
    QCOMPARE(folder.run(QStringList{u"send"_s} + folder.to(practice.port()) + QStringList{file}).code,
             0);
    const QByteArrayList lines = folder.run({u"records"_s}).output.trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    const QJsonObject first = QJsonDocument::fromJson(lines[0]).object();
    QCOMPARE(first["timestamp"_L1].toString(), u"2026-11-30T09:00:00.000000000Z"_s);
    const QJsonObject second = QJsonDocument::fromJson(lines[1]).object();
    QCOMPARE(second["message"_L1].toString(), u"mine"_s);
    QCOMPARE(second["run_id"_L1].toString(), u"b7"_s);
    QCOMPARE(second["metadata"_L1]["msg"_L1].toString(), u"theirs"_s);
}

void TstForwarderReading::explainsWhatItReads()
{
    const ForwarderFolder folder;
    const QString file = folder.write(
        u"in"_s, "{\"lvl\":\"warn\",\"msg\":\"hot\",\"err\":{\"type\":\"E\"},\"n\":1}\n"
                 "2026-11-30 09:16:29 ERROR failed\nthird\n"_ba);
    const QStringList explain{u"explain"_s, u"--limit"_s, u"2"_s, file};
    const CommandResult words = runForwarder(explain);
    QCOMPARE(words.code, 0);
    for (const char *part : {"(from lvl)", "(from msg)", "(from err.type)", "in metadata",
                             "nothing told it", "(from the line)"})
        QVERIFY2(words.output.contains(part), words.output.constData());
    QVERIFY(!words.output.contains("third"));
    const CommandResult json = runForwarder(QStringList{u"--json"_s} + explain);
    QVERIFY2(json.output.contains("\"message\": \"msg\""), json.output.constData());
    QVERIFY(!QDir(folder.journal()).exists());
}

void TstForwarderReading::endsTheBarsAndTracebacksOfACommand()
{
    const ForwarderFolder folder;
    const QString output = folder.write(
        u"out"_s, "\x1b[31mERROR\x1b[0m: red\n 10%\r100%\nTraceback (most recent call last):\n"
                  "  File \"a.py\", line 1\nKeyError: 'rows'\nWARNING:app:slow\nplain\n"_ba);
    const CommandResult run = folder.run({u"run"_s, u"--"_s, u"sh"_s, u"-c"_s,
                                          u"cat '%1' >&2"_s.arg(output)});
    QCOMPARE(run.code, 0);
    QVERIFY(run.errors.contains("\x1b[31mERROR\x1b[0m: red\n 10%\r100%\n"));
    QStringList seen;
    for (const QByteArray &line : folder.run({u"records"_s}).output.trimmed().split('\n')) {
        const QJsonObject record = QJsonDocument::fromJson(line).object();
        if (record["mode"_L1] == u"stderr"_s)
            seen += record["level"_L1].toString() + u' ' + record["message"_L1].toString();
    }
    QCOMPARE(seen, (QStringList{u"error ERROR: red"_s, u"info 100%"_s, u"error KeyError: 'rows'"_s,
                                u"warning WARNING:app:slow"_s, u"info plain"_s}));
}

QTEST_GUILESS_MAIN(TstForwarderReading)
#include "tst_forwarderreading.moc"
