// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpassembler.h"

#include "core/record/jsonwriter.h"
#include "core/record/timestamp.h"
#include "core/service/otlp/otlpmetadata.h"

#include <cmath>

namespace trace::otlp {

namespace {

// A list made to be long goes to the metadata, where it costs no more than its bytes.
constexpr std::size_t maxTags = 1000;

std::optional<double> finiteNumber(const Value &value)
{
    if (value.kind == Value::Kind::Integer)
        return static_cast<double>(value.integer);
    if (value.kind == Value::Kind::Number && std::isfinite(value.number))
        return value.number;
    return std::nullopt;
}

} // namespace

Value Value::ofText(std::string_view text)
{
    Value value;
    value.kind = Kind::Text;
    value.text = text;
    return value;
}

Value Value::ofInteger(std::int64_t integer)
{
    Value value;
    value.kind = Kind::Integer;
    value.integer = integer;
    return value;
}

void appendJson(std::string &out, const Value &value)
{
    switch (value.kind) {
    case Value::Kind::Null:
        out += "null";
        break;
    case Value::Kind::Text:
        appendJsonString(out, value.text);
        break;
    case Value::Kind::Truth:
        out += value.truth ? "true" : "false";
        break;
    case Value::Kind::Integer:
        out += std::to_string(value.integer);
        break;
    case Value::Kind::Number: {
        if (!std::isfinite(value.number)) {
            out += std::isnan(value.number) ? R"("NaN")"
                   : value.number > 0       ? R"("Infinity")"
                                            : R"("-Infinity")";
            break;
        }
        const std::size_t start = out.size();
        appendJsonNumber(out, value.number);
        // 2.0 stays a number with a fraction.
        if (out.find_first_of(".e", start) == std::string::npos)
            out += ".0";
        break;
    }
    case Value::Kind::Json:
        out += value.text;
        break;
    }
}

Assembler::Assembler(const RecordSink &sink, std::int64_t now)
    : m_sink(sink)
    , m_now(now)
{}

void Assembler::inherit(Draft &draft, const Draft &from)
{
    draft = from; // keeps the memory of texts and lists
    draft.seen = 0;
}

void Assembler::beginResource()
{
    m_resource = {};
    m_kept.clear();
}

void Assembler::resourceAttribute(std::string_view name, const Value &value)
{
    apply(m_resource, name, value);
}

void Assembler::beginScope()
{
    inherit(m_scope, m_resource);
}

void Assembler::scopeAttribute(std::string_view name, const Value &value)
{
    apply(m_scope, name, value);
}

void Assembler::beginRecord()
{
    inherit(m_record, m_scope);
}

void Assembler::attribute(std::string_view name, const Value &value)
{
    apply(m_record, name, value);
}

void Assembler::emit(const LogRecord &record)
{
    RecordView &view = m_record.record;
    view.timestamp = record.time > 0 ? record.time : record.observedTime;
    if (view.timestamp <= 0)
        view.timestamp = m_record.timestamp.value_or(m_now);
    m_now = nextNs(m_now);
    applySeverity(m_record, record);
    if (record.body.kind == Value::Kind::Text) {
        view.message = record.body.text;
    } else if (record.body.kind != Value::Kind::Null) {
        m_message.clear();
        appendJson(m_message, record.body);
        view.message = m_message;
    }
    applyId(m_record, &RecordView::traceId, record.traceId, "trace_id", m_traceId);
    applyId(m_record, &RecordView::spanId, record.spanId, "span_id", m_spanId);
    applyService(m_record);
    if (!m_record.metadata.empty()) {
        m_record.metadata += '}';
        view.metadata = m_record.metadata;
    }
    view.context = m_contexts.find(m_record.parts);
    m_sink(view);
    m_recordKept.clear();
}

void Assembler::apply(Draft &draft, std::string_view name, const Value &value)
{
    if (const auto field = fieldOf(name)) {
        // What stands twice on a level: the first one counts and the others are kept.
        const std::uint64_t bit = std::uint64_t{1} << field->place;
        if (!(draft.seen & bit) && applyField(draft, *field, value)) {
            draft.seen |= bit;
            return;
        }
    } else if (name.starts_with(metadataPrefix) && needsPrefix(name)) {
        name.remove_prefix(metadataPrefix.size());
    }
    addMetadata(draft, name, value);
}

void Assembler::addMetadata(Draft &draft, std::string_view name, const Value &value)
{
    draft.keys.append(draft.metadata, name);
    appendJson(draft.metadata, value);
}

//! False when the field does not take the value; it belongs to the metadata then.
bool Assembler::applyField(Draft &draft, const Field &field, const Value &value)
{
    const bool isText = value.kind == Value::Kind::Text;
    switch (field.kind) {
    case Field::Kind::Context:
        if (isText)
            draft.parts.texts[field.index] = value.text;
        return isText;
    case Field::Kind::Text:
        if (isText)
            draft.record.*textFields<RecordView>[field.index].member = value.text;
        return isText;
    case Field::Kind::Integer:
        if (value.kind != Value::Kind::Integer)
            return false;
        draft.record.*integerFields<RecordView>[field.index].member = value.integer;
        return true;
    case Field::Kind::Number: {
        const auto number = finiteNumber(value);
        if (number)
            draft.record.*numberFields<RecordView>[field.index].member = number;
        return number.has_value();
    }
    case Field::Kind::Tags:
        return applyTags(draft, value);
    case Field::Kind::Mode:
        for (const Mode mode : {Mode::Stdout, Mode::Stderr}) {
            if (!isText || value.text != modeName(mode))
                continue;
            draft.record.mode = mode;
            return true;
        }
        return false;
    case Field::Kind::Timestamp:
        draft.timestamp = isText ? timestampFromText(value.text) : std::nullopt;
        return draft.timestamp.has_value();
    case Field::Kind::ServiceName:
        if (isText)
            draft.serviceName = value.text;
        return isText;
    }
    return false;
}

//! Takes an array of texts and nothing else.
bool Assembler::applyTags(Draft &draft, const Value &value)
{
    if (value.kind != Value::Kind::Json || !value.text.starts_with('['))
        return false;
    TextKeeper &kept = &draft == &m_record ? m_recordKept : m_kept;
    std::vector<std::string_view> tags;
    JsonCursor json(value.text);
    json.take('[');
    while (json.peek() == '"' && tags.size() < maxTags) {
        std::string scratch;
        tags.push_back(kept.keep(std::string(json.text(scratch))));
        json.take(',');
    }
    if (!json.take(']'))
        return false;
    draft.parts.tags = std::move(tags);
    return true;
}

//! The id on the wire counts, unless an attribute holds the same one as it was written first.
void Assembler::applyId(Draft &draft, std::string_view RecordView::*member, const Id &id,
                        std::string_view name, std::string &hex)
{
    if (!id)
        return;
    const std::string_view written = draft.record.*member;
    if (idFromText(written, id.size).view() == id.view())
        return;
    if (!written.empty())
        addMetadata(draft, name, Value::ofText(written));
    hex.clear();
    appendHex(hex, id.view());
    draft.record.*member = hex;
}

void Assembler::applySeverity(Draft &draft, const LogRecord &record)
{
    const auto named = levelFromName(record.severityText);
    if (record.severityNumber >= 1 && record.severityNumber <= 24)
        draft.record.level = record.severityNumber < 5
                                 ? Level::Debug
                                 : static_cast<Level>((record.severityNumber - 5) / 4);
    else
        draft.record.level = named.value_or(Level::Info);
    if (!record.severityText.empty() && named != draft.record.level)
        addMetadata(draft, "severity_text", Value::ofText(record.severityText));
}

//! The resource's service becomes a `service:` tag, from which every service takes it, unless the
//! record says it anyway.
void Assembler::applyService(Draft &draft)
{
    constexpr std::size_t workflow = 2;
    static_assert(contextFields[workflow].member == &RunContext::workflowName);
    const std::string_view name = draft.serviceName;
    const std::string_view own = serviceNameOf(draft.parts.tags, draft.parts.texts[workflow]);
    if (name.empty() || name == own || name == unknownService)
        return;
    m_serviceTag = "service:" + std::string(name);
    draft.parts.tags.push_back(m_serviceTag);
    if (const auto first = serviceNameOf(draft.parts.tags, {}); first != name) {
        draft.parts.tags.pop_back();
        addMetadata(draft, "service.name", Value::ofText(name));
    }
}

} // namespace trace::otlp
