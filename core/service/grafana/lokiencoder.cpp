// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokiencoder.h"

#include "core/record/jsonwriter.h"
#include "core/service/compression.h"
#include "core/service/grafana/lokifields.h"
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

//! A value as logfmt: bare where that is clear, else as a JSON string.
void appendLogfmt(std::string &out, std::string_view name, std::string_view value)
{
    out += ' ';
    out += name;
    out += '=';
    const auto isBare = [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '=' && c != '\\' && c != 127;
    };
    if (!value.empty() && std::all_of(value.begin(), value.end(), isBare))
        out += value;
    else
        appendJsonString(out, value);
}

//! The line of a record. \a shared are the context's fields when they go into the line.
void appendLine(std::string &out, const RecordView &record, std::string_view shared,
                bool structuredMetadata)
{
    out += record.message;
    if (!structuredMetadata) {
        out += shared;
        forEachRecordField(record, [&](std::string_view name, std::string_view value) {
            appendLogfmt(out, name, value);
        });
    }
    if (!record.stackTrace.empty()) {
        out += '\n';
        out += record.stackTrace;
    }
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

} // namespace

QByteArray Encoder::protobuf(std::span<const RecordView> records) const
{
    const Streams grouped(records, fixed, [this](std::string &out, const RunContext &context) {
        forEachContextField(context, [&](std::string_view name, std::string_view value) {
            if (!structuredMetadata)
                return appendLogfmt(out, name, value);
            const std::size_t size = out.size();
            out.resize(size + name.size() + value.size() + 32);
            const char *const end = putPair(out.data() + size, name, value);
            out.resize(static_cast<std::size_t>(end - out.data()));
        });
    });

    std::size_t estimate = 4096;
    for (const auto &stream : grouped.streams())
        estimate += stream.bytes + stream.bytes / 4;
    Room room;
    char *at = room.ensure(room.begin(), estimate);
    std::string line;
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
            if (!structuredMetadata) {
                line.clear();
                appendLine(line, record, shared, false);
            }
            at = room.ensure(at, entryBound(record, shared.size(), line.size()));
            *at++ = entryTag;
            char *const entryStart = at;
            const std::size_t entryRoom = 2; // 128 to 16383 bytes, as nearly all of them
            at = putTimestamp(at + entryRoom, uniqueTime(record));
            if (structuredMetadata) {
                at = putBytes(putLine(at, record), shared);
                forEachRecordField(record, [&](std::string_view name, std::string_view value) {
                    at = putPair(at, name, value);
                });
            } else {
                at = putText(at, lineTag, line);
            }
            at = putLength(entryStart, entryRoom, at);
        }
        at = room.ensure(at, 16);
        at = putLength(room.begin() + streamStart, streamRoom, at);
    }
    return snappyCompress({room.begin(), static_cast<std::size_t>(at - room.begin())});
}

std::string Encoder::json(std::span<const RecordView> records) const
{
    const Streams grouped(records, fixed, [this](std::string &out, const RunContext &context) {
        forEachContextField(context, [&](std::string_view name, std::string_view value) {
            if (structuredMetadata)
                appendJsonPair(out, name, value);
            else
                appendLogfmt(out, name, value);
        });
    });

    std::string out = R"({"streams":[)";
    std::string line;
    for (const auto &stream : grouped.streams()) {
        out += R"({"stream":{)";
        for (const auto &[name, value] : stream.labels)
            appendJsonPair(out, name, value);
        closeObject(out);
        out += R"(,"values":[)";
        for (const std::uint32_t index : stream.records) {
            const RecordView &record = records[index];
            const std::string &shared = grouped.sharedOf(index);
            line.clear();
            appendLine(line, record, shared, structuredMetadata);
            out += R"([")" + std::to_string(uniqueTime(record)) + R"(",)";
            appendJsonString(out, line);
            const std::size_t end = out.size();
            if (structuredMetadata) {
                out += ",{";
                out += shared;
                forEachRecordField(record, [&](std::string_view name, std::string_view value) {
                    appendJsonPair(out, name, value);
                });
                if (out.back() == '{')
                    out.resize(end);
                else
                    closeObject(out);
            }
            out += "],";
        }
        out.back() = ']';
        out += "},";
    }
    out.back() = ']';
    return out + '}';
}

} // namespace trace::loki
