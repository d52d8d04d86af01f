// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogtags.h"

#include <algorithm>

namespace trace::datadog {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void addTag(std::string &text, std::string_view name, std::string_view value)
{
    const std::string plain = plainTag(value);
    if (plain.empty())
        return;
    if (!text.empty())
        text += ',';
    text.append(name).append(plain);
}

bool isPlain(std::string_view tag)
{
    for (const std::string_view own : {environmentTag, runTag, parentRunTag, modeTag}) {
        if (tag.starts_with(own))
            return false;
    }
    return !tag.empty() && tag.find(',') == std::string_view::npos && trimmed(tag) == tag;
}

template <typename Tags>
std::string_view firstService(const Tags &tags)
{
    for (const std::string_view tag : tags) {
        if (tag.size() > serviceTag.size() && tag.starts_with(serviceTag))
            return tag.substr(serviceTag.size());
    }
    return {};
}

} // namespace

std::string plainTag(std::string_view tag)
{
    std::string plain(trimmed(tag));
    std::replace(plain.begin(), plain.end(), ',', '_');
    return plain;
}

std::string tagText(const RunContext &context, Mode mode)
{
    std::string text;
    addTag(text, environmentTag, context.environment);
    addTag(text, runTag, context.runId);
    addTag(text, parentRunTag, context.parentRunId);
    addTag(text, modeTag, modeName(mode));
    for (const std::string &tag : context.tags)
        addTag(text, {}, tag);
    return text;
}

bool areTagsPlain(const std::vector<std::string> &tags)
{
    return std::all_of(tags.begin(), tags.end(), isPlain);
}

std::string_view serviceOf(const std::vector<std::string> &tags)
{
    return firstService(tags);
}

std::string_view serviceOf(const std::vector<std::string_view> &tags)
{
    return firstService(tags);
}

} // namespace trace::datadog
