// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpmetadata.h"

#include "core/record/jsonunescape.h"
#include "core/record/jsonwriter.h"
#include "core/service/otlp/otlpfields.h"

#include <protozero/pbf_writer.hpp>

#include <charconv>
#include <cmath>
#include <variant>

namespace trace::otlp {

namespace {

// What is nested deeper goes as JSON in a text: protobuf's parsers take 100 levels of messages, and
// each level here is three of them.
constexpr int maxDepth = 28;

//! A number or a word of JSON; text for a number that neither type holds.
using Scalar = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string_view>;

Scalar scalarOf(std::string_view word)
{
    if (word == "null")
        return nullptr;
    if (word == "true" || word == "false")
        return word == "true";
    const char *const end = word.data() + word.size();
    if (word.find_first_of(".eE") == std::string_view::npos) {
        std::int64_t integer = 0;
        const auto [stop, error] = std::from_chars(word.data(), end, integer);
        if (error == std::errc() && stop == end && word != "-0")
            return integer;
        return word;
    }
    double number = 0;
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    return error == std::errc() && stop == end ? Scalar(number) : Scalar(word);
}

//! The name of an attribute for \a key; \a scratch holds it when it differs.
std::string_view attributeName(std::string_view key, std::string &scratch)
{
    if (!needsPrefix(key))
        return key;
    scratch = std::string(metadataPrefix) + std::string(key);
    return scratch;
}

struct ScalarToProtobuf
{
    protozero::pbf_writer &value;
    void operator()(std::nullptr_t) const {}
    void operator()(bool truth) const { value.add_bool(2, truth); }
    void operator()(std::int64_t number) const { value.add_int64(3, number); }
    void operator()(double number) const { value.add_double(4, number); }
    void operator()(std::string_view text) const { value.add_string(1, text.data(), text.size()); }
};

//! Appends the fields of an AnyValue for the value that stands here. By texts for the parts,
//! because a nested pbf_writer leaves nothing of a message that is empty, such as that of null.
void putValue(std::string &out, JsonCursor &json, int depth)
{
    std::string scratch;
    protozero::pbf_writer value(out);
    const char first = json.peek();
    if (first == '"' || ((first == '[' || first == '{') && depth > maxDepth)) {
        const std::string_view text = first == '"' ? json.text(scratch) : json.value();
        value.add_string(1, text.data(), text.size());
        return;
    }
    if (first != '[' && first != '{') {
        std::visit(ScalarToProtobuf{value}, scalarOf(json.word()));
        return;
    }
    const bool isList = json.take('[');
    if (!isList) // not the brace of the list's first item
        json.take('{');
    std::string items;
    protozero::pbf_writer list(items);
    std::string item;
    while (json.peek() != '\0' && !json.take(isList ? ']' : '}')) {
        std::string member;
        if (!isList) {
            const std::string_view key = json.text(scratch);
            protozero::pbf_writer(member).add_string(1, key.data(), key.size());
            json.take(':');
        }
        item.clear();
        putValue(item, json, depth + 1);
        if (!isList)
            protozero::pbf_writer(member).add_message(2, item);
        list.add_message(1, isList ? item : member);
        json.take(',');
    }
    value.add_message(isList ? 5 : 6, items);
}

struct ScalarToJson
{
    std::string &out;
    void operator()(std::nullptr_t) const {}
    void operator()(bool truth) const
    {
        out += truth ? R"("boolValue":true)" : R"("boolValue":false)";
    }
    void operator()(std::int64_t number) const { appendJsonInteger(out, std::to_string(number)); }
    void operator()(double number) const { appendJsonDouble(out, number); }
    void operator()(std::string_view text) const { appendJsonText(out, text); }
};

//! Appends the value that stands here as an AnyValue.
void appendValue(std::string &out, JsonCursor &json, int depth)
{
    std::string scratch;
    out += '{';
    if (json.peek() == '"') {
        appendJsonText(out, json.text(scratch));
    } else if (json.peek() != '[' && json.peek() != '{') {
        std::visit(ScalarToJson{out}, scalarOf(json.word()));
    } else if (depth > maxDepth) {
        appendJsonText(out, json.value());
    } else {
        const bool isList = json.take('[');
        if (!isList) // not the brace of the list's first item
            json.take('{');
        out += isList ? R"("arrayValue":{"values":[)" : R"("kvlistValue":{"values":[)";
        bool isFirst = true;
        while (json.peek() != '\0' && !json.take(isList ? ']' : '}')) {
            if (!isFirst)
                out += ',';
            isFirst = false;
            if (!isList) {
                out += R"({"key":)";
                appendJsonString(out, json.text(scratch));
                out += R"(,"value":)";
                json.take(':');
            }
            appendValue(out, json, depth + 1);
            if (!isList)
                out += '}';
            json.take(',');
        }
        out += "]}";
    }
    out += '}';
}

template <typename Visit>
void forEachKey(std::string_view metadata, Visit &&visit)
{
    JsonCursor json(metadata);
    std::string keyScratch;
    std::string nameScratch;
    json.take('{');
    while (json.peek() == '"') {
        const std::string_view key = json.text(keyScratch);
        if (!json.take(':'))
            return;
        visit(attributeName(key, nameScratch), json);
        json.take(',');
    }
}

} // namespace

bool JsonCursor::take(char c)
{
    if (peek() != c || m_at == m_end)
        return false;
    ++m_at;
    return true;
}

std::string_view JsonCursor::text(std::string &scratch)
{
    if (!take('"')) {
        stop();
        return {};
    }
    const char *const start = m_at;
    bool escaped = false;
    while (m_at < m_end && *m_at != '"') {
        if (*m_at == '\\') {
            escaped = true;
            ++m_at;
            if (m_at == m_end)
                return {};
        }
        ++m_at;
    }
    const std::string_view raw(start, static_cast<std::size_t>(m_at - start));
    take('"');
    if (!escaped)
        return raw;
    scratch.clear();
    appendUnescaped(scratch, raw);
    return scratch;
}

std::string_view JsonCursor::value()
{
    const char *const start = m_at;
    int depth = 0;
    bool inString = false;
    for (; m_at < m_end; ++m_at) {
        const char c = *m_at;
        if (inString && c == '\\' && m_end - m_at > 1)
            ++m_at;
        else if (c == '"')
            inString = !inString;
        else if (!inString && (c == '[' || c == '{'))
            ++depth;
        else if (!inString && (c == ']' || c == '}') && --depth == 0)
            break;
    }
    if (m_at < m_end)
        ++m_at; // the last bracket
    return {start, static_cast<std::size_t>(m_at - start)};
}

std::string_view JsonCursor::word()
{
    const char *const start = m_at;
    while (m_at < m_end && *m_at != ',' && *m_at != '}' && *m_at != ']')
        ++m_at;
    if (m_at == start)
        stop();
    return {start, static_cast<std::size_t>(m_at - start)};
}

void appendMetadataProtobuf(std::string &out, std::string_view metadata)
{
    std::string value;
    forEachKey(metadata, [&](std::string_view name, JsonCursor &json) {
        protozero::pbf_writer record(out);
        protozero::pbf_writer attribute(record, 6);
        attribute.add_string(1, name.data(), name.size());
        value.clear();
        putValue(value, json, 0);
        attribute.add_message(2, value);
    });
}

void appendMetadataJson(std::string &out, std::string_view metadata)
{
    forEachKey(metadata, [&](std::string_view name, JsonCursor &json) {
        out += R"(,{"key":)";
        appendJsonString(out, name);
        out += R"(,"value":)";
        appendValue(out, json, 0);
        out += '}';
    });
}

void appendJsonText(std::string &out, std::string_view text)
{
    out += R"("stringValue":)";
    appendJsonString(out, text);
}

// A text, because parsers that know only doubles lose digits above 2^53.
void appendJsonInteger(std::string &out, std::string_view digits)
{
    out.append(R"("intValue":")").append(digits).append(1, '"');
}

void appendJsonDouble(std::string &out, double number)
{
    out += R"("doubleValue":)";
    if (std::isfinite(number))
        appendJsonNumber(out, number);
    else
        out += std::isnan(number) ? R"("NaN")" : number > 0 ? R"("Infinity")" : R"("-Infinity")";
}

} // namespace trace::otlp
