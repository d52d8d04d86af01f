// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/output.h"
#include "core/config/endpointstore.h"
#include "core/config/redactionfile.h"
#include "core/config/settings.h"
#include "core/delivery/endpointprobe.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>
#include <memory>
#include <vector>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString timeText(double milliseconds)
{
    return QString::number(milliseconds, 'f', 1) + u" ms"_s;
}

QString stateOf(const ProbeStep &step)
{
    return step.isUnsure ? u"unsure"_s : step.isGood ? u"ok"_s : u"FAIL"_s;
}

void printStep(const ProbeStep &step)
{
    printLine(u"%1  %2  %3  %4"_s.arg(stateOf(step), -6)
                  .arg(step.name, -13)
                  .arg(timeText(step.milliseconds), 10)
                  .arg(visibleText(step.text)));
    if (!step.action.isEmpty())
        printLine(u"        "_s + visibleText(step.action));
}

QJsonArray toJson(const QList<ProbeStep> &steps)
{
    QJsonArray array;
    for (const ProbeStep &step : steps) {
        array.append(QJsonObject{{u"step"_s, step.name},
                                 {u"ok"_s, step.isGood},
                                 {u"unsure"_s, step.isUnsure},
                                 {u"ms"_s, step.milliseconds},
                                 {u"text"_s, step.text},
                                 {u"action"_s, step.action}});
    }
    return array;
}

bool isGood(const EndpointProbe &probe)
{
    return !probe.steps().isEmpty() && probe.steps().last().isGood;
}

double totalOf(const EndpointProbe &probe)
{
    double total = 0;
    for (const ProbeStep &step : probe.steps())
        total += step.milliseconds;
    return total;
}

using Probes = std::vector<std::unique_ptr<EndpointProbe>>;

void runAll(const Probes &probes)
{
    auto open = probes.size();
    for (const auto &probe : probes) {
        QObject::connect(probe.get(), &EndpointProbe::finished, qApp, [&open] {
            if (--open == 0)
                QCoreApplication::quit();
        });
        probe->start();
    }
    if (open > 0)
        QCoreApplication::exec();
}

void printTable(const QList<Endpoint> &endpoints, const Probes &probes)
{
    qsizetype width = 4;
    for (const Endpoint &endpoint : endpoints)
        width = std::max(width, endpoint.name.size());
    const auto row = [width](const QString &name, const QString &state, const QString &time,
                             const QString &text) {
        printLine(
            u"%1  %2  %3  %4"_s.arg(name, -int(width)).arg(state, -8).arg(time, 10).arg(text));
    };
    if (!endpoints.isEmpty())
        row(u"NAME"_s, u"RESULT"_s, u"TIME"_s, u"FOUND"_s);
    for (const Endpoint &endpoint : endpoints) {
        const auto probe = std::find_if(probes.begin(), probes.end(), [&](const auto &p) {
            return p->endpoint().id == endpoint.id;
        });
        if (probe == probes.end()) {
            row(endpoint.name, u"disabled"_s, u"-"_s, u"not asked"_s);
            if (!endpoint.tls.verify)
                printUnverified();
            continue;
        }
        const ProbeStep &last = (*probe)->steps().last();
        row(endpoint.name, stateOf(last), timeText(totalOf(**probe)),
            visibleText(last.isGood ? last.text : last.name + u": "_s + last.text));
        if (!last.action.isEmpty())
            row(QString(), QString(), QString(), visibleText(last.action));
        if (!endpoint.tls.verify)
            printUnverified();
    }
}

} // namespace

int endpointTestCommand(const CommandLine &line)
{
    const auto endpoints = EndpointStore(line.config()).load();
    if (!endpoints) {
        printError(endpoints.error());
        return ExitUsage;
    }
    const QString name = QString::fromStdString(line.edit.name);
    const auto endpoint = std::find_if(endpoints->begin(), endpoints->end(),
                                       [&](const Endpoint &e) { return e.name == name; });
    if (endpoint == endpoints->end()) {
        printError({u"there is no endpoint \"%1\""_s.arg(name),
                    u"List them with: trace-forwarder endpoint list"_s});
        return ExitUsage;
    }
    Probes probes;
    probes.push_back(
        std::make_unique<EndpointProbe>(*endpoint, EndpointProbe::Purpose::StoreRecord));
    const EndpointProbe &probe = *probes.front();
    if (!line.json) {
        printLine(u"test_id %1"_s.arg(probe.testId()));
        if (!endpoint->tls.verify)
            printUnverified();
        QObject::connect(&probe, &EndpointProbe::stepDone, &printStep);
    }
    runAll(probes);
    if (line.json) {
        printJson({{u"name"_s, name},
                   {u"ok"_s, isGood(probe)},
                   {u"test_id"_s, probe.testId()},
                   {u"steps"_s, toJson(probe.steps())}});
    }
    return isGood(probe) ? ExitDelivered : ExitError;
}

int configCheckCommand(const CommandLine &line)
{
    EndpointStore store(line.config());
    const auto endpoints = store.load();
    if (!endpoints) {
        printError(endpoints.error());
        return ExitUsage;
    }
    if (const auto settings = loadSettings(line.config()); !settings) {
        printError(settings.error());
        return ExitUsage;
    }
    if (const auto redaction = loadRedaction(line.config()); !redaction) {
        printError(redaction.error());
        return ExitUsage;
    }
    Probes probes;
    for (const Endpoint &endpoint : *endpoints) {
        if (endpoint.enabled)
            probes.push_back(
                std::make_unique<EndpointProbe>(endpoint, EndpointProbe::Purpose::Reach));
    }
    runAll(probes);
    const bool areGood = !probes.empty() && std::all_of(probes.begin(), probes.end(),
                                                        [](const auto &p) { return isGood(*p); });
    if (line.json) {
        QJsonArray array;
        for (const auto &probe : probes) {
            array.append(QJsonObject{{u"name"_s, probe->endpoint().name},
                                     {u"service"_s, probe->endpoint().service},
                                     {u"ok"_s, isGood(*probe)},
                                     {u"unsure"_s, probe->steps().last().isUnsure},
                                     {u"tls_verified"_s, probe->endpoint().tls.verify},
                                     {u"ms"_s, totalOf(*probe)},
                                     {u"steps"_s, toJson(probe->steps())}});
        }
        printJson({{u"path"_s, store.path()}, {u"ok"_s, areGood}, {u"endpoints"_s, array}});
        return areGood ? ExitDelivered : ExitError;
    }
    if (probes.empty())
        printLine(u"no enabled endpoint is configured in %1"_s.arg(store.path()));
    printTable(*endpoints, probes);
    return areGood ? ExitDelivered : ExitError;
}

} // namespace trace
