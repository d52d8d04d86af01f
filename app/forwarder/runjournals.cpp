// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/runjournals.h"

#include "app/forwarder/drain.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/progress.h"
#include "app/forwarder/targets.h"
#include "app/forwarder/waiting.h"
#include "core/delivery/ledger.h"
#include "core/journal/journal.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! What the journal's endpoints have in all.
Expected<Ledger> sumOf(const QString &folder)
{
    Ledger sum;
    const auto reader = JournalReader::open(folder);
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const EndpointRow &row : *rows) {
        const auto ledger = readLedger(**reader, row.id);
        if (!ledger)
            return ledger;
        sum.accepted += ledger->accepted;
        sum.delivered += ledger->delivered;
        sum.waiting += ledger->waiting;
        sum.failed += ledger->failed;
    }
    return sum;
}

struct RunDrain
{
    int code = ExitDelivered;
    bool isHeldByOther = false;
    QJsonArray endpoints{};
};

RunDrain drainOne(const CommandLine &line)
{
    const auto targets = targetsOf(line, true);
    if (!targets) {
        printError(targets.error());
        return {.code = ExitUsage};
    }
    auto engine = startEngine(line, targets->configured);
    if (!engine) { // often: the run still goes on, and delivers by itself
        const auto sum = sumOf(line.journal());
        const bool isDone = sum && sum->waiting == 0;
        if (!isDone)
            printError(engine.error());
        return {.code = isDone ? ExitDelivered : ExitWaiting, .isHeldByOther = true};
    }
    const qint64 failedBefore = remainderOf((*engine)->status(), targets->ids).failed;
    Drain drain(**engine, targets->ids, DrainBound{line.timeout()});
    QObject::connect(&drain, &Drain::finished, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    {
        const Progress progress(**engine, targets->ids);
        drain.start();
        QCoreApplication::exec();
    }

    QList<EndpointStatus> shown;
    for (const EndpointStatus &endpoint : drain.status().endpoints) {
        if (targets->ids.contains(endpoint.id) && endpoint.ledger.accepted > 0)
            shown.append(endpoint);
    }
    const auto stranded = strandedIn(line, targets->ids);
    const Remainder left = remainderOf(drain.status(), targets->ids);
    RunDrain result{.code = left.failed > failedBefore ? ExitFailed : ExitDelivered};
    if (left.open > 0 || !drain.isSure() || !stranded || !stranded->isEmpty())
        result.code = ExitWaiting;
    result.endpoints = tell(line, shown + stranded.value_or(QList<EndpointStatus>()));
    return result;
}

//! Not one whose records were for nobody: they are nowhere else.
void removeWhenDone(const QString &folder)
{
    const auto sum = sumOf(folder);
    if (sum && sum->accepted > 0 && sum->waiting == 0 && sum->failed == 0)
        QDir(folder).removeRecursively();
}

} // namespace

QString runJournalFor(const QString &journal, const std::string &runId)
{
    QString name = QString::fromStdString(runId).left(80);
    for (QChar &c : name) {
        if (!c.isLetterOrNumber() && c != u'-' && c != u'_')
            c = u'_';
    }
    return u"%1/runs/%2-%3"_s.arg(journal, name).arg(QCoreApplication::applicationPid());
}

QStringList runJournalsOf(const QString &journal)
{
    QStringList folders;
    const QDir runs(journal + u"/runs"_s);
    const QStringList names = runs.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Time);
    for (const QString &name : names) {
        if (QFileInfo::exists(Journal::fileIn(runs.filePath(name))))
            folders.prepend(runs.filePath(name)); // the oldest first
    }
    return folders;
}

int drainRunJournals(const CommandLine &line, QJsonArray &told)
{
    int code = ExitDelivered;
    const QStringList folders = runJournalsOf(line.journal());
    for (const QString &folder : folders) {
        CommandLine own = line;
        own.journalFolder = folder.toStdString();
        if (!line.json)
            printLine(u"run journal %1"_s.arg(folder));
        const RunDrain drained = drainOne(own);
        code = worse(code, drained.code);
        told.append(QJsonObject{{u"journal"_s, folder}, {u"endpoints"_s, drained.endpoints}});
        if (!drained.isHeldByOther)
            removeWhenDone(folder);
    }
    return code;
}

} // namespace trace
