// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/metadatavalue.h"

#include "core/filter/jsontext.h"

namespace trace {

namespace {

// Any value, which ends before a comma or a bracket of the object around it.
std::string_view takeValue(std::string_view json, std::size_t &place)
{
    const std::size_t from = place;
    std::size_t depth = 0;
    while (place < json.size()) {
        const char c = json[place];
        if (c == '"') {
            static_cast<void>(takeJsonString(json, place));
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
        ++place;
    }
    return json.substr(from, place - from);
}

std::optional<std::string_view> findMember(std::string_view object, std::string_view key,
                                           std::string &buffer)
{
    std::size_t place = 1;
    while (place < object.size() && object[place] == '"') {
        const std::string_view name = unescapedJson(takeJsonString(object, place), buffer);
        if (place >= object.size() || object[place] != ':')
            return std::nullopt;
        const std::string_view value = takeValue(object, ++place);
        if (name == key)
            return value;
        ++place; // the comma
    }
    return std::nullopt;
}

} // namespace

std::optional<MetadataValue> findMetadata(std::string_view metadata, std::string_view key,
                                          std::string &buffer)
{
    if (metadata.size() < 2 || metadata.front() != '{')
        return std::nullopt;
    if (const auto value = findMember(metadata, key, buffer)) {
        if (*value == "null")
            return std::nullopt;
        if (value->size() >= 2 && value->front() == '"')
            return MetadataValue{unescapedJson(value->substr(1, value->size() - 2), buffer), true};
        return MetadataValue{*value, false};
    }
    const std::size_t dot = key.find('.');
    if (dot == std::string_view::npos)
        return std::nullopt;
    const auto below = findMember(metadata, key.substr(0, dot), buffer);
    if (!below)
        return std::nullopt;
    return findMetadata(*below, key.substr(dot + 1), buffer);
}

} // namespace trace
