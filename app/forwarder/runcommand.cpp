// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/childprocess.h"
#include "app/forwarder/commands.h"
#include "app/forwarder/drain.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/runjournals.h"
#include "app/forwarder/runrecorder.h"
#include "app/forwarder/waiting.h"
#include "core/config/endpointstore.h"
#include "core/config/redactionfile.h"
#include "core/config/settings.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QSysInfo>
#include <QUuid>

#include <atomic>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

const auto runIdVariable = "TRACE_RUN_ID";

RunContext contextOf(const CommandLine &line)
{
    RunContext context = line.context;
    if (context.runId.empty()) {
        const QString id = QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'-"_s) +
                           QUuid::createUuid().toString(QUuid::WithoutBraces).left(8);
        context.runId = id.toStdString();
    }
    if (context.parentRunId.empty())
        context.parentRunId = qEnvironmentVariable(runIdVariable).toStdString();
    if (context.workflowName.empty())
        context.workflowName = QFileInfo(line.child.command.first()).fileName().toStdString();
    context.hostname = QSysInfo::machineHostName().toStdString();
    return context;
}

Expected<QList<Endpoint>> endpointsFor(const CommandLine &line)
{
    if (line.isAdHoc())
        return line.adHoc().map([](const Endpoint &endpoint) { return QList<Endpoint>{endpoint}; });
    const auto configured = EndpointStore(line.config()).load();
    if (!configured)
        return configured;
    QList<Endpoint> endpoints;
    for (const Endpoint &endpoint : *configured) {
        const bool isMeant = line.endpoint.empty() || endpoint.name.toStdString() == line.endpoint;
        if (endpoint.enabled && isMeant)
            endpoints.append(endpoint);
    }
    if (endpoints.isEmpty() && !line.endpoint.empty()) {
        return fail(
            u"there is no enabled endpoint \"%1\""_s.arg(QString::fromStdString(line.endpoint)),
            u"List them with: trace-forwarder endpoint list"_s);
    }
    return endpoints;
}

// A full disk holds the command up for so long, once.
constexpr std::chrono::seconds patience{1};

void warn(const QString &text)
{
    printError({text, {}});
}

//! Keeps the run's records and delivers them. Its troubles are told and are never the command's.
class RunDelivery
{
public:
    RunDelivery(const CommandLine &line, const QList<Endpoint> &endpoints, const std::string &runId)
        : m_line(line)
    {
        for (const Endpoint &endpoint : endpoints)
            m_ids.append(endpoint.id);
        if (endpoints.isEmpty())
            warn(u"no endpoint is configured: the run is kept in the journal only"_s);
        auto engine = startEngine(line, endpoints);
        if (!engine) { // often: held by the console, by serve or by another run
            m_ownFolder = runJournalFor(line.journal(), runId);
            const Error first = engine.error();
            engine = startEngine(line, endpoints, m_ownFolder);
            if (!engine)
                warn(u"the run's records are not kept: %1; %2"_s.arg(first.text,
                                                                     engine.error().text));
        }
        if (engine)
            m_engine = std::move(*engine);
        if (m_engine) {
            m_engine->setPatience(patience);
            m_failedBefore = remainderOf(m_engine->status(), m_ids).failed;
        }
    }

    void append(RecordBlock block)
    {
        if (!m_engine)
            return;
        const qint64 count = block.count;
        m_engine->append(std::move(block), [this, count](const std::optional<Error> &error) {
            if (error)
                m_lost += count;
        });
    }

    //! Quits the application when it is done.
    void startDrain()
    {
        if (!m_engine) {
            QMetaObject::invokeMethod(qApp, &QCoreApplication::quit, Qt::QueuedConnection);
            return;
        }
        // In all: nothing may hold up whoever waits for the command.
        m_drain = std::make_unique<Drain>(*m_engine, m_ids,
                                          DrainBound{m_line.timeout(), m_line.timeout()});
        QObject::connect(m_drain.get(), &Drain::finished, qApp, &QCoreApplication::quit,
                         Qt::QueuedConnection);
        m_drain->start();
    }

    void stopDrain()
    {
        if (m_drain)
            m_drain->stop();
    }

    //! One line about what is not delivered.
    void conclude()
    {
        if (!m_engine)
            return;
        const Remainder left = remainderOf(m_drain->status(), m_ids);
        const bool isSure = m_drain->isSure();
        const qint64 failed = left.failed - m_failedBefore;
        m_drain.reset();
        const QString folder = m_engine->journalFolder();
        m_engine.reset();
        if (m_lost > 0)
            warn(u"%1 record(s) could not be written to the journal; their lines were printed all "
                 u"the same"_s.arg(m_lost.load()));
        if (left.open > 0)
            tellThatRecordsWait(m_line, folder, left);
        if (failed > 0)
            warn(
                u"%1 record(s) ended in failed batches: trace-forwarder --journal '%2' failed list"_s
                    .arg(failed)
                    .arg(folder));
        if (!isSure)
            warn(u"the journal in %1 cannot be read: what waits there is not known"_s.arg(folder));
        if (m_ids.isEmpty() && !m_ownFolder.isEmpty())
            warn(u"the run is kept in %1"_s.arg(folder));
        const bool isEmpty =
            isSure && left.open == 0 && failed == 0 && m_lost == 0 && !m_ids.isEmpty();
        if (!m_ownFolder.isEmpty() && isEmpty)
            QDir(m_ownFolder).removeRecursively();
    }

private:
    const CommandLine &m_line;
    QStringList m_ids;
    QString m_ownFolder; // only when it is used
    std::atomic<qint64> m_lost{0};
    qint64 m_failedBefore = 0;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<Drain> m_drain; // before the engine goes
};

} // namespace

int runCommand(const CommandLine &line)
{
    const QStringList &command = line.child.command;
    if (command.isEmpty()) {
        printError({u"run needs a command"_s,
                    u"Write it behind two dashes: trace-forwarder run -- COMMAND [ARGUMENT…]"_s});
        return ExitUsage;
    }
    const auto endpoints = endpointsFor(line);
    const auto settings = loadSettings(line.config());
    if (!endpoints || !settings) {
        printError(endpoints ? settings.error() : endpoints.error());
        return ExitUsage;
    }
    const auto redaction = loadRedaction(line.config());
    if (!redaction) {
        printError(redaction.error());
        return ExitUsage;
    }
    const RunContext context = contextOf(line);
    // First of all, so that no signal misses the command.
    ChildProcess child;
    RunDelivery delivery(line, *endpoints, context.runId);
    RunRecorder recorder(context, levelFromName(line.child.stderrLevel).value_or(Level::Info),
                         *redaction, [&](RecordBlock block) { delivery.append(std::move(block)); });
    qputenv(runIdVariable, QByteArray::fromStdString(context.runId));

    int code = 0;
    QObject::connect(&child, &ChildProcess::printed, &child,
                     [&](Mode mode, const QByteArray &bytes) {
                         recorder.take(mode, {bytes.constData(), std::size_t(bytes.size())});
                     });
    QObject::connect(&child, &ChildProcess::started, &child,
                     [&](qint64 process) { recorder.started(command.first(), process); });
    QObject::connect(&child, &ChildProcess::failedToStart, &child,
                     [&](int status, const QString &why) {
                         code = status;
                         warn(u"%1: %2"_s.arg(command.first(), why));
                         recorder.notStarted(command.first(), why);
                         delivery.startDrain();
                     });
    QObject::connect(&child, &ChildProcess::ended, &child, [&](int status, bool bySignal) {
        code = bySignal ? 128 + status : status;
        recorder.ended(status, bySignal);
        delivery.startDrain();
    });
    QObject::connect(&child, &ChildProcess::interrupted, &child, [&] { delivery.stopDrain(); });
    child.start(command);
    QCoreApplication::exec();
    delivery.conclude();
    return code;
}

} // namespace trace
