// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonwriter.h"

#include "core/record/timestamp.h"

#include <charconv>
#include <cmath>

namespace trace {

namespace {

// The letter behind the backslash, 'u' for a numbered escape, 0 for what stands as it is.
constexpr std::array<char, 256> escapes = [] {
    std::array<char, 256> table{};
    for (std::size_t i = 0; i < 0x20; ++i)
        table[i] = 'u';
    table['\b'] = 'b';
    table['\t'] = 't';
    table['\n'] = 'n';
    table['\f'] = 'f';
    table['\r'] = 'r';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}();

template <typename Number>
void appendNumber(std::string &out, Number number)
{
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    out.append(buffer.data(), end);
}

// A name that needs no escapes, and the comma before it.
void appendKey(std::string &out, std::string_view name)
{
    out.append(",\"").append(name).append("\":");
}

void appendText(std::string &out, std::string_view name, std::string_view text)
{
    if (text.empty())
        return;
    appendKey(out, name);
    appendJsonString(out, text);
}

void appendContext(std::string &out, const RunContext &context)
{
    for (const auto &field : contextFields)
        appendText(out, field.name, context.*field.member);
    if (context.tags.empty())
        return;
    appendKey(out, "tags");
    char separator = '[';
    for (const std::string &tag : context.tags) {
        out.push_back(separator);
        appendJsonString(out, tag);
        separator = ',';
    }
    out.push_back(']');
}

} // namespace

void appendJsonString(std::string &out, std::string_view text)
{
    constexpr std::string_view hex = "0123456789abcdef";
    out.push_back('"');
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const char escape = escapes[byte];
        if (!escape) [[likely]]
            continue;
        out.append(text, done, i - done);
        done = i + 1;
        out.push_back('\\');
        out.push_back(escape);
        if (escape == 'u') {
            out.append("00");
            out.push_back(hex[byte >> 4]);
            out.push_back(hex[byte & 15]);
        }
    }
    out.append(text, done, text.size() - done);
    out.push_back('"');
}

void appendJsonNumber(std::string &out, double number)
{
    if (!std::isfinite(number))
        out.append("null"); // JSON has no word for it.
    else if (number == 0 && std::signbit(number))
        out.append("-0.0"); // Without the fraction most readers take it for the integer 0.
    else
        appendNumber(out, number);
}

void appendJson(std::string &out, const RecordView &record)
{
    out.append("{\"timestamp\":\"");
    appendTimestamp(out, record.timestamp);
    out.append("\",\"level\":\"").append(levelName(record.level)).append("\",\"message\":");
    appendJsonString(out, record.message);
    appendContext(out, contextOf(record));
    appendText(out, "mode", modeName(record.mode));
    for (const auto &field : textFields<RecordView>)
        appendText(out, field.name, record.*field.member);
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
    if (!record.metadata.empty()) {
        appendKey(out, "metadata");
        out.append(record.metadata);
    }
    out.push_back('}');
}

} // namespace trace
