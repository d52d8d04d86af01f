// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonvalues.h"

#include "core/record/jsonrepair.h"
#include "core/record/jsonwriter.h"
#include "core/record/timestamp.h"

#include <charconv>

namespace trace {

namespace dom = simdjson::dom;

namespace {

using Type = dom::element_type;

template <typename Number>
void appendInteger(std::string &out, Number number)
{
    std::array<char, 24> buffer{};
    out.append(buffer.data(),
               std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
}

void appendDouble(std::string &out, double number)
{
    const std::size_t start = out.size();
    appendJsonNumber(out, number);
    // 2.0 stays a number with a fraction.
    if (out.find_first_of(".en", start) == std::string::npos)
        out.append(".0");
}

} // namespace

bool parseJson(dom::parser &parser, std::string_view json, dom::element &element)
{
    std::string repaired;
    if (hasLoneSurrogate(json)) {
        repaired = repairedJson(json).value_or(std::string(json));
        json = repaired;
    }
    if (parser.parse(json.data(), json.size()).get(element) == simdjson::SUCCESS)
        return true;
    // Numbers beyond 64 bits are all that the parser refuses and JSON does not.
    const auto held = repairedJson(json);
    return held && parser.parse(held->data(), held->size()).get(element) == simdjson::SUCCESS;
}

void appendElement(std::string &out, const dom::element &element)
{
    char separator = 0;
    switch (element.type()) {
    case Type::OBJECT: {
        const dom::object object = element.get_object().value_unsafe();
        separator = '{';
        for (const auto field : object) {
            out.push_back(separator);
            appendJsonString(out, field.key);
            out.push_back(':');
            appendElement(out, field.value);
            separator = ',';
        }
        out.append(separator == '{' ? "{}" : "}");
        break;
    }
    case Type::ARRAY: {
        const dom::array array = element.get_array().value_unsafe();
        separator = '[';
        for (const auto item : array) {
            out.push_back(separator);
            appendElement(out, item);
            separator = ',';
        }
        out.append(separator == '[' ? "[]" : "]");
        break;
    }
    case Type::STRING:
        appendJsonString(out, element.get_string().value_unsafe());
        break;
    case Type::INT64:
        appendInteger(out, element.get_int64().value_unsafe());
        break;
    case Type::UINT64:
        appendInteger(out, element.get_uint64().value_unsafe());
        break;
    case Type::DOUBLE:
        appendDouble(out, element.get_double().value_unsafe());
        break;
    case Type::BOOL:
        out.append(element.get_bool().value_unsafe() ? "true" : "false");
        break;
    case Type::NULL_VALUE:
        out.append("null");
        break;
    }
}

bool readText(const dom::element &value, std::string_view &text)
{
    return value.get_string().get(text) == simdjson::SUCCESS;
}

bool readTimestamp(const dom::element &value, std::int64_t &timestamp)
{
    std::optional<std::int64_t> read;
    if (value.is_int64())
        read = timestampFromInteger(value.get_int64().value_unsafe());
    else if (value.is_string())
        read = timestampFromText(value.get_string().value_unsafe());
    else if (value.type() == Type::DOUBLE)
        read = timestampFromDouble(value.get_double().value_unsafe());
    timestamp = read.value_or(timestamp);
    return read.has_value();
}

bool readLevel(const dom::element &value, Level &level)
{
    std::string_view name;
    if (!readText(value, name))
        return false;
    const auto read = levelFromName(name);
    level = read.value_or(level);
    return read || name.empty();
}

std::optional<std::int64_t> wholeNumber(const dom::element &value)
{
    std::int64_t number = 0;
    if (value.get_int64().get(number) == simdjson::SUCCESS)
        return number;
    std::string_view text;
    if (!readText(value, text))
        return std::nullopt;
    const char *end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

bool readMode(const dom::element &value, Mode &mode)
{
    std::string_view name;
    if (!readText(value, name))
        return false;
    for (const Mode known : {Mode::None, Mode::Stdout, Mode::Stderr}) {
        if (modeName(known) == name) {
            mode = known;
            return true;
        }
    }
    return false;
}

bool readTags(const dom::element &value, std::vector<std::string_view> &tags)
{
    dom::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS)
        return false;
    for (const auto item : array) {
        std::string_view tag;
        if (readText(item, tag)) {
            tags.push_back(tag);
        } else if (!item.is_null()) {
            tags.clear();
            return false;
        }
    }
    return true;
}

bool readInteger(const dom::element &value, std::optional<std::int64_t> &integer)
{
    std::int64_t read = 0;
    if (value.get_int64().get(read) != simdjson::SUCCESS)
        return false;
    integer = read;
    return true;
}

bool readNumber(const dom::element &value, std::optional<double> &number)
{
    double read = 0;
    if (!value.is_number() || value.get_double().get(read) != simdjson::SUCCESS)
        return false;
    number = read;
    return true;
}

} // namespace trace
