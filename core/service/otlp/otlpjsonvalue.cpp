// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpjsonvalue.h"

#include "core/record/jsonvalues.h"
#include "core/record/jsonwriter.h"

#include <charconv>
#include <limits>

namespace trace::otlp {

namespace dom = simdjson::dom;

namespace {

//! A number, or one of the words that JSON has no number for.
std::optional<Value> doubleValue(const dom::element &element)
{
    Value value;
    value.kind = Value::Kind::Number;
    if (element.get_double().get(value.number) == simdjson::SUCCESS)
        return value;
    const std::string_view text = textOf(element);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (text == "NaN")
        value.number = std::numeric_limits<double>::quiet_NaN();
    else if (text == "Infinity" || text == "-Infinity")
        value.number = text.front() == '-' ? -infinity : infinity;
    else
        return std::nullopt;
    return value;
}

} // namespace

std::optional<dom::element> member(const dom::object &object, std::string_view name,
                                   std::string_view snakeName)
{
    dom::element value;
    bool found = object[name].get(value) == simdjson::SUCCESS;
    if (!found && !snakeName.empty())
        found = object[snakeName].get(value) == simdjson::SUCCESS;
    return found && !value.is_null() ? std::optional(value) : std::nullopt;
}

std::string_view textOf(const std::optional<dom::element> &value)
{
    std::string_view text;
    return value && value->get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::optional<std::int64_t> integerOf(const dom::element &value)
{
    std::int64_t integer = 0;
    if (value.get_int64().get(integer) == simdjson::SUCCESS)
        return integer;
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) {
        const char *const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, integer);
        return error == std::errc() && stop == end ? std::optional(integer) : std::nullopt;
    }
    double number = 0;
    constexpr double limit = 9.2e18;
    if (value.get_double().get(number) == simdjson::SUCCESS && number > -limit && number < limit)
        return static_cast<std::int64_t>(number);
    return std::nullopt;
}

Value JsonValueReader::read(const dom::element &element, std::string &json, int depth)
{
    dom::object object;
    if (depth > maxDepth) {
        m_tooDeep = true;
        return {};
    }
    if (element.get_object().get(object) == simdjson::SUCCESS) {
        std::optional<Value> value;
        for (const auto field : object) {
            if (auto known = readKind(field.key, field.value, json, depth))
                value = known;
        }
        return value.value_or(Value());
    }
    if (element.is_null())
        return {};
    if (element.is_string())
        return Value::ofText(textOf(element));
    Value value;
    const std::size_t start = json.size();
    appendElement(json, element);
    value.kind = Value::Kind::Json;
    value.text = std::string_view(json).substr(start);
    return value;
}

//! OpenTelemetry for JavaScript writes a Uint8Array as an object: {"0":1,"1":255}.
std::optional<Value> JsonValueReader::readBytes(const dom::element &element, std::string &json)
{
    dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS)
        return std::nullopt;
    QByteArray bytes;
    for (const auto member : object) {
        std::uint64_t byte = 0;
        if (member.key != std::to_string(bytes.size()) ||
            member.value.get_uint64().get(byte) != simdjson::SUCCESS || byte > 255)
            return std::nullopt;
        bytes += char(byte);
    }
    Value value;
    value.kind = Value::Kind::Json;
    const std::size_t start = json.size();
    json.append("\"").append(bytes.toBase64().toStdString()).append("\"");
    value.text = std::string_view(json).substr(start);
    return value;
}

std::optional<Value> JsonValueReader::readKind(std::string_view kind, const dom::element &element,
                                               std::string &json, int depth)
{
    Value value;
    if (element.is_null())
        return std::nullopt;
    const bool isBytes = kind == "bytesValue" || kind == "bytes_value";
    if (isBytes && !element.is_string())
        return readBytes(element, json);
    if (isBytes || kind == "stringValue" || kind == "string_value")
        return element.is_string() ? std::optional(Value::ofText(textOf(element))) : std::nullopt;
    if (kind == "boolValue" || kind == "bool_value") {
        value.kind = Value::Kind::Truth;
        return element.get_bool().get(value.truth) == simdjson::SUCCESS ? std::optional(value)
                                                                        : std::nullopt;
    }
    if (kind == "intValue" || kind == "int_value") {
        if (const auto integer = integerOf(element))
            return Value::ofInteger(*integer);
        // No 64-bit integer: kept as it was written.
        return read(element, json, maxDepth);
    }
    if (kind == "doubleValue" || kind == "double_value")
        return doubleValue(element);
    const bool isList = kind == "arrayValue" || kind == "array_value";
    if (!isList && kind != "kvlistValue" && kind != "kvlist_value")
        return std::nullopt;
    const std::size_t start = json.size();
    appendItems(json, element, isList, depth);
    value.kind = Value::Kind::Json;
    value.text = std::string_view(json).substr(start);
    return value;
}

void JsonValueReader::appendItems(std::string &out, const dom::element &element, bool isList,
                                  int depth)
{
    dom::array items;
    dom::element values;
    char separator = isList ? '[' : '{';
    const bool hasItems = element["values"].get(values) == simdjson::SUCCESS &&
                          values.get_array().get(items) == simdjson::SUCCESS;
    if (hasItems) {
        for (const auto item : items) {
            out += separator;
            separator = ',';
            std::string json;
            if (isList) {
                appendJson(out, read(item, json, depth + 1));
                continue;
            }
            dom::object pair;
            Value value;
            std::string_view key;
            if (item.get_object().get(pair) == simdjson::SUCCESS) {
                key = textOf(member(pair, "key"));
                if (const auto found = member(pair, "value"))
                    value = read(*found, json, depth + 1);
            }
            appendJsonString(out, key);
            out += ':';
            appendJson(out, value);
        }
    }
    if (separator != ',')
        out += separator;
    out += isList ? ']' : '}';
}

} // namespace trace::otlp
