// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/failedselection.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

Expected<QList<FailedBatchRow>> selectedBatches(const CommandLine &line, JournalReader &reader)
{
    if (line.ids.empty() && !line.all && line.endpoint.empty() && line.reason.empty())
        return fail(u"no batch is named"_s,
                    u"Give numbers (see `failed list`), --endpoint, --reason or --all."_s);
    const auto batches = reader.failedBatches();
    if (!batches)
        return batches;
    for (const qint64 id : line.ids) {
        const bool isThere = std::any_of(batches->begin(), batches->end(),
                                         [id](const FailedBatchRow &row) { return row.id == id; });
        if (!isThere)
            return fail(u"there is no failed batch %1"_s.arg(id), u"`failed list` lists them."_s);
    }
    const QString endpoint = QString::fromStdString(line.endpoint);
    const auto rows = reader.endpoints();
    const bool isKnown = !rows || endpoint.isEmpty() ||
                         std::any_of(rows->begin(), rows->end(),
                                     [&](const EndpointRow &row) { return row.name == endpoint; });
    if (!isKnown)
        return fail(u"the journal knows no endpoint \"%1\""_s.arg(endpoint),
                    u"`trace-forwarder status` lists them."_s);
    const QString reason = QString::fromStdString(line.reason);
    QList<FailedBatchRow> selected;
    for (const FailedBatchRow &row : *batches) {
        const bool isNamed = line.ids.empty() ||
                             std::find(line.ids.begin(), line.ids.end(), row.id) != line.ids.end();
        const bool isOfEndpoint = endpoint.isEmpty() || row.endpointName == endpoint;
        if (isNamed && isOfEndpoint && row.reason.contains(reason, Qt::CaseInsensitive))
            selected.append(row);
    }
    return selected;
}

} // namespace trace
