// SPDX-License-Identifier: GPL-3.0-or-later
// Lines as widely used loggers write them by default: level, time and message are what their users
// mean, and nothing is dropped.
#include "core/record/jsonrecordreader.h"
#include "core/record/jsonwriter.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr std::int64_t now = 1'795'359'845'000'000'001;

QByteArray bytesOf(std::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

class TestLoggers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTheyMean_data();
    void readsWhatTheyMean();
    void namesOfOtherThingsStay_data();
    void namesOfOtherThingsStay();
};

void TestLoggers::readsWhatTheyMean_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("record");
    QFile file(QStringLiteral(TRACE_TEST_DATA "/loggers.txt"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray name;
    QByteArray line;
    for (const QByteArray &text : file.readAll().split('\n')) {
        if (text.startsWith('#')) {
            name = text.mid(2);
            line.clear();
        } else if (line.isEmpty()) {
            line = text;
        } else {
            QTest::newRow(name.constData()) << line << text;
            line.clear();
        }
    }
}

void TestLoggers::readsWhatTheyMean()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, record);
    JsonRecordReader reader;
    for (int i = 0; i < 2; ++i) { // the record before has no say
        const RecordView read = reader.readLine({line.constData(), std::size_t(line.size())}, now);
        std::string json;
        appendJson(json, read);
        QJsonObject found = QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
        const QJsonObject expected = QJsonDocument::fromJson(record).object();
        QVERIFY(!expected.isEmpty());
        if (!expected.contains("timestamp"_L1)) {
            QCOMPARE(read.timestamp, now);
            found.remove("timestamp"_L1);
        }
        QCOMPARE(QJsonDocument(found).toJson(QJsonDocument::Compact),
                 QJsonDocument(expected).toJson(QJsonDocument::Compact));
    }
}

void TestLoggers::namesOfOtherThingsStay_data()
{
    QTest::addColumn<QByteArray>("line");
    const auto row = [](const char *what, const char *line) {
        QTest::newRow(what) << QByteArray(line);
    };
    row("a duration", R"({"time":0.35})");
    row("a day", R"({"date":"2026-11-30"})");
    row("a file of data", R"({"file":"/data/a.csv"})");
    row("an event of ECS", R"({"event":{"kind":"metric"}})");
    row("the rank of a job", R"({"priority":5})");
    row("a result", R"({"status":"error"})");
    row("an error without words", R"({"error":{"retries":3},"err":null,"exc_info":true})");
    row("a stream of data", R"({"stream":"orders"})");
    row("a number of lines", R"({"line":"twelve","pid":1.5})");
    row("levels of others", R"({"lvl":"high","severity":3,"level":{"no":10}})");
}

void TestLoggers::namesOfOtherThingsStay()
{
    QFETCH(QByteArray, line);
    JsonRecordReader reader;
    const RecordView read = reader.readLine({line.constData(), std::size_t(line.size())}, now);
    QCOMPARE(QJsonDocument::fromJson(bytesOf(read.metadata)).object(),
             QJsonDocument::fromJson(line).object());
    QCOMPARE(read.timestamp, now);
    QCOMPARE(read.level, Level::Info);
    QVERIFY(read.message.empty());
}

QTEST_GUILESS_MAIN(TestLoggers)
#include "tst_loggers.moc"
