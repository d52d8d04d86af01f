// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/receiver/recordfile.h"

#include "core/record/timestamp.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

class TestRecordFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void readsLines_data();
    void readsLines();
    void readsTheFieldsOfJson();
    void longLineStaysWhole();
    void manyRecordsComeInOrder();
    void linesWithoutATimeKeepTheirOrderByTime();
    void summaryCountsOn();
    void problemNamesTheFile_data();
    void problemNamesTheFile();

private:
    [[nodiscard]] QString write(const QByteArray &bytes) const
    {
        QFile file(m_temp->filePath(u"records.log"_s));
        if (!file.open(QFile::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("%s", qPrintable(file.errorString()));
        return file.fileName();
    }
    // What the file holds, in order.
    [[nodiscard]] Expected<std::vector<Record>> read(const QString &path)
    {
        std::vector<Record> records;
        const auto take = [&](const RecordBlock &block) {
            const auto reader = RecordBlockReader::open(block.data).value();
            for (const RecordView &record : reader.records())
                records.push_back(toRecord(record));
        };
        return readRecordFile(path, take, m_summary).map([&] { return records; });
    }

    std::unique_ptr<QTemporaryDir> m_temp;
    ReadSummary m_summary;
};

void TestRecordFile::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    QVERIFY(m_temp->isValid());
    m_summary = {};
}

void TestRecordFile::readsLines_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("messages");
    QTest::addColumn<int>("notJson");
    const QStringList both{u"one"_s, u"two"_s};
    QTest::newRow("NDJSON") << "{\"message\":\"one\"}\n{\"message\":\"two\"}\n"_ba << both << 0;
    QTest::newRow("plain lines") << "one\ntwo\n"_ba << both << 0;
    QTest::newRow("both kinds") << "one\n{\"message\":\"two\"}\n"_ba << both << 0;
    QTest::newRow("no final newline") << "one\ntwo"_ba << both << 0;
    QTest::newRow("no final newline after JSON")
        << "{\"message\":\"one\"}\n{\"message\":\"two\"}"_ba << both << 0;
    QTest::newRow("CRLF") << "one\r\n{\"message\":\"two\"}\r\n"_ba << both << 0;
    QTest::newRow("CRLF in plain lines") << "one\r\ntwo\r\n"_ba << both << 0;
    QTest::newRow("blank lines between") << "\none\n\n\r\ntwo\n\n"_ba << both << 0;
    // Only what begins like JSON counts as a problem: plain text is normal input.
    QTest::newRow("cut JSON is kept as text")
        << "{\"message\":\"on\n"_ba << QStringList{u"{\"message\":\"on"_s} << 1;
    QTest::newRow("empty file") << QByteArray() << QStringList() << 0;
    QTest::newRow("only a newline") << "\n"_ba << QStringList() << 0;
}

void TestRecordFile::readsLines()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QStringList, messages);
    QFETCH(const int, notJson);
    const auto records = read(write(bytes));
    QVERIFY2(records, records ? "" : qPrintable(records.error().message()));
    QStringList found;
    for (const Record &record : *records)
        found.append(QString::fromStdString(record.message));
    QCOMPARE(found, messages);
    QCOMPARE(m_summary.records, std::uint64_t(messages.size()));
    QCOMPARE(int(m_summary.problems.notJson), notJson);
}

void TestRecordFile::readsTheFieldsOfJson()
{
    const auto records = read(write(
        R"({"timestamp":"2026-01-02T03:04:05Z","level":"ERROR","message":"m","run_id":"r"})"_ba));
    QVERIFY(records);
    QCOMPARE(records->size(), 1U);
    QCOMPARE(records->front().level, Level::Error);
    QCOMPARE(records->front().context.runId, "r");
    QCOMPARE(records->front().timestamp, 1'767'323'045'000'000'000);
}

void TestRecordFile::longLineStaysWhole()
{
    const QByteArray line(1024 * 1024, 'x'); // Many times the size of one read.
    const auto records = read(write("before\n"_ba + line + "\nafter\n"_ba));
    QVERIFY(records);
    QCOMPARE(records->size(), 3U);
    QVERIFY((*records)[1].message == line.toStdString()); // Not printed.
    QCOMPARE((*records)[2].message, "after");
    QCOMPARE(m_summary.records, 3U);
}

void TestRecordFile::manyRecordsComeInOrder()
{
    constexpr int count = 20'000; // Several blocks and several reads.
    QByteArray bytes;
    for (int i = 0; i < count; ++i)
        bytes += "{\"message\":\"" + QByteArray::number(i) + "\",\"lineno\":1}\n";
    const auto records = read(write(bytes));
    QVERIFY(records);
    QCOMPARE(records->size(), std::size_t(count));
    for (int i = 0; i < count; ++i)
        QCOMPARE((*records)[std::size_t(i)].message, std::to_string(i));
    QCOMPARE(m_summary.records, std::uint64_t(count));
}

void TestRecordFile::linesWithoutATimeKeepTheirOrderByTime()
{
    const auto before = nowNs();
    const auto records = read(write("one\ntwo\nthree\n"_ba.repeated(20'000)));
    QVERIFY(records);
    QCOMPARE(records->size(), 60'000U);
    QVERIFY(records->front().timestamp >= before);
    for (std::size_t i = 1; i < records->size(); ++i)
        QVERIFY((*records)[i - 1].timestamp < (*records)[i].timestamp);
    QVERIFY(records->back().timestamp <= nowNs());
}

void TestRecordFile::summaryCountsOn()
{
    QVERIFY(read(write("one\ntwo\n"_ba)));
    QVERIFY(read(write("{\"message\":\"three\nfour \xff\n"_ba)));
    QVERIFY(read(write("{\"message\":\"five\n"_ba)));
    QCOMPARE(m_summary.records, 5U);
    QCOMPARE(int(m_summary.problems.notJson), 2);
    QCOMPARE(int(m_summary.problems.replacedUtf8), 1);
}

void TestRecordFile::problemNamesTheFile_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("missing file") << u"no-such-file.log"_s;
    QTest::newRow("directory") << u"."_s;
}

void TestRecordFile::problemNamesTheFile()
{
    QFETCH(const QString, name);
    const QString path = m_temp->filePath(name);
    const auto records = read(path);
    QVERIFY(!records);
    QVERIFY2(records.error().text.contains(path), qPrintable(records.error().text));
    QVERIFY(!records.error().action.isEmpty());
    QCOMPARE(m_summary.records, 0U);
}

QTEST_GUILESS_MAIN(TestRecordFile)
#include "tst_recordfile.moc"
