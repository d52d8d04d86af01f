// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/contextfiller.h"
#include "app/forwarder/deliverywait.h"
#include "app/forwarder/drain.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/progress.h"
#include "app/forwarder/runjournals.h"
#include "app/forwarder/targets.h"
#include "app/forwarder/unknownpair.h"
#include "app/forwarder/waiting.h"
#include "core/config/redactionfile.h"
#include "core/platform/memory.h"
#include "core/receiver/inputwords.h"
#include "core/receiver/recordfile.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QJsonArray>

#include <atomic>
#include <thread>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! What of the endpoints' records is lost for good, by no wish of the operator.
qint64 damagedOf(const ForwarderStatus &status, const QStringList &ids)
{
    qint64 damaged = 0;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (ids.contains(endpoint.id))
            damaged += endpoint.ledger.discardedDamaged;
    }
    return damaged;
}

//! What came of a delivery, for the report.
struct Delivery
{
    QList<EndpointStatus>
        endpoints{}; //!< Those that were meant, and those that could not be served.
    ReadSummary input{};
    qint64 masked = 0;
    double seconds = 0;
    QJsonArray runs{}; //!< The journals of single runs.
};

void report(const CommandLine &line, const Delivery &delivery)
{
    const QJsonArray endpoints = tell(line, delivery.endpoints);
    if (!line.json && endpoints.isEmpty())
        printLine(u"nothing waits in the journal in %1"_s.arg(line.journal()));
    const qint64 masked = delivery.masked;
    const InputProblems &problems = delivery.input.problems;
    if (line.json) {
        printJson({{u"endpoints"_s, endpoints},
                   {u"runs"_s, delivery.runs},
                   {u"input"_s, QJsonObject{{u"records"_s, qint64(delivery.input.records)},
                                            {u"not_json"_s, qint64(problems.notJson)},
                                            {u"replaced_utf8"_s, qint64(problems.replacedUtf8)},
                                            {u"wrong_type"_s, qint64(problems.wrongType)},
                                            {u"almost_json"_s, qint64(problems.almostJson)},
                                            {u"empty"_s, qint64(problems.empty)},
                                            {u"overwritten"_s, qint64(problems.overwritten)},
                                            {u"masked"_s, masked}}},
                   {u"seconds"_s, delivery.seconds},
                   {u"peak_memory_bytes"_s, peakMemoryBytes()}});
    } else if (problems != InputProblems()) {
        printLine(u"input: %1"_s.arg(inputWords(problems)));
    }
    if (masked > 0 && !line.json)
        printLine(u"input: something was hidden in %1 records"_s.arg(masked));
}

//! Those that were meant, then those for which records wait and that could not be served.
Expected<QList<EndpointStatus>> reported(const CommandLine &line, const ForwarderStatus &status,
                                         const Targets &targets, bool withStranded)
{
    QList<EndpointStatus> endpoints;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (targets.ids.contains(endpoint.id))
            endpoints.append(endpoint);
    }
    if (!withStranded)
        return endpoints;
    return strandedIn(line, targets.ids).map([&](const QList<EndpointStatus> &stranded) {
        return endpoints + stranded;
    });
}

//! What came in.
struct Intake
{
    ReadSummary summary{};
    std::optional<Error> problem{}; //!< The first one.
    std::atomic<qint64> accepted{0};

    //! Blocks until all files are read and what they hold is in the journal or refused.
    void read(Engine &engine, const QStringList &files, RecordMasker &masker,
              ContextFiller &filler, FileKind kind)
    {
        const auto append = [&](RecordBlock block) {
            const qint64 count = block.count;
            engine.append(std::move(block), [this, count](const std::optional<Error> &error) {
                if (!error)
                    accepted += count;
            });
        };
        for (const QString &file : files) {
            const auto done = readRecordFile(
                file, [&](RecordBlock block) { filler.fill(std::move(block), append); }, summary,
                masker, kind);
            if (!done && !problem)
                problem = done.error();
        }
        engine.journal().sync();
    }
};

//! Without \a files it is a drain.
int deliver(const CommandLine &line, const Targets &targets, const QStringList &files,
            const QJsonArray &runs = {})
{
    Delivery delivery{.runs = runs};
    QElapsedTimer clock;
    clock.start();
    const auto redaction = loadRedaction(line.config());
    if (!redaction) {
        printError(redaction.error());
        return ExitUsage;
    }
    RecordMasker masker(*redaction);
    ContextFiller filler(line.context, *redaction);
    auto engine = startEngine(line, targets.configured);
    if (!engine) {
        printError(engine.error());
        return ExitError;
    }
    const qint64 failedBefore = remainderOf((*engine)->status(), targets.ids).failed;
    const qint64 damagedBefore = damagedOf((*engine)->status(), targets.ids);
    DeliveryWait wait(**engine, targets.ids, line.timeout());
    QObject::connect(&wait, &DeliveryWait::finished, qApp, &QCoreApplication::quit);

    std::optional<Progress> progress(std::in_place, **engine, targets.ids);
    Intake intake;
    std::thread reader([&] {
        intake.read(**engine, files, masker, filler, line.fileKind);
        QMetaObject::invokeMethod(&wait, [&] {
            (*engine)->flush();
            wait.inputEnded(intake.accepted);
        });
    });
    QCoreApplication::exec();
    progress.reset();
    (*engine)->stopWaiting(); // the reader may wait for room in the journal
    reader.join();

    const auto endpoints = reported(line, wait.status(), targets, files.isEmpty());
    delivery.endpoints = endpoints.value_or(QList<EndpointStatus>());
    delivery.input = intake.summary;
    delivery.masked = qint64(masker.maskedRecords());
    delivery.seconds = double(clock.elapsed()) / 1000;
    report(line, delivery);
    for (const auto &problem :
         {intake.problem, endpoints ? std::nullopt : std::optional(endpoints.error())}) {
        if (problem)
            printError(*problem);
    }
    Remainder left = remainderOf(wait.status(), targets.ids);
    if (left.isHeld)
        left.why.clear(); // told already
    if (left.open > 0)
        tellThatRecordsWait(line, line.journal(), left);
    if (intake.problem || !endpoints || qint64(intake.summary.records) != intake.accepted)
        return ExitError;
    if (damagedOf(wait.status(), targets.ids) > damagedBefore)
        return ExitError; // the problem has been printed
    const bool isAnyStranded = endpoints->size() > targets.ids.size();
    if (!wait.knowsAll() || left.open > 0 || isAnyStranded)
        return ExitWaiting;
    return left.failed > failedBefore ? ExitFailed : ExitDelivered;
}

} // namespace

int sendCommand(const CommandLine &line)
{
    const auto targets = targetsOf(line, false);
    if (!targets) {
        printError(targets.error());
        return ExitUsage;
    }
    QStringList files;
    for (const std::string &file : line.files)
        files.append(QString::fromStdString(file));
    if (files.isEmpty())
        files.append(u"-"_s);
    return deliver(line, *targets, files);
}

int drainCommand(const CommandLine &line)
{
    if (const auto code = refuseUnknownPair(line))
        return *code;
    const auto targets = drainTargetsOf(line);
    if (!targets) {
        printError(targets.error());
        return ExitUsage;
    }
    // First, so that --json has one document: they are older than what waits beside them.
    QJsonArray runs;
    const int code = drainRunJournals(line, runs);
    return worse(code, deliver(line, *targets, {}, runs));
}

} // namespace trace
