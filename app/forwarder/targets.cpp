// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/targets.h"

#include "core/config/endpointstore.h"
#include "core/journal/journalreader.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Endpoints that earlier commands named with --service and --url; the journal knows both.
QList<Endpoint> adHocEndpointsOf(const QString &journalFolder)
{
    QList<Endpoint> endpoints;
    if (const auto reader = JournalReader::open(journalFolder)) {
        if (const auto rows = (*reader)->endpoints()) {
            for (const EndpointRow &row : *rows) {
                const Endpoint endpoint = adHocEndpoint(row.service, row.url);
                if (endpoint.id == row.identity && validate(endpoint))
                    endpoints.append(endpoint);
            }
        }
    }
    return endpoints;
}

} // namespace

Expected<Targets> targetsOf(const CommandLine &line, bool includeEarlier)
{
    Targets targets;
    if (line.isAdHoc()) {
        const auto endpoint = line.adHoc();
        if (!endpoint)
            return tl::make_unexpected(endpoint.error());
        targets.configured = {*endpoint};
        targets.ids = {endpoint->id};
        return targets;
    }
    const auto configured = EndpointStore(line.config()).load();
    if (!configured)
        return tl::make_unexpected(configured.error());
    for (const Endpoint &endpoint : *configured) {
        if (!endpoint.enabled)
            continue;
        const bool isNamed = endpoint.name.toStdString() == line.endpoint;
        if (line.endpoint.empty() || isNamed) {
            targets.configured.append(endpoint);
            targets.ids.append(endpoint.id);
        }
    }
    if (includeEarlier && line.endpoint.empty()) {
        for (const Endpoint &endpoint : adHocEndpointsOf(line.journal())) {
            targets.configured.append(endpoint);
            targets.ids.append(endpoint.id);
        }
    }
    if (targets.ids.isEmpty() && !includeEarlier) {
        return fail(line.endpoint.empty() ? u"no endpoint is configured in %1"_s.arg(
                                                EndpointStore(line.config()).path())
                                          : u"there is no enabled endpoint \"%1\""_s.arg(
                                                QString::fromStdString(line.endpoint)),
                    u"Name one with --service and --url."_s);
    }
    return targets;
}

} // namespace trace
