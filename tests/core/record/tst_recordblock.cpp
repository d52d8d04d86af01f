// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/recordblock.h"

#include <QRandomGenerator>
#include <QTest>

#include <libdeflate.h>

#include <limits>

using namespace trace;

namespace {

using Parts = RecordBlockReader::Parts;

constexpr qsizetype headerSize = 28;
constexpr qsizetype checkedFrom = 8;

Record fullRecord(int n)
{
    const std::string number = std::to_string(n);
    Record record;
    record.timestamp = n % 2 ? std::numeric_limits<std::int64_t>::max() - n
                             : std::numeric_limits<std::int64_t>::min() + n;
    record.level = allLevels[static_cast<std::size_t>(n) % allLevels.size()];
    record.mode = n % 3 == 0 ? Mode::None : n % 3 == 1 ? Mode::Stdout : Mode::Stderr;
    for (const auto &field : contextFields)
        record.context.*field.member = std::string(field.name) + std::to_string(n % 3);
    record.context.tags = {"a", "", std::to_string(n % 2)};
    for (const auto &field : textFields<Record>)
        record.*field.member = std::string(field.name) + number;
    record.message = std::string("m\0\n", 3) + number;
    record.metadata = "{\"n\":" + number + "}";
    record.lineno = n;
    record.process = std::numeric_limits<std::int64_t>::max();
    record.thread = n % 2 ? std::numeric_limits<std::int64_t>::min() : 0;
    record.durationMs = n / 3.0;
    record.memoryUsageMb = -0.0;
    record.cpuUsagePercent = std::numeric_limits<double>::infinity();
    return record;
}

// Some with everything, some with nothing, some with a part.
std::vector<Record> mixedRecords(int count)
{
    std::vector<Record> records;
    for (int n = 0; n < count; ++n) {
        Record record;
        if (n % 4 == 0) {
            record = fullRecord(n);
        } else if (n % 4 == 1) {
            record.message = "only this";
            record.timestamp = n;
        } else if (n % 4 == 2) {
            record.context.runId = "run " + std::to_string(n % 5);
            record.stackTrace = "at line\n  at line";
            record.durationMs = 1;
        }
        records.push_back(record);
    }
    return records;
}

RecordBlock packed(const std::vector<Record> &records)
{
    RecordBlockBuilder builder;
    for (const Record &record : records)
        builder.append(viewOf(record));
    return builder.finish();
}

QByteArray withNewChecksum(QByteArray data)
{
    const std::uint32_t sum = libdeflate_crc32(0, data.constData() + checkedFrom,
                                               static_cast<std::size_t>(data.size() - checkedFrom));
    for (int i = 0; i < 4; ++i)
        data[4 + i] = static_cast<char>(sum >> (8 * i));
    return data;
}

// Reads every byte that the views reach, for the sanitizers.
std::size_t touched(const RecordBlockReader &reader)
{
    std::size_t sum = 0;
    for (const RecordView &view : reader.records()) {
        const Record record = toRecord(view);
        sum += record.message.size() + record.metadata.size() + record.context.runId.size();
    }
    return sum;
}

} // namespace

class TestRecordBlock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void packsAndUnpacks_data();
    void packsAndUnpacks();
    void describesItsRecords();
    void aBuilderStartsAnew();
    void fieldsAloneLeaveOutText();
    void fieldsAloneSurviveADamagedText();
    void summarisesRuns();
    void contextsMayChangeInPlace();
    void viewsSurviveAMove();
    void isFullAtItsLimits();
    void takesLargeMessages();
    void cutsWhatNoBlockHolds();
    void everyChangedByteIsFound();
    void everyCutIsFound();
    void wrongBytesWithAGoodChecksumAreSafe();
    void refusesImpossibleSizes_data();
    void refusesImpossibleSizes();
    void namesANewerFormat();
};

void TestRecordBlock::packsAndUnpacks_data()
{
    QTest::addColumn<int>("count");
    QTest::newRow("none") << 0;
    QTest::newRow("one") << 1;
    QTest::newRow("many") << 2048;
}

void TestRecordBlock::packsAndUnpacks()
{
    QFETCH(int, count);
    const std::vector<Record> records = mixedRecords(count);
    const RecordBlock block = packed(records);
    QCOMPARE(block.count, static_cast<unsigned>(count));
    const auto reader = RecordBlockReader::open(block.data, 41);
    QVERIFY2(reader, reader ? "" : qPrintable(reader.error().message()));
    QCOMPARE(reader->records().size(), records.size());
    QCOMPARE(reader->rawBytes(), static_cast<std::size_t>(block.rawBytes));
    for (std::size_t i = 0; i < records.size(); ++i) {
        Record expected = records[i];
        expected.sequence = 41 + i;
        QVERIFY2(toRecord(reader->records()[i]) == expected, qPrintable(QString::number(i)));
    }
    const auto unnumbered = RecordBlockReader::open(block.data);
    for (const RecordView &view : unnumbered->records())
        QCOMPARE(view.sequence, 0U);
}

void TestRecordBlock::describesItsRecords()
{
    std::vector<Record> records(3);
    records[0].timestamp = 5;
    records[1].timestamp = -7;
    records[2].timestamp = 3;
    records[2].level = Level::Critical;
    const RecordBlock block = packed(records);
    QCOMPARE(block.minTime, -7);
    QCOMPARE(block.maxTime, 5);
    QCOMPARE(block.levelMask, 0b10010);
    const RecordBlock empty = packed({});
    QCOMPARE(empty.minTime, 0);
    QCOMPARE(empty.levelMask, 0);
    QVERIFY(empty.runs.empty());
}

void TestRecordBlock::aBuilderStartsAnew()
{
    RecordBlockBuilder builder;
    QVERIFY(builder.isEmpty());
    const std::vector<Record> first = mixedRecords(9);
    for (const Record &record : first)
        builder.append(viewOf(record));
    QCOMPARE(builder.count(), 9U);
    const RecordBlock one = builder.finish();
    QVERIFY(builder.isEmpty());
    for (const Record &record : first)
        builder.append(viewOf(record));
    const RecordBlock two = builder.finish();
    QCOMPARE(two.data, one.data);
    QCOMPARE(two.runs.size(), one.runs.size());
}

void TestRecordBlock::fieldsAloneLeaveOutText()
{
    const std::vector<Record> records = mixedRecords(50);
    const RecordBlock block = packed(records);
    const auto reader = RecordBlockReader::open(block.data, 0, Parts::Fields);
    QVERIFY(reader);
    for (std::size_t i = 0; i < records.size(); ++i) {
        Record expected = records[i];
        expected.message.clear();
        expected.exceptionMessage.clear();
        expected.stackTrace.clear();
        QVERIFY(toRecord(reader->records()[i]) == expected);
    }
    QVERIFY(reader->rawBytes() < static_cast<std::size_t>(block.rawBytes));
}

void TestRecordBlock::fieldsAloneSurviveADamagedText()
{
    QByteArray data = packed(mixedRecords(50)).data;
    data[data.size() - 10] = static_cast<char>(~data[data.size() - 10]);
    data = withNewChecksum(data);
    QVERIFY(RecordBlockReader::open(data, 0, Parts::Fields));
}

void TestRecordBlock::summarisesRuns()
{
    std::vector<Record> records(7);
    const char *const runs[] = {"b", "", "a", "b", "", "b", "a"};
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].context.runId = runs[i];
        records[i].timestamp = 100 - static_cast<int>(i);
        // Another context of the same run.
        records[i].context.stageName = "stage " + std::to_string(i);
    }
    records[3].level = Level::Error;
    records[5].timestamp = 1000;
    const RecordBlock block = packed(records);
    QCOMPARE(block.runs.size(), 3U);
    const RunSummary &b = block.runs[0];
    QVERIFY(b.context == records[0].context);
    QCOMPARE(b.first, 0U);
    QCOMPARE(b.last, 5U);
    QCOMPARE(b.minTime, 97);
    QCOMPARE(b.maxTime, 1000);
    QCOMPARE(b.counts[static_cast<std::size_t>(Level::Info)], 2U);
    QCOMPARE(b.counts[static_cast<std::size_t>(Level::Error)], 1U);
    QCOMPARE(block.runs[1].context.runId, std::string());
    QCOMPARE(block.runs[1].first, 1U);
    QCOMPARE(block.runs[1].last, 4U);
    QCOMPARE(block.runs[2].context.runId, std::string("a"));
    QCOMPARE(block.runs[2].first, 2U);
    QCOMPARE(block.runs[2].last, 6U);
}

// A reader of lines uses the memory of a context again for the next one.
void TestRecordBlock::contextsMayChangeInPlace()
{
    RecordBlockBuilder builder;
    RunContext context;
    RecordView view;
    view.context = &context;
    for (const char *run : {"a", "b", "", "a"}) {
        context.runId = run;
        builder.append(view);
    }
    const RecordBlock block = builder.finish();
    const auto reader = RecordBlockReader::open(block.data);
    QCOMPARE(contextOf(reader->records()[0]).runId, std::string("a"));
    QCOMPARE(contextOf(reader->records()[1]).runId, std::string("b"));
    QCOMPARE(contextOf(reader->records()[2]).runId, std::string());
    QCOMPARE(contextOf(reader->records()[3]).runId, std::string("a"));
    QCOMPARE(block.runs.size(), 3U);
}

void TestRecordBlock::viewsSurviveAMove()
{
    Record record; // Short enough to lie inside a std::string.
    record.message = "m";
    record.errorCode = "E1";
    record.context.runId = "r";
    std::vector<RecordBlockReader> readers;
    for (int i = 0; i < 20; ++i)
        readers.push_back(std::move(*RecordBlockReader::open(packed({record}).data)));
    RecordBlockReader last = std::move(readers.front());
    readers.front() = std::move(readers.back());
    QVERIFY(toRecord(last.records().front()) == record);
    QVERIFY(toRecord(readers.front().records().front()) == record);
}

void TestRecordBlock::isFullAtItsLimits()
{
    RecordBlockBuilder builder;
    for (std::uint32_t i = 0; i < RecordBlockBuilder::maxRecords; ++i) {
        QVERIFY(!builder.isFull());
        builder.append({});
    }
    QVERIFY(builder.isFull());
    QCOMPARE(builder.finish().count, RecordBlockBuilder::maxRecords);
    QVERIFY(!builder.isFull());
    Record record;
    record.stackTrace.assign(RecordBlockBuilder::maxBytes / 2, 's');
    builder.append(viewOf(record));
    QVERIFY(!builder.isFull());
    builder.append(viewOf(record));
    QVERIFY(builder.isFull());
}

void TestRecordBlock::takesLargeMessages()
{
    Record record;
    record.message.assign(20'000'000, 'x');
    record.metadata = "{}";
    const RecordBlock block = packed({record, record});
    const auto reader = RecordBlockReader::open(block.data);
    QVERIFY(reader);
    QVERIFY(toRecord(reader->records()[1]) == record);
}

void TestRecordBlock::cutsWhatNoBlockHolds()
{
    Record record;
    for (int i = 0; i < 9'000'000; ++i)
        record.filename += "\xC3\xA9";
    record.metadata = "{\"a\":\"" + record.filename + "\"}";
    record.message = "kept";
    const RecordBlock block = packed({record});
    const auto reader = RecordBlockReader::open(block.data);
    QVERIFY(reader);
    const RecordView &view = reader->records().front();
    QCOMPARE(view.message, std::string_view("kept"));
    QVERIFY(view.filename.ends_with("\xC3\xA9 [cut: too long for one record]"));
    QVERIFY(view.filename.size() > 16'000'000);
    QCOMPARE(view.metadata, std::string_view("{\"cut_bytes\":18000008}"));
}

void TestRecordBlock::everyChangedByteIsFound()
{
    const QByteArray data = packed(mixedRecords(40)).data;
    for (qsizetype i = 0; i < data.size(); ++i) {
        for (const int change : {0x01, 0x80, 0xFF}) {
            QByteArray wrong = data;
            wrong[i] = static_cast<char>(wrong[i] ^ change);
            const auto reader = RecordBlockReader::open(wrong);
            QVERIFY2(!reader, qPrintable(QString::number(i)));
            QVERIFY(!reader.error().text.isEmpty());
        }
    }
}

void TestRecordBlock::everyCutIsFound()
{
    const QByteArray data = packed(mixedRecords(40)).data;
    for (qsizetype size = 0; size < data.size(); ++size) {
        QVERIFY(!RecordBlockReader::open(data.first(size)));
        if (size > checkedFrom)
            QVERIFY(!RecordBlockReader::open(withNewChecksum(data.first(size))));
    }
    QVERIFY(!RecordBlockReader::open(data + 'x'));
    QVERIFY(!RecordBlockReader::open(withNewChecksum(data + 'x')));
}

void TestRecordBlock::wrongBytesWithAGoodChecksumAreSafe()
{
    const QByteArray data = packed(mixedRecords(40)).data;
    std::size_t sum = 0;
    for (qsizetype i = checkedFrom; i < data.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            QByteArray wrong = data;
            wrong[i] = static_cast<char>(wrong[i] ^ (1 << bit));
            if (const auto reader = RecordBlockReader::open(withNewChecksum(wrong)))
                sum += touched(*reader);
        }
    }
    QRandomGenerator random(3);
    for (int i = 0; i < 20'000; ++i) {
        QByteArray wrong = data;
        for (int n = random.bounded(1, 6); n > 0; --n)
            wrong[random.bounded(checkedFrom, wrong.size())] =
                static_cast<char>(random.bounded(256));
        if (const auto reader = RecordBlockReader::open(withNewChecksum(wrong)))
            sum += touched(*reader);
    }
    // Some changes hit only text: those blocks open.
    QVERIFY(sum > 0);
}

void TestRecordBlock::refusesImpossibleSizes_data()
{
    QTest::addColumn<int>("position");
    QTest::newRow("records") << 8;
    QTest::newRow("fields") << 12;
    QTest::newRow("text") << 20;
}

// Before any memory is taken for them.
void TestRecordBlock::refusesImpossibleSizes()
{
    QFETCH(int, position);
    QByteArray data = packed(mixedRecords(40)).data;
    for (const std::uint32_t size : {0x0100'0000U, 0x0FFF'FFFFU, 0xFFFF'FFFFU}) {
        for (int i = 0; i < 4; ++i)
            data[position + i] = static_cast<char>(size >> (8 * i));
        QVERIFY(!RecordBlockReader::open(withNewChecksum(data)));
    }
    QVERIFY(!RecordBlockReader::open(QByteArray(headerSize, '\xFF')));
}

void TestRecordBlock::namesANewerFormat()
{
    QByteArray data = packed(mixedRecords(4)).data;
    data[3] = 2;
    const auto reader = RecordBlockReader::open(data);
    QVERIFY(!reader);
    QVERIFY(reader.error().text.contains(QLatin1Char('2')));
    QVERIFY(!reader.error().action.isEmpty());
}

QTEST_GUILESS_MAIN(TestRecordBlock)
#include "tst_recordblock.moc"
