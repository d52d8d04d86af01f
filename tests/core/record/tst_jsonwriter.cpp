// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/jsonwriter.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <charconv>
#include <cmath>
#include <limits>

using namespace trace;

class TestJsonWriter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void escapesStrings_data();
    void escapesStrings();
    void everyControlCharacterReadsBack();
    void numbersReadBack_data();
    void numbersReadBack();
    void leavesOutWhatIsNotSet();
    void writesAllFields();
    void leavesOutWhatJsonCannotHold();
};

void TestJsonWriter::escapesStrings_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("empty") << QByteArray("") << QByteArray("\"\"");
    QTest::newRow("plain") << QByteArray("all well") << QByteArray("\"all well\"");
    QTest::newRow("quote and backslash") << QByteArray("\"C:\\x\"") << QByteArray(R"("\"C:\\x\"")");
    QTest::newRow("short escapes") << QByteArray("\b\f\n\r\t") << QByteArray(R"("\b\f\n\r\t")");
    QTest::newRow("numbered escapes")
        << QByteArray("\0\x1b[0m\x1f", 6) << QByteArray(R"("\u0000\u001b[0m\u001f")");
    QTest::newRow("not ASCII") << QByteArray("\xE2\x82\xAC") << QByteArray("\"\xE2\x82\xAC\"");
}

void TestJsonWriter::escapesStrings()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, json);
    std::string out = "x";
    appendJsonString(out, text.toStdString());
    QCOMPARE(QByteArray::fromStdString(out), "x" + json);
}

void TestJsonWriter::everyControlCharacterReadsBack()
{
    std::string text;
    for (int c = 0; c < 128; ++c)
        text.push_back(static_cast<char>(c));
    std::string out = "[";
    appendJsonString(out, text);
    out += "]";
    const auto read = QJsonDocument::fromJson(QByteArray::fromStdString(out));
    QCOMPARE(read[0].toString().toStdString(), text);
}

void TestJsonWriter::numbersReadBack_data()
{
    QTest::addColumn<double>("number");
    using Limits = std::numeric_limits<double>;
    for (const double number : {0.0, -0.0, 1.0, -17.0, 0.1, 1.0 / 3, 1e21, 1e-7, 123456789.125,
                                Limits::max(), Limits::min(), Limits::denorm_min()})
        QTest::addRow("%.17g", number) << number;
}

void TestJsonWriter::numbersReadBack()
{
    QFETCH(double, number);
    std::string out;
    appendJsonNumber(out, number);
    const auto read = QJsonDocument::fromJson(QByteArray::fromStdString("[" + out + "]"));
    QVERIFY2(read.isArray(), out.c_str());
    double back = 0;
    std::from_chars(out.data(), out.data() + out.size(), back);
    QCOMPARE(std::signbit(back), std::signbit(number));
    QVERIFY(back == number);
}

void TestJsonWriter::leavesOutWhatIsNotSet()
{
    std::string out;
    appendJson(out, RecordView());
    QCOMPARE(out, R"({"timestamp":"1970-01-01T00:00:00.000000000Z","level":"info","message":""})");
}

void TestJsonWriter::writesAllFields()
{
    Record record;
    record.timestamp = 1'795'359'845'123'456'789;
    record.level = Level::Error;
    record.mode = Mode::Stderr;
    record.message = "one\ntwo";
    for (const auto &field : contextFields)
        record.context.*field.member = std::string(field.name) + "\"";
    record.context.tags = {"a", "b\\"};
    for (const auto &field : textFields<Record>)
        record.*field.member = std::string(field.name) + " \xC3\xA9";
    record.lineno = 0;
    record.process = std::numeric_limits<std::int64_t>::max();
    record.thread = std::numeric_limits<std::int64_t>::min();
    record.durationMs = 1.5;
    record.memoryUsageMb = 0;
    record.cpuUsagePercent = -1e-9;
    record.metadata = R"({"k":[1,{"x":null}]})";

    std::string out;
    appendJson(out, viewOf(record));
    QVERIFY(out.find('\n') == std::string::npos);
    QVERIFY(out.find("\"process\":9223372036854775807") != std::string::npos);
    const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(out)).object();
    QCOMPARE(json.size(), 3 + contextFields.size() + 1 + 1 + textFields<Record>.size() + 6 + 1);
    for (const auto &field : contextFields)
        QCOMPARE(json[QLatin1String(field.name.data())].toString().toStdString(),
                 record.context.*field.member);
    for (const auto &field : textFields<Record>)
        QCOMPARE(json[QLatin1String(field.name.data())].toString().toStdString(),
                 record.*field.member);
    QCOMPARE(json[QLatin1String("mode")].toString(), QLatin1String("stderr"));
    QCOMPARE(json[QLatin1String("lineno")].toInt(-1), 0);
    QCOMPARE(json[QLatin1String("cpu_usage_percent")].toDouble(), -1e-9);
    QCOMPARE(json[QLatin1String("metadata")][QLatin1String("k")][0].toInt(), 1);
}

void TestJsonWriter::leavesOutWhatJsonCannotHold()
{
    Record record;
    record.durationMs = std::nan("");
    record.memoryUsageMb = HUGE_VAL;
    record.cpuUsagePercent = 3;
    std::string out;
    appendJson(out, viewOf(record));
    const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(out)).object();
    QCOMPARE(json.size(), 4);
    QCOMPARE(json[QLatin1String("cpu_usage_percent")].toInt(), 3);
}

QTEST_GUILESS_MAIN(TestJsonWriter)
#include "tst_jsonwriter.moc"
