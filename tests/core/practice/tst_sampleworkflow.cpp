// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/practice/sampleworkflow.h"

#include <QJsonDocument>
#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace trace;

class TstSampleWorkflow final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void recordsAreInTimeOrderWithinTheMinute();
    void showsEveryLevelAndOneRejectedRecord();
    void hasSixRunsWithTheirParents();
    void hasAnExceptionWithItsStackTrace();
    void metadataIsJson();
    void differsOnlyInTimesAndRunIds();
};

namespace {

constexpr std::int64_t start = 1'700'000'000'000'000'000;

bool contains(const std::string &text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

void TstSampleWorkflow::recordsAreInTimeOrderWithinTheMinute()
{
    const std::vector<Record> records = sampleWorkflow(start);
    QVERIFY2(records.size() >= 150 && records.size() <= 250,
             qPrintable(QString::number(records.size())));
    QVERIFY(records.front().timestamp >= start - 60'000'000'000);
    QVERIFY(records.back().timestamp <= start);
    QVERIFY(std::is_sorted(records.begin(), records.end(), [](const Record &a, const Record &b) {
        return a.timestamp < b.timestamp;
    }));
}

void TstSampleWorkflow::showsEveryLevelAndOneRejectedRecord()
{
    std::set<Level> levels;
    int rejected = 0;
    bool hasEmoji = false;
    for (const Record &record : sampleWorkflow(start)) {
        levels.insert(record.level);
        rejected += contains(record.message, sampleRejectedText) ? 1 : 0;
        hasEmoji = hasEmoji || contains(record.message, "🚀");
        QVERIFY(!record.message.empty());
    }
    QCOMPARE(levels.size(), allLevels.size());
    QCOMPARE(rejected, 1);
    QVERIFY(hasEmoji);
}

void TstSampleWorkflow::hasSixRunsWithTheirParents()
{
    std::map<std::string, std::string> parents;
    std::set<std::string> workflows;
    for (const Record &record : sampleWorkflow(start)) {
        const RunContext &context = record.context;
        parents.emplace(context.runId, context.parentRunId);
        QCOMPARE(parents[context.runId], context.parentRunId);
        workflows.insert(context.workflowName);
        QVERIFY(!context.stageName.empty() && !context.jobName.empty());
        QVERIFY(!context.hostname.empty() && !context.environment.empty() && !context.tags.empty());
    }
    QCOMPARE(parents.size(), 6U);
    QCOMPARE(workflows.size(), 3U);
    int children = 0;
    for (const auto &[run, parent] : parents) {
        if (parent.empty())
            continue;
        ++children;
        QVERIFY2(parents.contains(parent), parent.c_str());
    }
    QVERIFY(children >= 3);
}

void TstSampleWorkflow::hasAnExceptionWithItsStackTrace()
{
    const std::vector<Record> records = sampleWorkflow(start);
    const auto failed = std::find_if(records.begin(), records.end(),
                                     [](const Record &r) { return !r.exceptionType.empty(); });
    QVERIFY(failed != records.end());
    QCOMPARE(failed->level, Level::Error);
    QVERIFY(contains(failed->stackTrace, "Traceback"));
    QVERIFY(contains(failed->stackTrace, failed->exceptionMessage));
}

void TstSampleWorkflow::metadataIsJson()
{
    int withMetadata = 0;
    for (const Record &record : sampleWorkflow(start)) {
        if (record.metadata.empty())
            continue;
        ++withMetadata;
        const QByteArray text = QByteArray::fromStdString(record.metadata);
        const QJsonDocument document = QJsonDocument::fromJson(text);
        QVERIFY2(document.isObject(), record.metadata.c_str());
    }
    QVERIFY(withMetadata > 50);
}

void TstSampleWorkflow::differsOnlyInTimesAndRunIds()
{
    const std::vector<Record> first = sampleWorkflow(start);
    const std::vector<Record> second = sampleWorkflow(start + 1000);
    QCOMPARE(second.size(), first.size());
    QVERIFY(second.front().context.runId != first.front().context.runId);
    for (std::size_t i = 0; i < first.size(); ++i) {
        QCOMPARE(second[i].timestamp, first[i].timestamp + 1000);
        QCOMPARE(second[i].message, first[i].message);
        QCOMPARE(second[i].metadata, first[i].metadata);
    }
}

QTEST_GUILESS_MAIN(TstSampleWorkflow)
#include "tst_sampleworkflow.moc"
