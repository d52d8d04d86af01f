// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/failedselection.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/replaying.h"
#include "app/forwarder/timeargument.h"
#include "core/config/credentials.h"
#include "core/delivery/batchplanner.h"
#include "core/delivery/ledger.h"
#include "core/delivery/obligations.h"
#include "core/record/timestamp.h"

#include <QJsonArray>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! What a replay would send now and what the service would not take.
Expected<void> foretell(const CommandLine &line, FailedBatch failed, const Endpoint &endpoint,
                        QJsonArray &plans)
{
    const auto service = resolveService(endpoint);
    if (!service)
        return tl::make_unexpected(service.error());
    const qint64 id = failed.row.id;
    const qint64 records = failed.row.records;
    auto batch = BatchPlanner::unpack(std::move(failed));
    if (!batch)
        return tl::make_unexpected(batch.error());
    BatchPlanner::pack(**batch, {.service = *service, .now = nowNs()});
    qint64 bytes = 0;
    for (const Share &share : (*batch)->shares)
        bytes += share.request.body.size();
    QJsonArray refused;
    for (const Unfit &unfit : (*batch)->unfit) {
        if (refused.isEmpty() || refused.last()[u"reason"_s].toString() != unfit.reason)
            refused.append(QJsonObject{{u"reason"_s, unfit.reason}, {u"records"_s, 0}});
        QJsonObject last = refused.last().toObject();
        last[u"records"_s] = last[u"records"_s].toInteger() + 1;
        refused.replace(refused.size() - 1, last);
    }
    plans.append(QJsonObject{{u"batch"_s, id},
                             {u"endpoint"_s, endpoint.name},
                             {u"records"_s, records},
                             {u"requests"_s, qint64((*batch)->shares.size())},
                             {u"bytes"_s, bytes},
                             {u"refused"_s, refused}});
    if (line.json)
        return {};
    printLine(u"%1: %2 record(s) to %3 in %4 request(s), %5 bytes"_s
                  .arg(id != 0 ? u"batch %1"_s.arg(id) : u"history"_s)
                  .arg(records)
                  .arg(endpoint.name)
                  .arg((*batch)->shares.size())
                  .arg(bytes));
    for (const QJsonValue &reason : std::as_const(refused))
        printLine(u"  would not be taken: %1 record(s) %2"_s.arg(reason[u"records"_s].toInteger())
                      .arg(reason[u"reason"_s].toString()));
    return {};
}

int giveUp(const Error &error, int code = ExitError)
{
    printError(error);
    return code;
}

//! Whether the batch is for this very endpoint, perhaps named anew with --service and --url.
bool isFor(const Endpoint &endpoint, const FailedBatchRow &batch, const QList<EndpointRow> &rows)
{
    return std::any_of(rows.begin(), rows.end(), [&](const EndpointRow &row) {
        return row.id == batch.endpoint && row.identity == endpoint.id;
    });
}

const Endpoint *ownerOf(const FailedBatchRow &batch, const QList<EndpointRow> &rows,
                        const QList<Endpoint> &endpoints)
{
    for (const EndpointRow &row : rows) {
        if (row.id != batch.endpoint)
            continue;
        const auto found =
            std::find_if(endpoints.begin(), endpoints.end(),
                         [&](const Endpoint &one) { return one.id == row.identity; });
        return found == endpoints.end() ? nullptr : &*found;
    }
    return nullptr;
}

int foretellAll(const CommandLine &line, JournalReader &reader,
                const QList<FailedBatchRow> &batches, const QList<Endpoint> &endpoints,
                const std::optional<Endpoint> &destination)
{
    const auto rows = reader.endpoints();
    if (!rows)
        return giveUp(rows.error());
    QJsonArray plans;
    for (const FailedBatchRow &row : batches) {
        const Endpoint *endpoint = destination ? &*destination : ownerOf(row, *rows, endpoints);
        if (!endpoint)
            return giveUp({u"batch %1: %2 is not configured"_s.arg(row.id).arg(row.endpointName),
                           u"Name another endpoint with --to."_s});
        auto failed = reader.failedBatchWithData(row.id);
        if (!failed)
            return giveUp(failed.error());
        if (const auto told = foretell(line, std::move(*failed), *endpoint, plans); !told)
            return giveUp(told.error());
    }
    if (line.json)
        printJson({{u"would_replay"_s, plans}});
    return ExitDelivered;
}

} // namespace

int failedReplayCommand(const CommandLine &line)
{
    const auto destination = destinationOf(line);
    if (!destination)
        return giveUp(destination.error(), ExitUsage);
    const auto endpoints = servedBy(line, *destination);
    if (!endpoints)
        return giveUp(endpoints.error(), ExitUsage);
    const auto reader = JournalReader::open(line.journal());
    if (!reader)
        return giveUp(reader.error());
    const auto batches = selectedBatches(line, **reader);
    if (!batches)
        return giveUp(batches.error(), ExitUsage);
    const auto rows = (*reader)->endpoints();
    if (!rows)
        return giveUp(rows.error());
    if (line.dryRun)
        return foretellAll(line, **reader, *batches, *endpoints, *destination);

    auto engine = startEngine(line, *endpoints);
    if (!engine)
        return giveUp(engine.error());
    ReplayRun run(**engine, line.rate, line.replayPatience());
    for (const FailedBatchRow &row : *batches) {
        if (!*destination || isFor(**destination, row, *rows)) {
            run.add(row.id, row.records);
            continue;
        }
        // The original stays where it is: what another endpoint got is no matter of this one.
        auto copy = (*reader)->failedBatchWithData(row.id);
        if (!copy)
            return giveUp(copy.error());
        copy->row = {.records = row.records,
                     .firstSequence = row.firstSequence,
                     .lastSequence = row.lastSequence,
                     .originBatch = row.id};
        copy->row.origin = u"replay of batch %1 of %2"_s.arg(row.id).arg(row.endpointName);
        copy->row.reason = copy->row.origin;
        copy->row.created = QDateTime::currentDateTimeUtc();
        const auto id = oblige(**engine, std::move(*copy), **destination);
        if (!id)
            return giveUp(id.error());
        run.add(*id, row.records);
    }
    if (batches->isEmpty() && !line.json)
        printLine(u"nothing to replay"_s);
    return runToTheEnd(line, run, batches->size());
}

namespace {

//! Which part of the journal is meant, and that in words.
struct NamedHistory
{
    HistoryQuery query{};
    QString words{};
};

Expected<NamedHistory> namedHistory(const CommandLine &line)
{
    NamedHistory named;
    QStringList words;
    if (!line.run.empty()) {
        named.query.runId = QString::fromStdString(line.run);
        words.append(u"of run %1"_s.arg(*named.query.runId));
    }
    for (const auto &[text, bound, word] :
         {std::tuple{&line.since, &named.query.since, u"since"_s},
          std::tuple{&line.until, &named.query.until, u"until"_s}}) {
        if (text->empty())
            continue;
        const auto time = timeArgument(u"--"_s + word, *text);
        if (!time)
            return tl::make_unexpected(time.error());
        *bound = *time;
        words.append(word + u' ' + QString::fromStdString(*text));
    }
    if (words.isEmpty())
        return fail(u"nothing is named"_s, u"Give --run, --since or --until."_s);
    named.words = words.join(u", "_s);
    return named;
}

Expected<std::optional<Endpoint>> requiredDestinationOf(const CommandLine &line)
{
    auto destination = destinationOf(line);
    if (destination && !*destination)
        return fail(u"no endpoint is named"_s, u"Give --to NAME, or --service and --url."_s);
    return destination;
}

//! The exit code when the run that is named is not there.
std::optional<int> refuseUnknownRun(JournalReader &reader, const HistoryQuery &query)
{
    if (!query.runId)
        return {};
    const auto run = reader.run(*query.runId);
    if (!run)
        return giveUp(run.error());
    return *run ? std::nullopt : std::optional(giveUp(noSuchRun(*query.runId), ExitUsage));
}

} // namespace

int replayCommand(const CommandLine &line)
{
    const auto destination = requiredDestinationOf(line);
    if (!destination)
        return giveUp(destination.error(), ExitUsage);
    const auto named = namedHistory(line);
    if (!named)
        return giveUp(named.error(), ExitUsage);
    const auto reader = JournalReader::open(line.journal());
    const auto endpoints = servedBy(line, *destination);
    if (!reader)
        return giveUp(reader.error());
    if (!endpoints)
        return giveUp(endpoints.error(), ExitUsage);

    // Before the engine: it would take note of an endpoint that gets nothing.
    if (const auto code = refuseUnknownRun(**reader, named->query))
        return *code;

    auto started =
        line.dryRun ? Expected<std::unique_ptr<Engine>>(nullptr) : startEngine(line, *endpoints);
    if (!started)
        return giveUp(started.error());
    const std::unique_ptr<Engine> engine = std::move(*started);
    const auto run =
        engine ? std::make_unique<ReplayRun>(*engine, line.rate, line.replayPatience()) : nullptr;
    std::optional<Error> problem;
    QJsonArray plans;
    qsizetype count = 0;
    ObligationBuilder builder(
        u"replay from the journal "_s + named->words, 0, [&](FailedBatch batch) {
            const qint64 records = batch.row.records;
            if (problem)
                return;
            ++count;
            if (!run) {
                if (const auto told = foretell(line, std::move(batch), **destination, plans); !told)
                    problem = told.error();
                return;
            }
            const auto id = oblige(*engine, std::move(batch), **destination);
            if (id)
                run->add(*id, records);
            else
                problem = id.error();
        });
    HistoryGaps gaps;
    const auto read = forEachInHistory(
        **reader, named->query, [&](const RecordView &record) { builder.append(record); }, gaps);
    builder.finish();
    if (!read)
        return giveUp(read.error());
    if (problem)
        return giveUp(*problem);
    if (gaps.damaged > 0)
        printError({u"%1 records are in damaged blocks and are left out"_s.arg(gaps.damaged), {}});
    if (gaps.removed > 0)
        printError({u"%1 records were removed when the journal was full and are left out"_s.arg(
                        gaps.removed),
                    {}});
    if (!run) {
        if (line.json)
            printJson({{u"would_replay"_s, plans}});
        return ExitDelivered;
    }
    const int code = runToTheEnd(line, *run, count);
    return gaps.damaged > 0 ? int(ExitError) : code;
}

} // namespace trace
