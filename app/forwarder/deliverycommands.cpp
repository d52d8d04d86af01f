// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/deliverywait.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/targets.h"
#include "core/config/redactionfile.h"
#include "core/platform/memory.h"
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

int exitCodeOf(const ForwarderStatus &status, const QStringList &ids, qint64 failedBefore)
{
    qint64 open = 0;
    qint64 failed = 0;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (!ids.contains(endpoint.id))
            continue;
        open += endpoint.ledger.waiting + endpoint.ledger.inFlight;
        failed += endpoint.ledger.failed;
    }
    if (open > 0)
        return ExitWaiting;
    return failed > failedBefore ? ExitFailed : ExitDelivered;
}

qint64 failedOf(const ForwarderStatus &status, const QStringList &ids)
{
    qint64 failed = 0;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (ids.contains(endpoint.id))
            failed += endpoint.ledger.failed;
    }
    return failed;
}

void report(const CommandLine &line, const ForwarderStatus &status, const QStringList &ids,
            const ReadSummary &input, qint64 masked, double seconds)
{
    QJsonArray endpoints;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (!ids.contains(endpoint.id))
            continue;
        endpoints.append(toJson(endpoint));
        if (line.json)
            continue;
        printLine(u"%1: %2"_s.arg(endpoint.name, toText(endpoint.ledger)));
        if (!endpoint.verifiesTls)
            printUnverified();
        if (!endpoint.problem.isEmpty())
            printLine(u"  %1: %2"_s.arg(stateName(endpoint.state),
                                        Error{endpoint.problem, endpoint.action}.message()));
    }
    const InputProblems &problems = input.problems;
    if (line.json) {
        printJson({{u"endpoints"_s, endpoints},
                   {u"input"_s, QJsonObject{{u"records"_s, qint64(input.records)},
                                            {u"not_json"_s, qint64(problems.notJson)},
                                            {u"replaced_utf8"_s, qint64(problems.replacedUtf8)},
                                            {u"wrong_type"_s, qint64(problems.wrongType)},
                                            {u"masked"_s, masked}}},
                   {u"seconds"_s, seconds},
                   {u"peak_memory_bytes"_s, peakMemoryBytes()}});
    } else if (problems != InputProblems()) {
        printLine(u"input: %1 lines were no JSON and became messages, %2 had bytes that are no UTF-8, "
                  u"%3 values of a wrong type went to metadata"_s.arg(problems.notJson)
                      .arg(problems.replacedUtf8)
                      .arg(problems.wrongType));
    }
    if (masked > 0 && !line.json)
        printLine(u"input: something was hidden in %1 records"_s.arg(masked));
}

int deliver(const CommandLine &line, const Targets &targets, const QStringList &files)
{
    QElapsedTimer clock;
    clock.start();
    const auto redaction = loadRedaction(line.config());
    if (!redaction) {
        printError(redaction.error());
        return ExitUsage;
    }
    RecordMasker masker(*redaction);
    auto engine = startEngine(line, targets.configured);
    if (!engine) {
        printError(engine.error());
        return ExitError;
    }
    const qint64 failedBefore = failedOf((*engine)->status(), targets.ids);
    const qint64 damagedBefore = damagedOf((*engine)->status(), targets.ids);
    DeliveryWait wait(**engine, targets.ids,
                      std::chrono::milliseconds(qint64(line.drainTimeout * 1000)));
    QObject::connect(&wait, &DeliveryWait::finished, qApp, &QCoreApplication::quit);

    ReadSummary summary;
    std::optional<Error> inputError;
    std::atomic<qint64> accepted{0};
    std::thread reader([&] {
        for (const QString &file : files) {
            const auto read = readRecordFile(
                file,
                [&](RecordBlock block) {
                    const qint64 count = block.count;
                    (*engine)->append(std::move(block), [&, count](const std::optional<Error> &error) {
                        if (!error)
                            accepted += count;
                    });
                },
                summary, masker);
            if (!read && !inputError)
                inputError = read.error();
        }
        (*engine)->journal().sync();
        QMetaObject::invokeMethod(&wait, [&] {
            (*engine)->flush();
            wait.inputEnded(accepted);
        });
    });
    QCoreApplication::exec();
    (*engine)->stopWaiting(); // the reader may wait for room in the journal
    reader.join();

    report(line, wait.status(), targets.ids, summary, qint64(masker.maskedRecords()),
           double(clock.elapsed()) / 1000);
    if (inputError)
        printError(*inputError);
    if (inputError || qint64(summary.records) != accepted)
        return ExitError;
    if (damagedOf(wait.status(), targets.ids) > damagedBefore)
        return ExitError; // the problem has been printed
    if (!wait.knowsAll())
        return ExitWaiting;
    return exitCodeOf(wait.status(), targets.ids, failedBefore);
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
    const auto targets = targetsOf(line, true);
    if (!targets) {
        printError(targets.error());
        return ExitUsage;
    }
    return deliver(line, *targets, {});
}

} // namespace trace
