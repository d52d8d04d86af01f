// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/waiting.h"

#include "app/forwarder/output.h"
#include "core/config/endpointstore.h"
#include "core/delivery/ledger.h"

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

EndpointStatus statusOf(const EndpointRow &row, const Ledger &ledger,
                        const QList<Endpoint> &configured)
{
    EndpointStatus status{.journalId = row.id,
                          .id = row.identity,
                          .name = row.name,
                          .service = row.service,
                          .url = row.url,
                          .ledger = ledger};
    const auto known =
        std::find_if(configured.begin(), configured.end(),
                     [&](const Endpoint &endpoint) { return endpoint.id == row.identity; });
    if (known == configured.end()) {
        if (adHocEndpoint(row.service, row.url).id == row.identity)
            return status;
        status.configured = false;
        status.state = SenderState::HeldConfiguration;
        status.problem = u"not configured any more"_s;
        status.action = u"An endpoint with the id \"%1\" gets what waits: trace-forwarder endpoint "
                        u"add NAME --service %2 --set 'id=%1'. To give it up, use purge."_s.arg(
                            row.identity, row.service);
        return status;
    }
    status.verifiesTls = known->tls.verify;
    if (!known->enabled) {
        status.state = SenderState::HeldByOperator;
        status.problem = u"disabled"_s;
        status.action =
            u"Enable it with: trace-forwarder endpoint set '%1' enabled=true"_s.arg(known->name);
    }
    return status;
}

Expected<QList<EndpointStatus>> strandedIn(const CommandLine &line, const QStringList &served)
{
    QList<EndpointStatus> stranded;
    const auto configured = EndpointStore(line.config()).load();
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
        const EndpointStatus status =
            statusOf(row, *ledger, configured.value_or(QList<Endpoint>()));
        // What is configured and was not served was not meant.
        if (ledger->waiting + ledger->inFlight > 0 && !status.problem.isEmpty())
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
        else if (!endpoint.problem.isEmpty())
            printLine(u"  %1: %2"_s.arg(stateName(endpoint.state),
                                        Error{endpoint.problem, endpoint.action}.message()));
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

void tellThatRecordsWait(const CommandLine &line, const QString &folder, qint64 records,
                         const QString &why)
{
    QString target;
    // The journal knows the pair, but never the key.
    if (line.isAdHoc() && !line.apiKey.empty())
        target = u" --service %1 --url '%2' --api-key '%3'"_s.arg(
            QString::fromStdString(line.service), QString::fromStdString(line.url),
            QString::fromStdString(line.apiKey));
    printError(
        {u"%1 record(s) wait in the journal%2; deliver them with: %3 drain%4"_s.arg(records).arg(
             why.isEmpty() ? QString() : u" ("_s + why + u')', commandWith(line, folder), target),
         {}});
}

int worse(int one, int other)
{
    constexpr std::array order{ExitDelivered, ExitFailed, ExitWaiting, ExitUsage, ExitError};
    const auto rank = [&](int code) { return std::find(order.begin(), order.end(), code); };
    return rank(one) < rank(other) ? other : one;
}

} // namespace trace
