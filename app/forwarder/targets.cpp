// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/targets.h"

#include "core/config/endpointstore.h"
#include "core/journal/journalreader.h"

#include <algorithm>

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

//! Whether the journal has heard of an endpoint with this name.
bool isKnownTo(const QString &journalFolder, const std::string &name)
{
    const auto reader = JournalReader::open(journalFolder);
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    return rows && std::any_of(rows->begin(), rows->end(), [&](const EndpointRow &row) {
               return row.name.toStdString() == name;
           });
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
    if (includeEarlier) {
        for (const Endpoint &endpoint : adHocEndpointsOf(line.journal())) {
            if (!line.endpoint.empty() && endpoint.name.toStdString() != line.endpoint)
                continue;
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

Expected<Targets> drainTargetsOf(const CommandLine &line)
{
    const auto configured = EndpointStore(line.config()).load();
    const bool isConfigured =
        configured && std::any_of(configured->begin(), configured->end(), [&](const Endpoint &one) {
            return one.name.toStdString() == line.endpoint;
        });
    if (!line.endpoint.empty() && configured && !isConfigured &&
        !isKnownTo(line.journal(), line.endpoint)) {
        return fail(
            u"neither the configuration nor the journal knows an endpoint \"%1\""_s.arg(
                QString::fromStdString(line.endpoint)),
            u"List them with: trace-forwarder endpoint list, and: trace-forwarder status"_s);
    }
    return targetsOf(line, true);
}

} // namespace trace
