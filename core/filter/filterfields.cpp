// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/filterfields.h"

#include <algorithm>
#include <numeric>

namespace trace {

namespace {

using R = RecordView;
using C = RunContext;

constexpr std::array filterFields{
    FilterField{"level", FieldKind::Level, {"lvl"}},
    FilterField{"run", FieldKind::Identifier, {"run_id"}, &C::runId},
    FilterField{"parent", FieldKind::Identifier, {"parent_run_id"}, &C::parentRunId},
    FilterField{"root", FieldKind::Root},
    FilterField{"workflow", FieldKind::Name, {"wf", "workflow_name"}, &C::workflowName},
    FilterField{"stage", FieldKind::Name, {"stage_name"}, &C::stageName},
    FilterField{"job", FieldKind::Name, {"job_name"}, &C::jobName},
    FilterField{"trace", FieldKind::Identifier, {"trace_id"}, nullptr, {&R::traceId}},
    FilterField{"span", FieldKind::Identifier, {"span_id"}, nullptr, {&R::spanId}},
    FilterField{"pspan", FieldKind::Identifier, {"parent_span_id"}, nullptr, {&R::parentSpanId}},
    FilterField{"tag", FieldKind::Name, {"tags"}},
    FilterField{"msg", FieldKind::Text, {"message"}, nullptr, {&R::message}},
    FilterField{"logger", FieldKind::Metadata},
    FilterField{"file", FieldKind::Text, {"filename"}, nullptr, {&R::filename}},
    FilterField{"line", FieldKind::Integer, {"lineno"}, nullptr, {}, &R::lineno},
    FilterField{"host", FieldKind::Name, {"hostname"}, &C::hostname},
    FilterField{"pid", FieldKind::Integer, {"process"}, nullptr, {}, &R::process},
    FilterField{"thread", FieldKind::Integer, {}, nullptr, {}, &R::thread},
    FilterField{"env", FieldKind::Name, {"environment"}, &C::environment},
    FilterField{"tenant", FieldKind::Name, {"tenant_id"}, &C::tenantId},
    FilterField{"user", FieldKind::Name, {"user_id"}, &C::userId},
    FilterField{"error", FieldKind::Text, {"error_code"}, nullptr, {&R::errorCode}},
    FilterField{"exc",
                FieldKind::Text,
                {"exception"},
                nullptr,
                {&R::exceptionType, &R::exceptionMessage, &R::stackTrace}},
    FilterField{"exception_type", FieldKind::Name, {}, nullptr, {&R::exceptionType}},
    FilterField{"exception_message", FieldKind::Text, {}, nullptr, {&R::exceptionMessage}},
    FilterField{"stack_trace", FieldKind::Text, {"stack"}, nullptr, {&R::stackTrace}},
    FilterField{"mode", FieldKind::Mode},
    FilterField{"time", FieldKind::Time, {"timestamp"}},
    FilterField{"since", FieldKind::Since},
    FilterField{"until", FieldKind::Until},
    FilterField{
        "dur", FieldKind::Duration, {"duration_ms", "duration"}, nullptr, {}, {}, &R::durationMs},
    FilterField{
        "mem", FieldKind::Size, {"memory_usage_mb", "memory"}, nullptr, {}, {}, &R::memoryUsageMb},
    FilterField{
        "cpu", FieldKind::Percent, {"cpu_usage_percent"}, nullptr, {}, {}, &R::cpuUsagePercent},
    FilterField{"meta", FieldKind::Metadata, {"metadata"}},
    FilterField{"dest", FieldKind::Destination, {"endpoint", "ep"}},
    FilterField{"batch", FieldKind::Batch},
    FilterField{"is", FieldKind::State},
    FilterField{"has", FieldKind::Presence},
};

QString toText(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

// Changes of one character that turn one name into the other, as Levenshtein counts them.
qsizetype distance(QStringView a, std::string_view b)
{
    std::vector<qsizetype> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        qsizetype diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const qsizetype change = diagonal + (a[i].toLower() == QLatin1Char(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

qsizetype metadataPrefix(QStringView name)
{
    for (const QLatin1String prefix : {QLatin1String("meta."), QLatin1String("metadata.")}) {
        if (name.startsWith(prefix, Qt::CaseInsensitive))
            return prefix.size();
    }
    return 0;
}

} // namespace

std::optional<double> FilterField::numberOf(const RecordView &record) const
{
    if (number)
        return record.*number;
    if (const auto value = record.*integer)
        return static_cast<double>(*value);
    return std::nullopt;
}

const FilterField *findFilterField(QStringView name)
{
    const QStringView wanted = metadataPrefix(name) > 0 ? QStringView(u"meta") : name;
    const auto isWanted = [&](std::string_view known) {
        return !known.empty() &&
               wanted.compare(QLatin1String(known.data(), qsizetype(known.size())),
                              Qt::CaseInsensitive) == 0;
    };
    for (const FilterField &field : filterFields) {
        if (isWanted(field.name) || isWanted(field.aliases[0]) || isWanted(field.aliases[1]))
            return &field;
    }
    return nullptr;
}

std::string metadataKey(QStringView name)
{
    if (const qsizetype prefix = metadataPrefix(name))
        return name.mid(prefix).toUtf8().toStdString();
    return name.compare(QLatin1String("logger"), Qt::CaseInsensitive) == 0 ? "logger" : "";
}

QStringList filterFieldNames()
{
    QStringList names;
    for (const FilterField &field : filterFields)
        names.append(toText(field.name) +
                     (field.name == "meta" ? QStringLiteral(".*") : QString()));
    return names;
}

QString similarFilterField(QStringView name)
{
    constexpr qsizetype longest = 30;
    if (name.size() > longest)
        return {};
    std::string_view best;
    qsizetype least = std::max<qsizetype>(1, name.size() / 3) + 1;
    for (const FilterField &field : filterFields) {
        for (const std::string_view known : {field.name, field.aliases[0], field.aliases[1]}) {
            const qsizetype changes = known.empty() ? least : distance(name, known);
            if (changes < least) {
                least = changes;
                best = known;
            }
        }
    }
    return toText(best);
}

} // namespace trace
