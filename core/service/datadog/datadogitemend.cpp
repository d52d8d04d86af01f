// SPDX-License-Identifier: LGPL-3.0-or-later
// What an ItemReader can only tell once it has read the whole item.
#include "core/record/jsonvalues.h"
#include "core/record/jsonwriter.h"
#include "core/service/datadog/datadogids.h"
#include "core/service/datadog/datadogitem.h"
#include "core/service/datadog/datadogtags.h"

#include <algorithm>

namespace trace::datadog {

namespace {

constexpr std::size_t contextIndex(std::string RunContext::*member)
{
    std::size_t index = 0;
    while (contextFields[index].member != member)
        ++index;
    return index;
}

//! Whether \a id, of dd.*, says nothing beside \a other, whose low 64 bits are \a number.
bool isSaid(std::string_view id, std::string_view hex, std::string_view other,
            std::optional<std::uint64_t> number)
{
    return id == other || hex == other || (number && id == std::to_string(*number));
}

} // namespace

std::string_view &ItemReader::contextText(std::string RunContext::*member)
{
    return m_parts.texts[contextIndex(member)];
}

void ItemReader::splitTags(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        std::string_view tag = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        const std::size_t first = tag.find_first_not_of(blanks);
        if (first != std::string_view::npos)
            m_tags.push_back(tag.substr(first, tag.find_last_not_of(blanks) - first + 1));
    }
}

void ItemReader::settleTags()
{
    const auto own = m_parts.tags; // of `workflow`, exactly as they were
    const std::size_t given = m_tags.size();
    splitTags(m_defaults.tags);
    for (std::size_t i = 0; i < m_tags.size(); ++i) {
        const std::string_view tag = m_tags[i];
        const auto isSame = [tag](std::string_view other) { return plainTag(other) == tag; };
        if (std::any_of(own.begin(), own.end(), isSame) || settleTag(tag))
            continue;
        if (i < given || std::none_of(m_parts.tags.begin(), m_parts.tags.end(), isSame))
            m_parts.tags.push_back(tag);
    }
}

//! True for the tag of a field: it sets the field, or says what is known.
bool ItemReader::settleTag(std::string_view tag)
{
    const std::pair<std::string_view, std::string RunContext::*> fieldTags[] = {
        {environmentTag, &RunContext::environment},
        {runTag, &RunContext::runId},
        {parentRunTag, &RunContext::parentRunId},
    };
    for (const auto &[name, member] : fieldTags) {
        if (tag.size() == name.size() || !tag.starts_with(name))
            continue;
        std::string_view &text = contextText(member);
        if (text.empty())
            text = tag.substr(name.size());
        return plainTag(text) == tag.substr(name.size());
    }
    if (!tag.starts_with(modeTag))
        return false;
    for (const Mode mode : {Mode::Stdout, Mode::Stderr}) {
        if (tag.substr(modeTag.size()) != modeName(mode))
            continue;
        if (m_record.mode == Mode::None)
            m_record.mode = mode;
        return m_record.mode == mode;
    }
    return false;
}

void ItemReader::settleService()
{
    const std::string_view service = m_service.empty() ? m_defaults.service : m_service;
    const std::string_view tagged = serviceOf(m_parts.tags);
    if (service.empty() || service == tagged || service == contextText(&RunContext::workflowName))
        return;
    if (!tagged.empty()) {
        addMetadata("service", service);
        return;
    }
    m_serviceTag.assign(serviceTag).append(service);
    m_parts.tags.push_back(m_serviceTag);
}

void ItemReader::settleIds()
{
    const auto settle = [this](Id &id, std::string_view &text, std::size_t digits, auto numberOf,
                               std::string_view name) {
        // Datadog's libraries write 0 where there is no trace.
        if (id.text.empty() || id.text == "0")
            return;
        id.hex = hexOfDecimal(id.text, digits).value_or(std::string(id.text));
        if (text.empty())
            text = id.hex;
        else if (!isSaid(id.text, id.hex, text, numberOf(text)))
            addMetadata(name, id.text);
    };
    settle(m_traceNumber, m_record.traceId, traceIdDigits, traceNumber, "dd.trace_id");
    settle(m_spanNumber, m_record.spanId, spanIdDigits, spanNumber, "dd.span_id");
}

void ItemReader::addMetadata(std::string_view key, const Element &value)
{
    m_keys.append(m_metadata, key);
    appendElement(m_metadata, value);
}

void ItemReader::addMetadata(std::string_view key, std::string_view text)
{
    m_keys.append(m_metadata, key);
    appendJsonString(m_metadata, text);
}

} // namespace trace::datadog
