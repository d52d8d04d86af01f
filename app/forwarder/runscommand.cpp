// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/output.h"
#include "core/delivery/ledger.h"
#include "core/journal/journalreader.h"
#include "core/journal/sourcecounts.h"
#include "core/record/timestamp.h"

#include <QJsonArray>

#include <map>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

using Ledgers = std::map<QString, QList<RunLedger>>; // per run

QString timeText(qint64 ns)
{
    std::string text;
    appendTimestamp(text, ns);
    return QString::fromStdString(text);
}

qint64 errorsOf(const RunRow &run)
{
    return run.counts[std::size_t(Level::Error)] + run.counts[std::size_t(Level::Critical)];
}

QJsonObject toJson(const RunRow &run, const QList<RunLedger> &ledgers)
{
    QJsonArray endpoints;
    for (const RunLedger &part : ledgers) {
        endpoints.append(QJsonObject{{u"name"_s, part.endpoint.name},
                                     {u"service"_s, part.endpoint.service},
                                     {u"url"_s, part.endpoint.url.toString()},
                                     {u"ledger"_s, toJson(part.ledger)}});
    }
    return {{u"run_id"_s, run.runId},
            {u"parent_run_id"_s, run.parentRunId},
            {u"workflow_name"_s, run.workflowName},
            {u"first_time"_s, timeText(run.firstTime)},
            {u"last_time"_s, timeText(run.lastTime)},
            {u"records"_s, run.records()},
            {u"warnings"_s, run.counts[std::size_t(Level::Warning)]},
            {u"errors"_s, errorsOf(run)},
            {u"endpoints"_s, endpoints}};
}

//! What records without a run id come from.
Expected<QList<RunRow>> readSources(JournalReader &reader)
{
    SourceCounts sources;
    while (true) {
        const auto reached = sources.readOn(reader, maxSequence);
        if (!reached)
            return tl::make_unexpected(reached.error());
        if (*reached)
            return sources.rows();
    }
}

QJsonArray toJson(const QList<RunRow> &sources)
{
    QJsonArray array;
    for (const RunRow &source : sources) {
        array.append(QJsonObject{{u"name"_s, source.workflowName},
                                 {u"first_time"_s, timeText(source.firstTime)},
                                 {u"last_time"_s, timeText(source.lastTime)},
                                 {u"records"_s, source.records()},
                                 {u"warnings"_s, source.counts[std::size_t(Level::Warning)]},
                                 {u"errors"_s, errorsOf(source)}});
    }
    return array;
}

QString toText(const RunRow &run)
{
    return u"%1  %2  %3  %4 record(s)  %5 warning(s)  %6 error(s)"_s
        .arg(run.runId.isEmpty() ? u"(no run)"_s : oneLine(run.runId), oneLine(run.workflowName),
             timeText(run.firstTime))
        .arg(run.records())
        .arg(run.counts[std::size_t(Level::Warning)])
        .arg(errorsOf(run));
}

Expected<Ledgers> readLedgers(JournalReader &reader, const std::optional<QString> &runId)
{
    return readRunLedgers(reader, runId).map([](const QList<RunLedger> &all) {
        Ledgers ledgers;
        for (const RunLedger &part : all)
            ledgers[part.runId].append(part);
        return ledgers;
    });
}

} // namespace

int runsCommand(const CommandLine &line)
{
    const auto wanted = line.run.empty() ? std::optional<QString>()
                                         : std::optional(QString::fromStdString(line.run));
    const auto reader = JournalReader::open(line.journal());
    const auto runs = reader ? (*reader)->runs() : tl::make_unexpected(reader.error());
    if (!runs) {
        printError(runs.error());
        return ExitError;
    }
    const bool showsLedgers = line.json || wanted;
    const auto ledgers = showsLedgers ? readLedgers(**reader, wanted) : Ledgers();
    if (!ledgers) {
        printError(ledgers.error());
        return ExitError;
    }
    const auto sources = wanted ? Expected<QList<RunRow>>() : readSources(**reader);
    if (!sources) {
        printError(sources.error());
        return ExitError;
    }
    QJsonArray array;
    bool isKnown = !wanted;
    for (const RunRow &run : *runs) {
        if (wanted && run.runId != *wanted)
            continue;
        isKnown = true;
        const auto found = ledgers->find(run.runId);
        const auto own = found == ledgers->end() ? QList<RunLedger>() : found->second;
        const bool hasSources = run.runId.isEmpty() && !wanted;
        if (line.json) {
            QJsonObject object = toJson(run, own);
            if (hasSources)
                object.insert(u"sources"_s, toJson(*sources));
            array.append(object);
            continue;
        }
        for (const RunRow &row : hasSources ? *sources : QList<RunRow>{run})
            printLine(toText(row));
        for (const RunLedger &part : own)
            printLine(u"  %1: %2"_s.arg(part.endpoint.name, toText(part.ledger)));
    }
    if (!isKnown) {
        printError(noSuchRun(*wanted));
        return ExitUsage;
    }
    if (line.json)
        printJson({{u"runs"_s, array}});
    return ExitDelivered;
}

} // namespace trace
