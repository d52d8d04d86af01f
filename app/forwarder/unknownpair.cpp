// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/unknownpair.h"

#include "app/forwarder/output.h"
#include "app/forwarder/runjournals.h"
#include "app/forwarder/waiting.h"
#include "core/config/endpointstore.h"
#include "core/config/settings.h"
#include "core/delivery/ledger.h"

#include <QJsonArray>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! The endpoints of all journals.
struct Known
{
    QList<EndpointStatus> endpoints{};
    std::optional<Error> problem{}; //!< What could not be read.
};

Known knownTo(const CommandLine &line)
{
    Known known;
    const auto configured = configuredFor(line);
    const QStringList folders = QStringList{line.journal()} + runJournalsOf(line.journal());
    for (const QString &folder : folders) {
        const auto reader = JournalReader::open(folder);
        const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
        if (!rows) {
            known.problem = rows.error();
            continue;
        }
        for (const EndpointRow &row : *rows) {
            const auto ledger = readLedger(**reader, row.id);
            if (!ledger)
                known.problem = ledger.error();
            known.endpoints.append(statusOf(**reader, row, ledger.value_or(Ledger()), configured));
        }
    }
    return known;
}

//! How to deliver what waits for an endpoint that could be served, behind what has to be set right.
QString helpFor(const CommandLine &line, const EndpointStatus &endpoint)
{
    const ProblemKind kind = endpoint.reason.kind;
    if (kind == ProblemKind::Paused || kind == ProblemKind::Disabled ||
        kind == ProblemKind::NotConfigured || kind == ProblemKind::ListMissing)
        return endpoint.action;
    // Nobody tries it again by himself where no program runs.
    const bool isHeld = endpoint.state == SenderState::HeldAuthentication ||
                        endpoint.state == SenderState::HeldConfiguration;
    const QString before =
        isHeld && !endpoint.action.isEmpty() ? endpoint.action + u"\n  "_s : QString();
    const bool isPair = adHocEndpoint(endpoint.service, endpoint.url).id == endpoint.id;
    return before +
           u"Deliver them with: %1 drain %2"_s.arg(
               commandWith(line, line.journal()),
               isPair ? u"--service %1 --url '%2'"_s.arg(endpoint.service, endpoint.url.toString())
                      : u"--endpoint '%1'"_s.arg(endpoint.name));
}

} // namespace

std::optional<int> refuseUnknownPair(const CommandLine &line)
{
    if (!line.isAdHoc())
        return {};
    const auto named = line.adHoc();
    if (!named || !loadSettings(line.config()))
        return {}; // drain tells what is wrong with it
    const Known known = knownTo(line);
    const bool isKnown =
        std::any_of(known.endpoints.begin(), known.endpoints.end(),
                    [&](const EndpointStatus &endpoint) { return endpoint.id == named->id; });
    if (isKnown || known.problem)
        return {};
    printError({u"the journal in %1 never had records for %2 at %3"_s.arg(
                    line.journal(), named->service, named->options.url.toString()),
                u"Both must be the very ones that the records were given to send with."_s});
    QJsonArray waiting;
    for (EndpointStatus endpoint : known.endpoints) {
        const qint64 open = endpoint.ledger.waiting + endpoint.ledger.inFlight;
        if (open == 0)
            continue;
        endpoint.action = helpFor(line, endpoint);
        waiting.append(toJson(endpoint));
        if (line.json)
            continue;
        const QString why =
            endpoint.problem.isEmpty() ? QString() : u" ("_s + endpoint.problem + u')';
        const QString text = u"%1 record(s) wait for %2%3"_s.arg(open).arg(endpoint.name, why);
        printLine(Error{text, endpoint.action}.message());
    }
    if (line.json)
        printJson({{u"endpoints"_s, waiting}});
    return waiting.isEmpty() ? ExitUsage : ExitWaiting;
}

} // namespace trace
