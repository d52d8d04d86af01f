// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/timeargument.h"
#include "core/delivery/ledger.h"
#include "core/journal/journal.h"

#include <QJsonArray>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString textOf(const PurgeReport &report, bool isTrial)
{
    QString text = u"%1 record(s)%2, %3 run(s), %4 failed batch(es)"_s.arg(report.records)
                       .arg(isTrial ? u" would be removed"_s : u" removed"_s)
                       .arg(report.runs)
                       .arg(report.failedBatches);
    for (const PurgedEndpoint &endpoint : report.endpoints) {
        text += u"\n%1: %2 that wait and %3 that failed %4 as discarded"_s.arg(endpoint.name)
                    .arg(endpoint.waiting)
                    .arg(endpoint.failed)
                    .arg(isTrial ? u"would be counted"_s : u"are counted"_s);
    }
    return text;
}

//! Neither in the blocks nor in a failed batch was anything of the run.
bool isUnknownRun(const PurgeOrder &order, const PurgeReport &report)
{
    return order.run && report.records == 0 && report.runs == 0 && report.failedBatches == 0 &&
           report.unreadable == 0;
}

int report(const CommandLine &line, const PurgeReport &report, bool isTrial)
{
    if (line.json) {
        QJsonArray endpoints;
        for (const PurgedEndpoint &endpoint : report.endpoints)
            endpoints.append(QJsonObject{{u"name"_s, endpoint.name},
                                         {u"waiting"_s, endpoint.waiting},
                                         {u"failed"_s, endpoint.failed}});
        printJson({{u"dry_run"_s, isTrial},
                   {u"records"_s, report.records},
                   {u"runs"_s, report.runs},
                   {u"failed_batches"_s, report.failedBatches},
                   {u"unreadable"_s, report.unreadable},
                   {u"discarded"_s, endpoints}});
    } else {
        printLine(textOf(report, isTrial));
    }
    if (report.unreadable == 0)
        return ExitDelivered;
    printError({u"%1 record(s) lie in damaged blocks: whether they are meant cannot be told, and "
                u"they were left"_s.arg(report.unreadable),
                u"To be rid of them too, purge by a later --before, or remove the journal."_s});
    return ExitError;
}

} // namespace

int purgeCommand(const CommandLine &line)
{
    PurgeOrder order;
    if (!line.purge.run.empty())
        order.run = line.purge.run;
    if (!line.purge.before.empty()) {
        const auto before = timeArgument(u"--before"_s, line.purge.before);
        if (!before) {
            printError(before.error());
            return ExitUsage;
        }
        order.before = *before;
    }
    if (!order.run && !order.before) {
        printError({u"purge needs to know what"_s, u"Name --run ID or --before TIME."_s});
        return ExitUsage;
    }
    const auto journal = openJournal(line);
    if (!journal) {
        printError(journal.error());
        return ExitError;
    }
    const bool asks = !line.purge.yes && !line.purge.dryRun;
    if (asks || line.purge.dryRun) {
        order.isTrial = true;
        const auto counted = (*journal)->purge(order);
        if (!counted) {
            printError(counted.error());
            return ExitError;
        }
        if (isUnknownRun(order, *counted)) {
            printError(noSuchRun(QString::fromStdString(*order.run)));
            return ExitUsage;
        }
        if (line.purge.dryRun)
            return report(line, *counted, true);
        const Answer answer =
            confirm(textOf(*counted, true) + u"\nThey cannot be brought back. Go on?"_s);
        if (answer == Answer::NobodyThere) {
            printError({u"nothing was removed: nobody is there to ask"_s, u"Say it with --yes."_s});
            return ExitUsage;
        }
        if (answer == Answer::No)
            return ExitError;
        order.isTrial = false;
    }
    const auto purged = (*journal)->purge(order);
    if (!purged) {
        printError(purged.error());
        return ExitError;
    }
    if (isUnknownRun(order, *purged)) {
        printError(noSuchRun(QString::fromStdString(*order.run)));
        return ExitUsage;
    }
    return report(line, *purged, false);
}

} // namespace trace
