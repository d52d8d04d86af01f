// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/output.h"

#include "app/forwarder/commandline.h"
#include "app/forwarder/confirm.h"
#include "core/platform/terminal.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

std::atomic<bool> isProgressShown{false}; // the engine tells of problems on its own thread

QString &advisedProgram()
{
    static QString program = u"trace-forwarder"_s;
    return program;
}

//! Advice as it can be run here.
QString runnable(QString advice)
{
    for (const QString &command : {u" endpoint "_s, u" drain"_s})
        advice.replace(u"trace-forwarder"_s + command, advisedProgram() + command);
    return advice;
}

void write(std::FILE *stream, const QByteArray &bytes)
{
    if (isProgressShown)
        printProgress({}); // the next one draws it anew
    std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), stream);
    std::fflush(stream);
}

QJsonValue timeOf(const QDateTime &time)
{
    return time.isValid() ? QJsonValue(time.toString(Qt::ISODateWithMs)) : QJsonValue();
}

//! Null without a problem.
QJsonValue toJson(const Problem &problem)
{
    if (problem.kind == ProblemKind::None)
        return {};
    return QJsonObject{{u"kind"_s, nameOf(problem.kind)},
                       {u"arguments"_s, QJsonArray::fromStringList(problem.arguments)}};
}

} // namespace

void setAdvisedProgram(const QString &program)
{
    advisedProgram() = program;
}

void printLine(const QString &text)
{
    write(stdout, visibleText(text).toUtf8() + '\n');
}

void printError(const Error &error)
{
    const Error told{error.text, runnable(error.action), error.problem};
    write(stderr, "trace-forwarder: " + visibleText(told.message()).toUtf8() + '\n');
}

int withOutputChecked(int code)
{
    errno = 0;
    const bool isFlushed = std::fflush(stdout) == 0;
    const QString why = isFlushed ? QString() : u": "_s + qt_error_string(errno);
    if (isFlushed && std::ferror(stdout) == 0)
        return code;
    printError({u"not all of the output could be written%1"_s.arg(why),
                u"Check the disk's space, or what reads the output."_s});
    return code == ExitDelivered ? int(ExitError) : code;
}

void printProgress(const QString &text)
{
    if (!isTerminal(stderr) || (text.isEmpty() && !isProgressShown))
        return;
    isProgressShown = !text.isEmpty();
    const QByteArray line = "\r\033[K" + text.toUtf8();
    std::fwrite(line.constData(), 1, std::size_t(line.size()), stderr);
    std::fflush(stderr);
}

bool takesColour(std::FILE *stream)
{
    return isTerminal(stream) && qEnvironmentVariableIsEmpty("NO_COLOR") &&
           qgetenv("TERM") != "dumb";
}

void printUnverified()
{
    const QByteArray text = "  TLS: the server's certificate is NOT VERIFIED (tls.verify)";
    write(stdout, (takesColour(stdout) ? "\033[31m" + text + "\033[0m" : text) + '\n');
}

QString adviceOf(const EndpointStatus &status)
{
    return isRetried(status.reason.kind)
               ? u"A program that runs tries again by itself. Where none does: trace-forwarder drain"_s
               : status.action;
}

void printTrouble(const EndpointStatus &status)
{
    if (status.problem.isEmpty())
        return;
    const QString since =
        status.since.isValid() ? u" since "_s + status.since.toString(Qt::ISODate) : QString();
    // What is known from before is no state of now.
    const bool isLate = status.reason.kind == ProblemKind::Late;
    const QString state = isLate                              ? u"late"_s + since
                          : status.state == SenderState::Idle ? u"last"_s
                                                              : stateName(status.state) + since;
    printLine(u"  %1: %2"_s.arg(state, Error{status.problem, runnable(adviceOf(status))}.message()));
}

void printJson(const QJsonObject &document)
{
    write(stdout, fitForOutput(QJsonDocument(document).toJson().trimmed()) + '\n');
}

QByteArray fitForOutput(QByteArray json)
{
    if (!isTerminal(stdout))
        return json;
    json.replace('\x7f', "\\u007f");
    for (int code = 0x80; code < 0xa0; ++code) {
        const char bytes[] = {'\xc2', char(code), 0};
        json.replace(bytes, "\\u00" + QByteArray::number(code, 16));
    }
    return json;
}

QJsonObject toJson(const Ledger &ledger)
{
    return {{u"accepted"_s, ledger.accepted},
            {u"delivered"_s, ledger.delivered},
            {u"waiting"_s, ledger.waiting},
            {u"in_flight"_s, ledger.inFlight},
            {u"failed"_s, ledger.failed},
            {u"discarded"_s, QJsonObject{{u"operator"_s, ledger.discardedByOperator},
                                         {u"filter"_s, ledger.discardedByFilter},
                                         {u"shed"_s, ledger.discardedShed},
                                         {u"damaged"_s, ledger.discardedDamaged},
                                         {u"expired"_s, ledger.discardedExpired}}},
            {u"balanced"_s, ledger.isBalanced()}};
}

QJsonObject toJson(const EndpointStatus &status)
{
    return {{u"name"_s, status.name},
            {u"service"_s, status.service},
            {u"url"_s, status.url.toString()},
            {u"configured"_s, status.configured},
            {u"state"_s, stateName(status.state)},
            {u"health"_s, healthName(status.health)},
            {u"paused"_s, status.paused},
            {u"problem"_s, status.problem},
            {u"action"_s, runnable(adviceOf(status))},
            {u"reason"_s, toJson(status.reason)},
            {u"since"_s, timeOf(status.since)},
            {u"last_success"_s, timeOf(status.lastSuccess)},
            {u"requests"_s, status.requests},
            {u"retries"_s, status.retries},
            {u"tls_verified"_s, status.verifiesTls},
            {u"ledger"_s, toJson(status.ledger)}};
}

QJsonObject toJson(const FailedBatchRow &row)
{
    QJsonArray attempts;
    for (const Attempt &attempt : row.attempts) {
        attempts.append(QJsonObject{{u"time"_s, attempt.time.toString(Qt::ISODateWithMs)},
                                    {u"status"_s, attempt.status},
                                    {u"text"_s, attempt.text}});
    }
    return {{u"id"_s, row.id},
            {u"endpoint"_s, row.endpointName},
            {u"state"_s, row.state == FailedState::Claimed ? u"claimed"_s : u"parked"_s},
            {u"records"_s, row.records},
            {u"reason"_s, row.reason},
            {u"status"_s, row.status},
            {u"created"_s, row.created.toString(Qt::ISODateWithMs)},
            {u"may_have_arrived"_s, row.mayHaveArrived},
            {u"origin"_s, row.origin},
            {u"origin_batch"_s, row.originBatch},
            {u"first_sequence"_s, qint64(row.firstSequence)},
            {u"last_sequence"_s, qint64(row.lastSequence)},
            {u"attempts"_s, attempts}};
}

QString toText(const Ledger &ledger)
{
    return u"accepted %1 = delivered %2 + waiting %3 + in flight %4 + failed %5 + discarded %6%7"_s
        .arg(ledger.accepted)
        .arg(ledger.delivered)
        .arg(ledger.waiting)
        .arg(ledger.inFlight)
        .arg(ledger.failed)
        .arg(ledger.discarded())
        .arg(ledger.isBalanced() ? QString() : u"  DOES NOT BALANCE"_s);
}

} // namespace trace
