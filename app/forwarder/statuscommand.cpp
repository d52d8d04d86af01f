// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/output.h"
#include "app/forwarder/runjournals.h"
#include "app/forwarder/waiting.h"
#include "core/delivery/ledger.h"
#include "core/journal/journalfiles.h"

#include <QJsonArray>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! The newest failed batch of an endpoint in words; empty when it has none.
QString lastFailureOf(const QList<FailedBatchRow> &batches, qint64 endpoint)
{
    QString text;
    for (const FailedBatchRow &batch : batches) {
        if (batch.endpoint == endpoint)
            text = u"batch %1: %2"_s.arg(batch.id).arg(oneLine(batch.reason));
    }
    return text;
}

Expected<QJsonArray> showJournal(const CommandLine &line, const QString &folder,
                                 const Expected<QList<Endpoint>> &configured)
{
    const auto reader = JournalReader::open(folder);
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const Error &finding : journalfiles::findings(folder))
        printError(finding);
    const auto failed = (*reader)->failedBatches();
    if (!failed)
        return tl::make_unexpected(failed.error());
    QJsonArray endpoints;
    for (const EndpointRow &row : *rows) {
        const auto ledger = readLedger(**reader, row.id);
        if (!ledger)
            return tl::make_unexpected(ledger.error());
        const EndpointStatus status = statusOf(**reader, row, *ledger, configured);
        const QString lastFailure = lastFailureOf(*failed, row.id);
        QJsonObject told = toJson(status);
        told.insert(u"last_failure"_s, lastFailure);
        for (const auto *ofHolder : {"requests", "retries"})
            told.remove(QLatin1String(ofHolder));
        endpoints.append(told);
        if (line.json || isOver(status))
            continue;
        printLine(u"%1 (%2, %3): %4: %5"_s.arg(status.name, status.service, status.url.toString(),
                                               healthText(status.health), toText(*ledger)));
        if (!status.verifiesTls)
            printUnverified();
        printTrouble(status);
        if (!lastFailure.isEmpty())
            printLine(u"  last failure: "_s + lastFailure);
    }
    if (rows->isEmpty() && !line.json)
        printLine(u"the journal in %1 knows no endpoint yet"_s.arg(folder));
    return endpoints;
}

} // namespace

int statusCommand(const CommandLine &line)
{
    // A configuration that cannot be read says nothing of the endpoints: what runs keeps the last.
    const auto configured = configuredFor(line);
    const bool isListMissing =
        !configured && configured.error().problem.kind == ProblemKind::ListMissing;
    if (!configured && !isListMissing)
        printError(configured.error());
    const auto endpoints = showJournal(line, line.journal(), configured);
    if (!endpoints) {
        printError(endpoints.error());
        return ExitError;
    }
    const bool isOneMissing =
        std::any_of(endpoints->begin(), endpoints->end(), [](const QJsonValue &endpoint) {
            return !endpoint["configured"_L1].toBool();
        });
    if (isOneMissing && isListMissing)
        printError(configured.error());
    QJsonArray runs;
    int code = ExitDelivered;
    const QStringList folders = runJournalsOf(line.journal());
    for (const QString &folder : folders) {
        if (!line.json)
            printLine(u"run journal %1; `drain` delivers what waits there"_s.arg(folder));
        const auto own = showJournal(line, folder, configured);
        if (!own) {
            printError(own.error());
            code = ExitError;
            continue;
        }
        runs.append(QJsonObject{{u"journal"_s, folder}, {u"endpoints"_s, *own}});
    }
    if (line.json)
        printJson(
            {{u"journal"_s, line.journal()}, {u"endpoints"_s, *endpoints}, {u"runs"_s, runs}});
    return code;
}

} // namespace trace
