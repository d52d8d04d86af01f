// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/waiting.h"

#include "app/forwarder/output.h"
#include "core/config/endpointstore.h"
#include "core/delivery/ledger.h"

#include <QFileInfo>

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

Expected<QList<Endpoint>> configuredFor(const CommandLine &line)
{
    EndpointStore store(line.config());
    if (!QFileInfo::exists(store.path()))
        return fail(Problem{ProblemKind::ListMissing, {store.path()}});
    return store.load();
}

EndpointStatus statusOf(JournalReader &reader, const EndpointRow &row, const Ledger &ledger,
                        const Expected<QList<Endpoint>> &configured)
{
    const QList<Endpoint> endpoints = configured.value_or(QList<Endpoint>());
    EndpointStatus status{.journalId = row.id,
                          .id = row.identity,
                          .name = row.name,
                          .service = row.service,
                          .url = row.url,
                          .ledger = ledger};
    const auto known =
        std::find_if(endpoints.begin(), endpoints.end(),
                     [&](const Endpoint &endpoint) { return endpoint.id == row.identity; });
    Problem problem;
    if (known != endpoints.end()) {
        status.name = known->name; // as it is now: the journal learns that at the next start
        status.service = known->service;
        status.url = known->options.url;
        status.verifiesTls = known->tls.verify;
        status.flushInterval = known->flushInterval;
        status.state = known->enabled ? SenderState::Idle : SenderState::HeldByOperator;
        if (!known->enabled)
            problem = {ProblemKind::Disabled, {known->name}};
    } else if (adHocEndpoint(row.service, row.url).id != row.identity) {
        const bool isListMissing =
            !configured && configured.error().problem.kind == ProblemKind::ListMissing;
        if (configured)
            problem = {ProblemKind::NotConfigured, {row.identity, row.service}};
        else if (isListMissing)
            problem = configured.error().problem;
        if (configured || isListMissing) {
            status.configured = false;
            status.state = SenderState::HeldConfiguration;
        }
    }
    if (problem.kind == ProblemKind::None && row.paused) {
        status.state = SenderState::HeldByOperator;
        problem.kind = ProblemKind::Paused;
    }
    if (problem.kind != ProblemKind::None) {
        const Error words = wordingOf(problem);
        status.problem = words.text;
        status.action = words.action;
        status.reason = problem;
    }
    addRemembered(status, row);
    addHealth(status, oldestWaiting(reader, row.id), QDateTime::currentDateTimeUtc());
    return status;
}

Expected<QList<EndpointStatus>> strandedIn(const CommandLine &line, const QStringList &served)
{
    QList<EndpointStatus> stranded;
    const auto configured = configuredFor(line);
    const auto reader = JournalReader::open(line.journal());
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const EndpointRow &row : *rows) {
        const bool isMeant = line.endpoint.empty() || row.name.toStdString() == line.endpoint;
        if (line.isAdHoc() || served.contains(row.identity) || !isMeant)
            continue;
        const auto ledger = readLedger(**reader, row.id);
        if (!ledger)
            return tl::make_unexpected(ledger.error());
        const EndpointStatus status = statusOf(**reader, row, *ledger, configured);
        // What is configured and was not served was not meant.
        const bool isLeft = !status.configured || status.reason.kind == ProblemKind::Disabled;
        if (ledger->waiting + ledger->inFlight > 0 && isLeft)
            stranded.append(status);
    }
    return stranded;
}

QJsonArray tell(const CommandLine &line, const QList<EndpointStatus> &endpoints)
{
    QJsonArray array;
    for (const EndpointStatus &endpoint : endpoints) {
        array.append(toJson(endpoint));
        if (line.json)
            continue;
        printLine(u"%1: %2"_s.arg(endpoint.name, toText(endpoint.ledger)));
        if (!endpoint.verifiesTls)
            printUnverified();
        // What holds a sender has been told as it happened.
        const bool wasTold =
            endpoint.configured && (endpoint.state == SenderState::HeldAuthentication ||
                                    endpoint.state == SenderState::HeldConfiguration);
        if (wasTold)
            printLine(u"  "_s + stateName(endpoint.state));
        else
            printTrouble(endpoint);
    }
    return array;
}

QString commandWith(const CommandLine &line, const QString &folder)
{
    const QString journal = folder == line.journal() && line.journalFolder.empty()
                                ? QString()
                                : u" --journal '%1'"_s.arg(folder);
    const QString config =
        line.configFolder.empty() ? QString() : u" --config '%1'"_s.arg(line.config());
    return u"trace-forwarder%1%2"_s.arg(config, journal);
}

void tellThatRecordsWait(const CommandLine &line, const QString &folder, const Remainder &left)
{
    QString target;
    const bool isKeyMissing = left.isStopped && left.reason.kind == ProblemKind::KeyMissing;
    const QString key =
        line.apiKey.empty() && isKeyMissing ? u"env:NAME"_s : QString::fromStdString(line.apiKey);
    // The journal knows the pair, but never the key.
    if (line.isAdHoc() && !key.isEmpty())
        target = u" --service %1 --url '%2' --api-key '%3'"_s.arg(
            QString::fromStdString(line.service), QString::fromStdString(line.url), key);
    const QString text = u"%1 record(s) wait in the journal%2"_s.arg(left.open).arg(
        left.why.isEmpty() ? QString() : u" ("_s + left.why + u')');
    const QString drain = u"deliver them with: %1 drain%2"_s.arg(commandWith(line, folder), target);
    const ProblemKind kind = left.reason.kind;
    if (!left.isStopped)
        printError({text + u"; "_s + drain, {}});
    else if (kind == ProblemKind::Paused || kind == ProblemKind::Disabled ||
             kind == ProblemKind::NotConfigured || kind == ProblemKind::ListMissing)
        printError({text, left.action});
    else if (isKeyMissing && line.isAdHoc())
        printError({text, u"With the key in a variable NAME, "_s + drain});
    else
        printError({text, u"Once that is set right, "_s + drain});
}

int worse(int one, int other)
{
    constexpr std::array order{ExitDelivered, ExitFailed, ExitWaiting, ExitUsage, ExitError};
    const auto rank = [&](int code) { return std::find(order.begin(), order.end(), code); };
    return rank(one) < rank(other) ? other : one;
}

} // namespace trace
