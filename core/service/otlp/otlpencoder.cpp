// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpencoder.h"

#include "core/service/otlp/otlpfields.h"
#include "core/service/otlp/otlpgroups.h"
#include "core/service/otlp/otlpmetadata.h"
#include "core/service/roughsize.h"
#include "core/service/wire.h"

namespace trace::otlp {

using wire::putBytes;
using wire::putLength;
using wire::putText;
using wire::putVarint;
using wire::varintSize;

namespace {

// Field number and wire type.
constexpr char resourceLogsTag = 0x0a;      // ExportLogsServiceRequest.resource_logs
constexpr char resourceTag = 0x0a;          // ResourceLogs.resource
constexpr char resourceAttributeTag = 0x0a; // Resource.attributes
constexpr char scopeLogsTag = 0x12;         // ResourceLogs.scope_logs
constexpr char scopeTag = 0x0a;             // ScopeLogs.scope
constexpr char scopeNameTag = 0x0a;         // InstrumentationScope.name
constexpr char logRecordTag = 0x12;         // ScopeLogs.log_records
constexpr char timeTag = 0x09;              // LogRecord.time_unix_nano
constexpr char severityNumberTag = 0x10;    // LogRecord.severity_number
constexpr char severityTextTag = 0x1a;      // LogRecord.severity_text
constexpr char bodyTag = 0x2a;              // LogRecord.body
constexpr char attributeTag = 0x32;         // LogRecord.attributes
constexpr char traceIdTag = 0x4a;           // LogRecord.trace_id
constexpr char spanIdTag = 0x52;            // LogRecord.span_id
constexpr char observedTimeTag = 0x59;      // LogRecord.observed_time_unix_nano
constexpr char keyTag = 0x0a;               // KeyValue.key
constexpr char valueTag = 0x12;             // KeyValue.value
constexpr char stringTag = 0x0a;            // AnyValue.string_value
constexpr char integerTag = 0x18;           // AnyValue.int_value
constexpr char doubleTag = 0x21;            // AnyValue.double_value
constexpr char arrayTag = 0x2a;             // AnyValue.array_value
constexpr char itemTag = 0x0a;              // ArrayValue.values

constexpr std::size_t textSize(std::size_t size)
{
    return 1 + varintSize(size) + size;
}

char *putFixed64(char *at, char tag, std::uint64_t value)
{
    *at++ = tag;
    for (int i = 0; i < 8; ++i)
        *at++ = static_cast<char>(value >> (8 * i));
    return at;
}

//! Writes KeyValues; the caller sees to the room.
struct AttributeWriter
{
    char *at;
    char tag = attributeTag;

    void operator()(std::string_view name, std::string_view text)
    {
        begin(name, textSize(text.size()));
        at = putText(at, stringTag, text);
    }
    void operator()(std::string_view name, std::int64_t number)
    {
        const auto bits = static_cast<std::uint64_t>(number);
        begin(name, 1 + varintSize(bits));
        *at++ = integerTag;
        at = putVarint(at, bits);
    }
    void operator()(std::string_view name, double number)
    {
        begin(name, 9);
        at = putFixed64(at, doubleTag, std::bit_cast<std::uint64_t>(number));
    }
    void operator()(std::string_view name, const std::vector<std::string> &texts)
    {
        std::size_t items = 0;
        for (const std::string &text : texts)
            items += textSize(textSize(text.size()));
        begin(name, textSize(items));
        *at++ = arrayTag;
        at = putVarint(at, items);
        for (const std::string &text : texts) {
            *at++ = itemTag;
            at = putText(putVarint(at, textSize(text.size())), stringTag, text);
        }
    }

private:
    void begin(std::string_view name, std::size_t valueSize)
    {
        *at++ = tag;
        at = putText(putVarint(at, textSize(name.size()) + textSize(valueSize)), keyTag, name);
        *at++ = valueTag;
        at = putVarint(at, valueSize);
    }
};

//! The most that the tags and the attributes' names of a record or a context take, generously.
constexpr std::size_t namesBound = 2048;

void encodeContext(std::string &out, const RunContext &context)
{
    std::size_t bound = namesBound;
    for (const auto &field : contextFields)
        bound += (context.*field.member).size();
    for (const std::string &tag : context.tags)
        bound += tag.size() + 24;
    out.resize(bound);
    AttributeWriter writer{out.data()};
    forEachContextAttribute(context,
                            [&](std::string_view name, const auto &value) { writer(name, value); });
    out.resize(static_cast<std::size_t>(writer.at - out.data()));
}

//! Resource and scope, up to the first log record.
std::string resourceHead(const Groups::Resource &resource)
{
    std::string head(namesBound + resource.serviceName.size() + resource.environment.size() +
                         resource.hostname.size(),
                     '\0');
    AttributeWriter writer{head.data(), resourceAttributeTag};
    writer("service.name", std::string_view(resource.serviceName));
    if (!resource.environment.empty())
        writer("deployment.environment.name", std::string_view(resource.environment));
    if (!resource.hostname.empty())
        writer("host.name", std::string_view(resource.hostname));
    head.resize(static_cast<std::size_t>(writer.at - head.data()));
    return head;
}

char *putLogRecord(char *at, const RecordView &record, std::string_view shared,
                   std::string_view metadata)
{
    const Ids ids(record);
    *at++ = logRecordTag;
    char *const start = at;
    constexpr std::size_t lengthRoom = 2; // 128 to 16383 bytes, as nearly all of them
    at += lengthRoom;
    if (hasWireTime(record))
        at = putFixed64(at, timeTag, static_cast<std::uint64_t>(record.timestamp));
    *at++ = severityNumberTag;
    *at++ = static_cast<char>(severityOf(record.level));
    at = putText(at, severityTextTag, levelName(record.level));
    if (!record.message.empty()) {
        *at++ = bodyTag;
        at = putVarint(at, textSize(record.message.size()));
        at = putText(at, stringTag, record.message);
    }
    AttributeWriter writer{putBytes(at, shared)};
    forEachRecordAttribute(record, ids, writer);
    at = putBytes(writer.at, metadata);
    if (ids.trace)
        at = putText(at, traceIdTag, ids.trace.view());
    if (ids.span)
        at = putText(at, spanIdTag, ids.span.view());
    if (hasWireTime(record))
        at = putFixed64(at, observedTimeTag, observedTimeOf(record));
    return putLength(start, lengthRoom, at);
}

} // namespace

QByteArray encodeProtobuf(std::span<const RecordView> records)
{
    const Groups groups(records, encodeContext);
    std::size_t estimate = 4096;
    for (const auto &resource : groups.resources())
        estimate += resource.bytes + resource.bytes / 4;
    wire::Room room;
    char *at = room.ensure(room.begin(), estimate);
    std::string metadata;
    for (const auto &resource : groups.resources()) {
        const std::string head = resourceHead(resource);
        at = room.ensure(at, head.size() + 128);
        *at++ = resourceLogsTag;
        const auto resourceStart = at - room.begin();
        const std::size_t lengthRoom = varintSize(resource.bytes);
        at = putText(at + lengthRoom, resourceTag, head);
        *at++ = scopeLogsTag;
        const auto scopeStart = at - room.begin();
        at += lengthRoom;
        *at++ = scopeTag;
        at = putText(putVarint(at, textSize(scopeName.size())), scopeNameTag, scopeName);
        for (const std::uint32_t index : resource.records) {
            const RecordView &record = records[index];
            const std::string &shared = groups.sharedOf(index);
            metadata.clear();
            if (!record.metadata.empty())
                appendMetadataProtobuf(metadata, record.metadata);
            at = room.ensure(at, namesBound + roughSize(record) + shared.size() + metadata.size());
            at = putLogRecord(at, record, shared, metadata);
        }
        at = room.ensure(at, 32);
        at = putLength(room.begin() + scopeStart, lengthRoom, at);
        at = putLength(room.begin() + resourceStart, lengthRoom, at);
    }
    return {room.begin(), static_cast<qsizetype>(at - room.begin())};
}

} // namespace trace::otlp
