// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"
#include "core/record/timestamp.h"
#include "core/service/otlp/otlpids.h"

#include <optional>
#include <string>
#include <string_view>

//! How the fields of a record become attributes of OpenTelemetry, and back. Where the semantic
//! conventions have a name it is used; the others are `workflow.…`.
namespace trace::otlp {

//! Where an attribute belongs in a record.
struct Field
{
    enum class Kind
    {
        Context, //!< contextFields[index]
        Text,    //!< textFields[index]
        Integer, //!< integerFields[index]
        Number,  //!< numberFields[index]
        Tags,
        Mode,
        Timestamp, //!< As RFC 3339: times that timeUnixNano cannot hold.
        ServiceName,
    };
    Kind kind = Kind::Text;
    std::size_t index = 0;
    std::size_t place = 0; //!< Among all fields; aliases share that of their field.
};

//! The field of an attribute: by our own name for it, an older name of the conventions or the
//! record's name in JSON. Nothing for others.
[[nodiscard]] std::optional<Field> fieldOf(std::string_view attribute);

//! Stands before the name of a metadata key that would be read back as a field, so that each key
//! comes back as it was.
inline constexpr std::string_view metadataPrefix = "metadata.";
//! Whether \a key is the name of a field, under any number of prefixes.
[[nodiscard]] bool needsPrefix(std::string_view key);

inline constexpr std::string_view scopeName = "trace-console";
inline constexpr std::string_view unknownService = "unknown_service";

// In the order of contextFields; the last two belong to the resource.
inline constexpr std::array<std::string_view, contextFields.size()> contextNames{
    "cicd.pipeline.run.id", "workflow.parent_run_id",      "cicd.pipeline.name",
    "workflow.stage.name",  "cicd.pipeline.task.name",     "user.id",
    "workflow.tenant_id",   "deployment.environment.name", "host.name",
};
inline constexpr std::array<std::string_view, 8> textNames{
    "code.file.path", "workflow.trace_id", "workflow.span_id",     "workflow.parent_span_id",
    "exception.type", "exception.message", "exception.stacktrace", "workflow.error_code",
};
inline constexpr std::array<std::string_view, 3> integerNames{"code.line.number", "process.pid",
                                                              "thread.id"};
inline constexpr std::array<std::string_view, 3> numberNames{
    "workflow.duration_ms", "workflow.memory_usage_mb", "workflow.cpu_usage_percent"};

//! What goes into service.name: a `service:` tag, else the workflow's name; empty for none.
[[nodiscard]] std::string_view serviceTag(std::string_view tag);
template <typename Tags>
[[nodiscard]] std::string_view serviceNameOf(const Tags &tags, std::string_view workflowName)
{
    for (const std::string_view tag : tags) {
        if (const std::string_view service = serviceTag(tag); !service.empty())
            return service;
    }
    return workflowName;
}

//! The lowest severity number of a level's range.
[[nodiscard]] constexpr unsigned severityOf(Level level)
{
    return 5 + 4 * static_cast<unsigned>(level);
}

//! A time that timeUnixNano holds: it is unsigned, and 0 means unknown.
[[nodiscard]] constexpr bool hasWireTime(const RecordView &record)
{
    return record.timestamp > 0;
}

//! When a record with a wire time was taken in. No record keeps that, and a clock would change the
//! bytes of one that is sent again; what is logged at the source is observed as it happens.
[[nodiscard]] constexpr std::uint64_t observedTimeOf(const RecordView &record)
{
    return static_cast<std::uint64_t>(record.timestamp);
}

//! The ids of a record as they go on the wire.
struct Ids
{
    explicit Ids(const RecordView &record)
        : trace(idFromText(record.traceId, traceIdBytes))
        , span(idFromText(record.spanId, spanIdBytes))
    {}
    Id trace;
    Id span;
};

//! Calls \a attribute with name and value of what the log records of a context carry; what belongs
//! to their resource is left out.
template <typename Attribute>
void forEachContextAttribute(const RunContext &context, Attribute &&attribute)
{
    for (std::size_t i = 0; i < contextFields.size(); ++i) {
        const auto member = contextFields[i].member;
        if (member == &RunContext::environment || member == &RunContext::hostname)
            continue;
        if (!(context.*member).empty())
            attribute(contextNames[i], std::string_view(context.*member));
    }
    if (!context.tags.empty())
        attribute(std::string_view("workflow.tags"), context.tags);
}

//! Likewise of what the record sets itself, but for its metadata.
template <typename Attribute>
void forEachRecordAttribute(const RecordView &record, const Ids &ids, Attribute &&attribute)
{
    if (record.mode != Mode::None)
        attribute(std::string_view("log.iostream"), modeName(record.mode));
    for (std::size_t i = 0; i < textNames.size(); ++i) {
        const auto member = textFields<RecordView>[i].member;
        const std::string_view text = record.*member;
        const bool isOnWire = (member == &RecordView::traceId && ids.trace.isExact) ||
                              (member == &RecordView::spanId && ids.span.isExact);
        if (!text.empty() && !isOnWire)
            attribute(textNames[i], text);
    }
    for (std::size_t i = 0; i < integerNames.size(); ++i) {
        if (const auto &value = record.*integerFields<RecordView>[i].member)
            attribute(integerNames[i], *value);
    }
    for (std::size_t i = 0; i < numberNames.size(); ++i) {
        if (const auto &value = record.*numberFields<RecordView>[i].member)
            attribute(numberNames[i], *value);
    }
    if (!hasWireTime(record)) {
        std::string time;
        appendTimestamp(time, record.timestamp);
        attribute(std::string_view("workflow.timestamp"), std::string_view(time));
    }
}

} // namespace trace::otlp
