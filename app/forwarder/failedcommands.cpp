// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/failedselection.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "core/journal/journal.h"
#include "core/journal/journalreader.h"
#include "core/record/jsonwriter.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <numeric>

namespace trace {

using namespace Qt::StringLiterals;

int failedListCommand(const CommandLine &line)
{
    const auto reader = JournalReader::open(line.journal());
    const auto batches = reader ? (*reader)->failedBatches() : tl::make_unexpected(reader.error());
    if (!batches) {
        printError(batches.error());
        return ExitError;
    }
    if (line.json) {
        QJsonArray array;
        for (const FailedBatchRow &batch : *batches)
            array.append(toJson(batch));
        printJson({{u"failed"_s, array}});
        return ExitDelivered;
    }
    if (batches->isEmpty())
        printLine(u"no failed batches"_s);
    for (const FailedBatchRow &batch : *batches) {
        printLine(u"%1  %2  %3 record(s)  status %4  %5 attempt(s)  %6%7"_s.arg(batch.id)
                      .arg(oneLine(batch.endpointName))
                      .arg(batch.records)
                      .arg(batch.status)
                      .arg(batch.attempts.size())
                      .arg(oneLine(batch.reason),
                           batch.mayHaveArrived ? u"  (a replay may duplicate)"_s : QString()));
    }
    return ExitDelivered;
}

int failedShowCommand(const CommandLine &line)
{
    const auto reader = JournalReader::open(line.journal());
    if (!reader) {
        printError(reader.error());
        return ExitError;
    }
    const auto batch = (*reader)->failedBatch(line.ids.front());
    const auto records = (*reader)->failedRecords(line.ids.front());
    if (!batch || !records) {
        printError(batch ? records.error() : batch.error());
        const bool isUnknown = !batch && (*reader)->failedBatches(); // for the rest is readable
        return isUnknown ? ExitUsage : ExitError;
    }
    QJsonObject document = toJson(*batch);
    QJsonArray array;
    for (const Record &record : *records) {
        std::string json;
        appendJson(json, viewOf(record));
        array.append(QJsonDocument::fromJson(QByteArray::fromStdString(json)).object());
    }
    document.insert(u"answer"_s, batch->bodyExcerpt);
    document.insert(u"content"_s, array);
    printJson(document);
    return ExitDelivered;
}

namespace {

qint64 recordsOf(const QList<FailedBatchRow> &batches)
{
    return std::accumulate(
        batches.begin(), batches.end(), qint64(0),
        [](qint64 sum, const FailedBatchRow &batch) { return sum + batch.records; });
}

//! Whoever names numbers has seen what they stand for; whoever says "all" may not have.
std::optional<int> askedNot(const CommandLine &line, const QList<FailedBatchRow> &batches)
{
    if (line.yes || !line.ids.empty() || batches.isEmpty())
        return std::nullopt;
    const Answer answer =
        confirm(u"Give up %1 failed batch(es) with %2 record(s) for good?"_s.arg(batches.size())
                    .arg(recordsOf(batches)));
    if (answer == Answer::NobodyThere) {
        printError({u"nothing was discarded: nobody is there to ask"_s, u"Say it with --yes."_s});
        return ExitUsage;
    }
    return answer == Answer::Yes ? std::nullopt : std::optional<int>(ExitError);
}

//! Tells \a key with the numbers, and how many records these are.
void tellBatches(const CommandLine &line, const QString &key, const QString &words,
                 const QList<FailedBatchRow> &batches)
{
    QJsonArray ids;
    for (const FailedBatchRow &batch : batches) {
        ids.append(batch.id);
        if (!line.json)
            printLine(u"batch %1: %2"_s.arg(batch.id).arg(words));
    }
    if (line.json)
        printJson({{key, ids}, {u"records"_s, recordsOf(batches)}});
    else if (batches.isEmpty())
        printLine(u"no failed batch was discarded"_s);
}

} // namespace

int failedDiscardCommand(const CommandLine &line)
{
    const auto reader = JournalReader::open(line.journal());
    const auto batches =
        reader ? selectedBatches(line, **reader) : tl::make_unexpected(reader.error());
    if (!batches) {
        printError(batches.error());
        return reader ? ExitUsage : ExitError;
    }
    if (line.dryRun) {
        tellBatches(line, u"would_discard"_s, u"would be discarded"_s, *batches);
        return ExitDelivered;
    }
    if (const auto code = askedNot(line, *batches))
        return *code;
    auto journal = openJournal(line);
    if (!journal) {
        printError(journal.error());
        return ExitError;
    }
    int code = ExitDelivered;
    QList<FailedBatchRow> gone;
    for (const FailedBatchRow &batch : *batches) {
        const auto discarded = (*journal)->discard(batch.id);
        if (discarded && *discarded) {
            gone.append(batch);
            continue;
        }
        printError(
            discarded
                ? Error{u"batch %1: is being replayed or is settled already"_s.arg(batch.id), {}}
                : discarded.error());
        code = ExitError;
    }
    tellBatches(line, u"discarded"_s, u"discarded"_s, gone);
    return code;
}

} // namespace trace
