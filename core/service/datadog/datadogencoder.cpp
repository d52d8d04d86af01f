// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogencoder.h"

#include "core/record/jsonwriter.h"
#include "core/record/timestamp.h"
#include "core/service/datadog/datadogids.h"
#include "core/service/datadog/datadogtags.h"

#include <charconv>
#include <cmath>

namespace trace::datadog {

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;
// Smaller numbers of milliseconds are taken for seconds by those who tell units by magnitude.
constexpr std::int64_t leastClearMs = 100'000'000'000;

template <typename Number>
void appendNumber(std::string &out, Number number)
{
    std::array<char, 24> buffer{};
    out.append(buffer.data(),
               std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
}

//! A name that needs no escapes, after a comma unless it is the first of its object.
void appendKey(std::string &out, std::string_view name)
{
    const bool isFirst = out.empty() || out.back() == '{';
    out.append(isFirst ? "\"" : ",\"").append(name).append("\":");
}

void appendText(std::string &out, std::string_view name, std::string_view text)
{
    if (text.empty())
        return;
    appendKey(out, name);
    appendJsonString(out, text);
}

//! Begins an object that is taken back by endObject() when nothing was put into it.
std::size_t beginObject(std::string &out, std::string_view name)
{
    const std::size_t start = out.size();
    appendKey(out, name);
    out += '{';
    return start;
}

void endObject(std::string &out, std::size_t start)
{
    if (out.back() == '{')
        out.resize(start);
    else
        out += '}';
}

//! A text, because a double holds no more than 53 bits of it.
void appendId(std::string &out, std::string_view name, std::optional<std::uint64_t> number)
{
    if (!number)
        return;
    appendKey(out, name);
    out += '"';
    appendNumber(out, *number);
    out += '"';
}

void appendIds(std::string &out, const RecordView &record)
{
    if (record.traceId.empty() && record.spanId.empty())
        return;
    const std::size_t start = beginObject(out, "dd");
    appendId(out, "trace_id", traceNumber(record.traceId));
    appendId(out, "span_id", spanNumber(record.spanId));
    endObject(out, start);
}

void appendError(std::string &out, const RecordView &record)
{
    const std::size_t start = beginObject(out, "error");
    appendText(out, "kind", record.exceptionType);
    appendText(out, "message", record.exceptionMessage);
    appendText(out, "stack", record.stackTrace);
    appendText(out, "code", record.errorCode);
    endObject(out, start);
}

//! Datadog reads such a message for what the item says, in place of its status and timestamp.
bool looksLikeJson(std::string_view message)
{
    const std::size_t first = message.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && message[first] == '{';
}

void appendOwnFields(std::string &out, const RecordView &record)
{
    const std::int64_t ms = record.timestamp / nsPerMs;
    const bool isJson = looksLikeJson(record.message);
    if (isJson)
        appendText(out, "level", levelName(record.level));
    if (isJson || record.timestamp % nsPerMs != 0 || std::abs(ms) < leastClearMs) {
        appendKey(out, "timestamp");
        out += '"';
        appendTimestamp(out, record.timestamp);
        out += '"';
    }
    appendText(out, "mode", modeName(record.mode));
    appendText(out, "filename", record.filename);
    appendText(out, "trace_id", record.traceId);
    appendText(out, "span_id", record.spanId);
    appendText(out, "parent_span_id", record.parentSpanId);
    for (const auto &field : integerFields<RecordView>) {
        if (const auto &value = record.*field.member) {
            appendKey(out, field.name);
            appendNumber(out, *value);
        }
    }
    for (const auto &field : numberFields<RecordView>) {
        const auto &value = record.*field.member;
        if (value && std::isfinite(*value)) {
            appendKey(out, field.name);
            appendJsonNumber(out, *value);
        }
    }
    if (record.metadata.empty())
        return;
    appendKey(out, "metadata");
    out.append(record.metadata);
}

//! Milliseconds, always rounded towards the past.
std::int64_t floorMs(std::int64_t ns)
{
    const std::int64_t ms = ns / nsPerMs;
    return ns % nsPerMs < 0 ? ms - 1 : ms;
}

//! The context's fields but for hostname, which stands at the top.
std::string workflowFields(const RunContext &context)
{
    std::string out;
    for (const auto &field : contextFields) {
        if (field.member != &RunContext::hostname)
            appendText(out, field.name, context.*field.member);
    }
    if (areTagsPlain(context.tags))
        return out;
    appendKey(out, "tags");
    char separator = '[';
    for (const std::string &tag : context.tags) {
        out += separator;
        appendJsonString(out, tag);
        separator = ',';
    }
    return out + ']';
}

} // namespace

Encoder::Encoder(std::string_view service, std::string_view source)
    : m_service(service)
    , m_source(source.empty() ? defaultSource : source)
{}

void Encoder::append(std::string &out, const RecordView &record)
{
    const Shared &shared = sharedOf(record);
    out.append(R"({"message":)");
    appendJsonString(out, record.message);
    out.append(R"(,"status":")").append(levelName(record.level)).append(R"(","timestamp":)");
    appendNumber(out, floorMs(record.timestamp));
    out.append(shared.head[static_cast<std::size_t>(record.mode) % shared.head.size()]);
    appendIds(out, record);
    appendError(out, record);
    const std::size_t start = beginObject(out, "workflow");
    out.append(shared.workflow);
    appendOwnFields(out, record);
    endObject(out, start);
    out += '}';
}

const Encoder::Shared &Encoder::sharedOf(const RecordView &record)
{
    const RunContext &context = contextOf(record);
    if (m_last && m_lastContext == &context)
        return *m_last;
    const auto [found, isNew] = m_shared.try_emplace(&context);
    m_lastContext = &context;
    m_last = &found->second;
    if (!isNew)
        return found->second;
    Shared &shared = found->second;
    std::string_view service = m_service;
    if (service.empty())
        service = serviceOf(context.tags);
    if (service.empty())
        service = context.workflowName;
    for (const Mode mode : {Mode::None, Mode::Stdout, Mode::Stderr}) {
        std::string &head = shared.head[static_cast<std::size_t>(mode)];
        head += ' '; // so that appendKey() begins with a comma
        appendText(head, "hostname", context.hostname);
        appendText(head, "service", service);
        appendText(head, "ddsource", m_source);
        appendText(head, "ddtags", tagText(context, mode));
        head.erase(0, 1);
    }
    shared.workflow = workflowFields(context);
    return shared;
}

} // namespace trace::datadog
