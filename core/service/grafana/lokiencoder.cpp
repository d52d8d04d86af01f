// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokiencoder.h"

#include "core/record/jsonwriter.h"
#include "core/service/compression.h"
#include "core/service/grafana/lokifields.h"
#include "core/service/grafana/lokiplacement.h"
#include "core/service/grafana/lokistreams.h"
#include "core/service/roughsize.h"
#include "core/service/wire.h"

#include <algorithm>

namespace trace::loki {

namespace {

// Tags of logproto.PushRequest: field number and wire type.
constexpr char streamTag = 0x0a;    // PushRequest.streams
constexpr char labelsTag = 0x0a;    // Stream.labels
constexpr char entryTag = 0x12;     // Stream.entries
constexpr char timestampTag = 0x0a; // Entry.timestamp
constexpr char lineTag = 0x12;      // Entry.line
constexpr char pairTag = 0x1a;      // Entry.structuredMetadata
constexpr char secondsTag = 0x08;   // Timestamp.seconds
constexpr char nanosTag = 0x10;     // Timestamp.nanos
constexpr char nameTag = 0x0a;      // LabelPair.name
constexpr char valueTag = 0x12;     // LabelPair.value

using wire::putBytes;
using wire::putLength;
using wire::putText;
using wire::putVarint;
using wire::Room;
using wire::varintSize;

inline char *putPair(char *at, std::string_view name, std::string_view value)
{
    const std::size_t size =
        2 + varintSize(name.size()) + name.size() + varintSize(value.size()) + value.size();
    *at++ = pairTag;
    return putText(putText(putVarint(at, size), nameTag, name), valueTag, value);
}

void appendJsonPair(std::string &out, std::string_view name, std::string_view value)
{
    appendJsonString(out, name);
    out += ':';
    appendJsonString(out, value);
    out += ',';
}

void closeObject(std::string &out)
{
    if (out.back() == ',')
        out.back() = '}';
    else
        out += '}';
}

//! The most that an entry takes: a pair adds at most 16 bytes to its texts, and a pair of metadata
//! stands in six bytes of JSON or more.
std::size_t entryBound(const RecordView &record, std::size_t shared, std::size_t line)
{
    return 1024 + line + shared + roughSize(record) + 4 * record.metadata.size();
}

char *putTimestamp(char *at, std::int64_t time)
{
    std::int64_t seconds = time / 1'000'000'000;
    std::int64_t nanos = time % 1'000'000'000;
    if (nanos < 0) {
        nanos += 1'000'000'000;
        --seconds;
    }
    *at++ = timestampTag;
    char *const start = at++;
    if (seconds != 0) {
        *at++ = secondsTag;
        at = putVarint(at, static_cast<std::uint64_t>(seconds));
    }
    if (nanos != 0) {
        *at++ = nanosTag;
        at = putVarint(at, static_cast<std::uint64_t>(nanos));
    }
    *start = static_cast<char>(at - start - 1);
    return at;
}

//! The line without an intermediate copy: most records have nothing but a message.
char *putLine(char *at, const RecordView &record)
{
    *at++ = lineTag;
    const bool trace = !record.stackTrace.empty();
    at = putVarint(at, record.message.size() + (trace ? 1 + record.stackTrace.size() : 0));
    at = putBytes(at, record.message);
    if (!trace)
        return at;
    *at++ = '\n';
    return putBytes(at, record.stackTrace);
}

//! \a line is empty where all fields are pairs.
char *putEntry(char *at, const RecordView &record, std::int64_t time, Placement placement,
               std::string_view shared, std::string_view line, const Labels &fixed,
               PlainNames &plain)
{
    *at++ = entryTag;
    char *const start = at;
    constexpr std::size_t lengthRoom = 2; // 128 to 16383 bytes, as nearly all of them
    const auto pair = [&](std::string_view name, std::string_view value) {
        at = putPair(at, name, value);
    };
    at = putTimestamp(at + lengthRoom, time);
    at = placement == Placement::Pairs ? putLine(at, record) : putText(at, lineTag, line);
    if (placement != Placement::Line) {
        at = putBytes(at, shared);
        forEachOwnField(record, pair);
    }
    if (placement == Placement::Pairs)
        forEachMetadataKey(record, fixed, pair, &plain);
    return putLength(start, lengthRoom, at);
}

//! Whether \a value cannot stand in JSON as it is.
bool needsEscapes(std::string_view value)
{
    return std::any_of(value.begin(), value.end(), [](char c) {
        return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
}

} // namespace

QByteArray Encoder::protobuf(std::span<const RecordView> records,
                             std::vector<std::size_t> &order) const
{
    const Streams grouped(
        records, fixed,
        [this](std::string &out, const RunContext &context) {
            if (!structuredMetadata)
                return appendContextLine(out, context);
            forEachContextField(context, [&](std::string_view name, std::string_view value) {
                const std::size_t size = out.size();
                out.resize(size + name.size() + value.size() + 32);
                const char *const end = putPair(out.data() + size, name, value);
                out.resize(static_cast<std::size_t>(end - out.data()));
            });
        },
        isBackfill);
    order = grouped.order();

    std::size_t estimate = 4096;
    for (const auto &stream : grouped.streams())
        estimate += stream.bytes + stream.bytes / 4;
    Room room;
    char *at = room.ensure(room.begin(), estimate);
    std::string line;
    PlainNames plain;
    for (const auto &stream : grouped.streams()) {
        const std::string labels = labelText(stream.labels);
        at = room.ensure(at, labels.size() + 32);
        *at++ = streamTag;
        const auto streamStart = at - room.begin();
        const std::size_t streamRoom = varintSize(stream.bytes);
        at = putText(at + streamRoom, labelsTag, labels);
        for (const std::uint32_t index : stream.records) {
            const RecordView &record = records[index];
            const std::string &shared = grouped.sharedOf(index);
            const Placement placement = placementOf(record, structuredMetadata, fixed);
            line.clear();
            if (placement != Placement::Pairs)
                appendLine(line, record, placement, contextLine(record, shared), fixed);
            at = room.ensure(at, entryBound(record, shared.size(), line.size()));
            at = putEntry(at, record, grouped.timeOf(index), placement, shared, line, fixed, plain);
        }
        at = room.ensure(at, 16);
        at = putLength(room.begin() + streamStart, streamRoom, at);
    }
    return snappyCompress({room.begin(), static_cast<std::size_t>(at - room.begin())});
}

//! The context's fields for the line; \a shared holds them where all records have them there.
std::string Encoder::contextLine(const RecordView &record, const std::string &shared) const
{
    if (!structuredMetadata)
        return shared;
    std::string fields;
    appendContextLine(fields, contextOf(record));
    return fields;
}

std::string Encoder::json(std::span<const RecordView> records,
                          std::vector<std::size_t> &order) const
{
    const Streams grouped(
        records, fixed,
        [this](std::string &out, const RunContext &context) {
            if (!structuredMetadata)
                return appendContextLine(out, context);
            forEachContextField(context, [&](std::string_view name, std::string_view value) {
                if (escapesInMetadata || !needsEscapes(value))
                    appendJsonPair(out, name, value);
            });
        },
        isBackfill);
    order = grouped.order();

    std::string out = R"({"streams":[)";
    for (const auto &stream : grouped.streams()) {
        out += R"({"stream":{)";
        for (const auto &[name, value] : stream.labels)
            appendJsonPair(out, name, value);
        closeObject(out);
        out += R"(,"values":[)";
        for (const std::uint32_t index : stream.records) {
            appendJsonEntry(out, records[index], grouped.timeOf(index), grouped.sharedOf(index));
            out += ',';
        }
        out.back() = ']';
        out += "},";
    }
    out.back() = ']';
    return out + '}';
}

void Encoder::appendJsonEntry(std::string &out, const RecordView &record, std::int64_t time,
                              const std::string &shared) const
{
    const Placement placement = placementOf(record, structuredMetadata, fixed);
    std::string line;
    std::string pairs = placement == Placement::Line ? std::string() : shared;
    if (placement == Placement::Pairs && !escapesInMetadata) {
        line = record.message;
        const auto place = [&](std::string_view name, std::string_view value) {
            if (needsEscapes(value))
                appendLogfmt(line, name, value);
            else
                appendJsonPair(pairs, name, value);
        };
        forEachContextField(contextOf(record), [&](std::string_view name, std::string_view value) {
            if (needsEscapes(value)) // the others are in shared
                appendLogfmt(line, name, value);
        });
        forEachOwnField(record, place);
        forEachMetadataKey(record, fixed, place);
        if (!record.stackTrace.empty())
            line.append(1, '\n').append(record.stackTrace);
    } else {
        const auto pair = [&](std::string_view name, std::string_view value) {
            appendJsonPair(pairs, name, value);
        };
        appendLine(line, record, placement,
                   placement == Placement::Line ? contextLine(record, shared) : std::string(),
                   fixed);
        if (placement != Placement::Line)
            forEachOwnField(record, pair);
        if (placement == Placement::Pairs)
            forEachMetadataKey(record, fixed, pair);
    }
    out += R"([")" + std::to_string(time) + R"(",)";
    appendJsonString(out, line);
    if (!pairs.empty()) {
        pairs.back() = '}'; // the comma
        out += ",{";
        out += pairs;
    }
    out += ']';
}

} // namespace trace::loki
