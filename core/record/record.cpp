// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/record.h"

#include "core/record/sametext.h"

#include <algorithm>

namespace trace {

namespace {

// What every kind of record has but for the context.
template <typename To, typename From>
To copied(const From &from)
{
    To to;
    to.timestamp = from.timestamp;
    to.sequence = from.sequence;
    to.level = from.level;
    to.mode = from.mode;
    to.lineno = from.lineno;
    to.process = from.process;
    to.thread = from.thread;
    to.durationMs = from.durationMs;
    to.memoryUsageMb = from.memoryUsageMb;
    to.cpuUsagePercent = from.cpuUsagePercent;
    to.message = from.message;
    for (std::size_t i = 0; i < textFields<To>.size(); ++i)
        to.*textFields<To>[i].member = from.*textFields<From>[i].member;
    to.metadata = from.metadata;
    return to;
}

} // namespace

// What is not among contextFields would be no part of the comparison.
static_assert(sizeof(RunContext) ==
              contextFields.size() * sizeof(std::string) + sizeof(RunContext::tags));

bool operator==(const RunContext &left, const RunContext &right)
{
    const auto isSame = [&](const auto &field) {
        return isSameText(left.*field.member, right.*field.member);
    };
    return std::all_of(contextFields.begin(), contextFields.end(), isSame) &&
           left.tags == right.tags;
}

const RunContext &contextOf(const RecordView &record)
{
    static const RunContext none;
    return record.context ? *record.context : none;
}

RecordView viewOf(const Record &record)
{
    auto view = copied<RecordView>(record);
    view.context = &record.context;
    return view;
}

Record toRecord(const RecordView &view)
{
    auto record = copied<Record>(view);
    record.context = contextOf(view);
    return record;
}

std::string_view modeName(Mode mode)
{
    switch (mode) {
    case Mode::Stdout:
        return "stdout";
    case Mode::Stderr:
        return "stderr";
    case Mode::None:
        break;
    }
    return {};
}

} // namespace trace
