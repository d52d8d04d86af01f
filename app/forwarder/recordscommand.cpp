// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/output.h"
#include "app/forwarder/recordcursor.h"
#include "app/forwarder/recordfollower.h"
#include "app/forwarder/recordprinter.h"
#include "app/forwarder/timeargument.h"

#include <QCoreApplication>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

Expected<RecordOutput> outputOf(const CommandLine &line)
{
    const std::string &name = line.records.output;
    if (line.json && !name.empty() && name != "json") {
        return fail(u"--json and --output %1 contradict each other"_s.arg(
                        QString::fromStdString(name)),
                    u"Leave one of them out."_s);
    }
    if (line.json || name == "json")
        return RecordOutput::Json;
    return name == "csv" ? RecordOutput::Csv : RecordOutput::Text;
}

Expected<RecordSelection> selectionOf(const CommandLine &line)
{
    RecordSelection selection{.run = line.run};
    auto filter = Filter::parse(QString::fromStdString(line.filter));
    if (!filter)
        return fail(u"--filter: "_s + filter.error().text, filter.error().action);
    selection.filter = std::move(*filter);
    for (const auto &[option, text, bound] :
         {std::tuple{u"--since"_s, &line.since, &selection.since},
          std::tuple{u"--until"_s, &line.until, &selection.until}}) {
        if (text->empty())
            continue;
        const auto time = timeArgument(option, *text);
        if (!time)
            return tl::make_unexpected(time.error());
        *bound = *time;
    }
    return selection;
}

//! What is there; false when it was not all taken, or there was an error, which is told.
bool printKept(RecordCursor &cursor, RecordPrinter &lines)
{
    for (bool isMore = true; isMore;) {
        const auto read = cursor.readOn([&](const RecordView &record) { lines.add(record); });
        if (!read) {
            printError(read.error());
            return false;
        }
        if (!lines.print())
            return false;
        isMore = *read;
    }
    return lines.printNewest();
}

} // namespace

int recordsCommand(const CommandLine &line)
{
    const auto output = outputOf(line);
    const auto selection = selectionOf(line);
    if (!output || !selection) {
        printError(output ? selection.error() : output.error());
        return ExitUsage;
    }
    const auto cursor = RecordCursor::open(line.journal(), *selection, line.limit);
    if (!cursor) {
        printError(cursor.error());
        return ExitError;
    }
    RecordPrinter lines(*output, selection->isEverything() ? 0 : line.limit);
    if (line.records.follows) {
        RecordFollower follower(**cursor, lines);
        QObject::connect(&follower, &RecordFollower::finished, qApp, &QCoreApplication::quit,
                         Qt::QueuedConnection);
        follower.start();
        QCoreApplication::exec();
        return follower.isFailed() ? ExitError : ExitDelivered;
    }
    const bool isWhole = printKept(**cursor, lines) && (*cursor)->damagedBlocks() == 0;
    return isWhole ? ExitDelivered : ExitError;
}

} // namespace trace
