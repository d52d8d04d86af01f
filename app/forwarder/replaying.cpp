// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/replaying.h"

#include "app/forwarder/output.h"
#include "app/forwarder/progress.h"
#include "app/forwarder/targets.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>
#include <future>

namespace trace {

using namespace Qt::StringLiterals;

Expected<std::optional<Endpoint>> destinationOf(const CommandLine &line)
{
    CommandLine wanted = line;
    wanted.endpoint = line.to;
    if (line.to.empty() && !line.isAdHoc())
        return std::nullopt;
    return targetsOf(wanted, false).map([](const Targets &targets) {
        return std::optional(targets.configured.front());
    });
}

Expected<QList<Endpoint>> servedBy(const CommandLine &line,
                                   const std::optional<Endpoint> &destination)
{
    CommandLine all = line;
    all.endpoint.clear();
    all.service.clear();
    all.url.clear();
    const auto targets = targetsOf(all, true);
    if (!targets)
        return tl::make_unexpected(targets.error());
    QList<Endpoint> endpoints = targets->configured;
    if (destination) {
        const auto known =
            std::find_if(endpoints.begin(), endpoints.end(),
                         [&](const Endpoint &one) { return one.id == destination->id; });
        if (known == endpoints.end())
            endpoints.append(*destination);
        else
            *known = *destination;
    }
    return endpoints;
}

Expected<qint64> oblige(Engine &engine, FailedBatch batch, const Endpoint &endpoint)
{
    std::promise<Expected<qint64>> answer;
    engine.oblige(std::move(batch), endpoint.id,
                  [&answer](const Expected<qint64> &id) { answer.set_value(id); });
    return answer.get_future().get();
}

namespace {

QString wordsOf(const ReplayResult &result)
{
    if (result.isDelivered)
        return u"delivered"_s;
    if (result.delivered == 0)
        return u"not delivered (0 of %1 record(s)): %2"_s.arg(result.records).arg(result.problem);
    return u"%1 of %2 record(s) delivered, %3 not: %4"_s.arg(result.delivered)
        .arg(result.records)
        .arg(result.records - result.delivered)
        .arg(result.problem);
}

} // namespace

int runToTheEnd(const CommandLine &line, ReplayRun &run, qsizetype batches)
{
    QJsonArray results;
    qsizetype done = 0;
    QObject::connect(&run, &ReplayRun::batchFinished, qApp, [&](const ReplayResult &result) {
        ++done;
        if (line.json)
            results.append(QJsonObject{{u"batch"_s, result.batch},
                                       {u"delivered"_s, result.isDelivered},
                                       {u"records"_s, result.records},
                                       {u"delivered_records"_s, result.delivered},
                                       {u"problem"_s, result.problem}});
        else
            printLine(u"batch %1: "_s.arg(result.batch) + wordsOf(result));
        printProgress(progressText(done, batches, u"batches"_s));
    });
    QObject::connect(&run, &ReplayRun::finished, qApp, &QCoreApplication::quit,
                     Qt::QueuedConnection);
    run.start();
    QCoreApplication::exec();
    printProgress({});
    if (const qint64 left = run.left(); left > 0) {
        const QString why = run.why();
        printError(
            {u"gave up on %1 batch(es): no record of theirs was delivered within %2 s%3"_s.arg(left)
                 .arg(line.replayTimeout)
                 .arg(why.isEmpty() ? QString() : u" ("_s + why + u')'),
             u"They stay failed. Replay them later, or wait longer with --timeout."_s});
    }
    if (line.json)
        printJson({{u"replayed"_s, results}});
    return run.undelivered() == 0 && run.left() == 0 ? ExitDelivered : ExitFailed;
}

} // namespace trace
