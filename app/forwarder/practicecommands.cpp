// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/output.h"

#include "app/demo/demosession.h"
#include "core/config/endpointstore.h"
#include "core/delivery/engine.h"
#include "core/practice/practiceendpoint.h"

#include <QCoreApplication>
#include <QTemporaryDir>

namespace trace {

using namespace Qt::StringLiterals;

int practiceCommand(const CommandLine &line)
{
    const auto faults = FaultScript::parse(QString::fromStdString(line.faults));
    if (!faults) {
        printError(faults.error());
        return ExitUsage;
    }
    PracticeOptions options;
    options.port = quint16(line.port);
    options.faults = *faults;
    options.latency = std::chrono::milliseconds(line.latencyMs);
    options.seed = line.seed;
    options.bytesPerSecond = qint64(line.rate);
    options.discards = line.discards;
    PracticeEndpoint endpoint(options);
    if (auto listening = endpoint.listen(); !listening) {
        printError(listening.error());
        return ExitError;
    }
    printLine(u"practice endpoint at http://127.0.0.1:%1"_s.arg(endpoint.port()));
    for (const QString &service : serviceNames())
        printLine(u"  %1: %2"_s.arg(service, endpoint.url(service).toString()));
    if (line.print) {
        QObject::connect(&endpoint, &PracticeEndpoint::requestHandled, &endpoint,
                         [](const QString &path, qint64 records, int status) {
                             printLine(u"%1  %2 record(s)  %3"_s.arg(path).arg(records).arg(
                                 status == 0 ? u"no answer"_s : QString::number(status)));
                         });
    }
    return QCoreApplication::exec();
}

int demoCommand(const CommandLine &line)
{
    QTemporaryDir temporary;
    const QString folder = line.journalFolder.empty() ? temporary.path() + u"/journal"_s : line.journal();
    auto engine = Engine::start(folder, {}, printError);
    if (!engine) {
        printError(engine.error());
        return ExitError;
    }
    DemoSession demo(**engine);
    QHash<QString, SenderState> states;
    QObject::connect(engine->get(), &Engine::statusChanged, qApp, [&](const ForwarderStatus &status) {
        for (const EndpointStatus &endpoint : status.endpoints) {
            if (states.value(endpoint.id, SenderState::Idle) == endpoint.state)
                continue;
            states.insert(endpoint.id, endpoint.state);
            if (!line.json && !endpoint.problem.isEmpty())
                printLine(u"%1 is %2: %3"_s.arg(endpoint.name, stateName(endpoint.state),
                                                endpoint.problem));
        }
    });
    QObject::connect(&demo, &DemoSession::finished, qApp, &QCoreApplication::quit);
    if (auto started = demo.start(); !started) {
        printError(started.error());
        return ExitError;
    }
    if (!line.json)
        printLine(u"a sample workflow runs; one of two practice endpoints is down for a moment"_s);
    QCoreApplication::exec();

    CommandLine told = line;
    told.journalFolder = folder.toStdString();
    // Its endpoints are in nobody's configuration.
    told.configFolder = (temporary.path() + u"/config"_s).toStdString();
    if (const auto saved = EndpointStore(told.config()).save(demo.endpoints()); !saved)
        printError(saved.error());
    if (!line.json) {
        printLine(u"\nruns:"_s);
        runsCommand(told);
        printLine(u"\nfailed batches:"_s);
        failedListCommand(told);
        printLine(u"\nledger:"_s);
    }
    statusCommand(told);
    bool isBalanced = true;
    for (const EndpointStatus &endpoint : (*engine)->status().endpoints)
        isBalanced = isBalanced && endpoint.ledger.isBalanced();
    return isBalanced ? ExitDelivered : ExitError;
}

} // namespace trace
