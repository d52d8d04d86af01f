// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/recordpage.h"

#include "ui/look/text.h"

using namespace Qt::StringLiterals;

namespace trace {

RecordRow makeRecordRow(Record record)
{
    RecordRow row;
    row.time = clockText(record.timestamp);
    row.run = visibleLine(record.context.runId);
    for (const std::string *part :
         {&record.context.workflowName, &record.context.stageName, &record.context.jobName}) {
        if (part->empty())
            continue;
        if (!row.place.isEmpty())
            row.place += u" \u203a "_s;
        row.place += visibleLine(*part);
    }
    row.message = visibleLine(record.message);
    row.record = std::move(record);
    return row;
}

} // namespace trace
