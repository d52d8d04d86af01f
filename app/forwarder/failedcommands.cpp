// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/failedselection.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "core/journal/journal.h"
#include "core/journal/journalreader.h"
#include "core/record/jsonwriter.h"

#include <QJsonArray>
#include <QJsonDocument>

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
                      .arg(batch.endpointName)
                      .arg(batch.records)
                      .arg(batch.status)
                      .arg(batch.attempts.size())
                      .arg(batch.reason,
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
        return ExitError;
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

int failedDiscardCommand(const CommandLine &line)
{
    auto journal = openJournal(line);
    const auto reader = JournalReader::open(line.journal());
    if (!journal || !reader) {
        printError(journal ? reader.error() : journal.error());
        return ExitError;
    }
    const auto batches = selectedBatches(line, **reader);
    if (!batches) {
        printError(batches.error());
        return ExitUsage;
    }
    int code = ExitDelivered;
    for (const FailedBatchRow &batch : *batches) {
        const qint64 id = batch.id;
        const auto discarded = (*journal)->discard(id);
        if (!discarded) {
            printError(discarded.error());
            code = ExitError;
        } else {
            printLine(*discarded ? u"batch %1: discarded"_s.arg(id)
                                 : u"batch %1: is being replayed or is settled already"_s.arg(id));
        }
    }
    return code;
}

} // namespace trace
