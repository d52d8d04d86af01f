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
