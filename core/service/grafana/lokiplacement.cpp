// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokiplacement.h"

#include "core/record/jsonwriter.h"
#include "core/service/grafana/lokifields.h"
#include "core/service/roughsize.h"

#include <algorithm>

namespace trace::loki {

using namespace Qt::StringLiterals;

namespace {

//! Fields as structured metadata counts them.
struct Size
{
    std::size_t bytes = 0;
    std::size_t pairs = 0;

    void operator()(std::string_view name, std::string_view value)
    {
        bytes += name.size() + value.size();
        ++pairs;
    }
    [[nodiscard]] bool fits() const
    {
        return bytes <= maxMetadataBytes && pairs <= maxMetadataPairs;
    }
};

std::size_t contextBytes(const RunContext &context)
{
    std::size_t bytes = 0;
    for (const auto &field : contextFields)
        bytes += (context.*field.member).size();
    for (const std::string &tag : context.tags)
        bytes += tag.size() + 1;
    return bytes;
}

//! Whether the fields fit as they are, seen without counting: true of nearly all records.
bool isSmall(const RecordView &record)
{
    constexpr std::size_t ownFields = 30; // names included, they take less than 1 KB
    constexpr std::size_t leastPair = 6;  // bytes of `"a":1,`
    const std::size_t line = record.message.size() + record.stackTrace.size();
    return record.metadata.size() / leastPair + ownFields <= maxMetadataPairs &&
           roughSize(record) - line + contextBytes(contextOf(record)) + 1024 <= maxMetadataBytes;
}

std::size_t plainLineBytes(const RecordView &record)
{
    const std::size_t stack = record.stackTrace.size();
    return record.message.size() + (stack > 0 ? 1 + stack : 0);
}

std::size_t lineBytes(const RecordView &record, Placement placement, const Labels &fixed)
{
    std::string fields;
    std::string line;
    appendContextLine(fields, contextOf(record));
    appendLine(line, record, placement, fields, fixed);
    return line.size();
}

} // namespace

Placement placementOf(const RecordView &record, bool structuredMetadata, const Labels &fixed)
{
    if (!structuredMetadata)
        return Placement::Line;
    if (isSmall(record))
        return Placement::Pairs;
    Size own;
    forEachContextField(contextOf(record), own);
    forEachOwnField(record, own);
    Size all = own;
    forEachMetadataKey(record, fixed, all);
    if (all.fits())
        return Placement::Pairs;
    if (own.fits() && lineBytes(record, Placement::KeysInLine, fixed) <= maxLineBytes)
        return Placement::KeysInLine;
    return Placement::Line;
}

std::optional<QString> unfitReason(const RecordView &record, bool structuredMetadata,
                                   const Labels &fixed)
{
    if (plainLineBytes(record) > maxLineBytes)
        return u"the message with its stack trace is longer than the %1 bytes that Loki takes in a "
               "line"_s.arg(maxLineBytes);
    // A byte of metadata takes six in the line at most, as an escape.
    const std::size_t rough = roughSize(record) + contextBytes(contextOf(record)) + 1024;
    if (6 * rough <= maxLineBytes)
        return std::nullopt;
    const Placement placement = placementOf(record, structuredMetadata, fixed);
    if (placement != Placement::Line || lineBytes(record, placement, fixed) <= maxLineBytes)
        return std::nullopt;
    if (!structuredMetadata)
        return u"the message and its fields are longer than the %1 bytes that Loki takes in a "
               "line"_s.arg(maxLineBytes);
    return u"the fields take more than the %1 KB or %2 names of structured metadata, and more than "
           "the %3 bytes of a line that Loki takes"_s.arg(maxMetadataBytes / 1024 + 1)
               .arg(maxMetadataPairs + 8)
               .arg(maxLineBytes);
}

void appendLine(std::string &out, const RecordView &record, Placement placement,
                std::string_view contextFields, const Labels &fixed)
{
    const auto field = [&](std::string_view name, std::string_view value) {
        appendLogfmt(out, name, value);
    };
    out += record.message;
    if (placement == Placement::Line) {
        out += contextFields;
        forEachOwnField(record, field);
    }
    if (placement != Placement::Pairs)
        forEachMetadataKey(record, fixed, field);
    if (!record.stackTrace.empty()) {
        out += '\n';
        out += record.stackTrace;
    }
}

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

void appendContextLine(std::string &out, const RunContext &context)
{
    forEachContextField(context, [&](std::string_view name, std::string_view value) {
        appendLogfmt(out, name, value);
    });
}

} // namespace trace::loki
