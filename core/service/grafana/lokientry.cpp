// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokientry.h"

#include "core/record/jsonwriter.h"

#include <algorithm>
#include <cmath>

namespace trace::loki {

namespace {

// Contexts are kept for the time of the request, so that equal ones are one pointer; a request made
// to hold only different ones starts anew here.
constexpr std::size_t maxContexts = 16'384;

template <typename Number>
std::optional<Number> numberFrom(std::string_view text)
{
    Number value{};
    const char *const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::vector<std::string> splitTags(std::string_view text)
{
    std::vector<std::string> tags;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        if (comma != 0)
            tags.emplace_back(text.substr(0, comma));
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return tags;
}

//! As backfillLabel has it. Others may have a label of that name with something else in it.
bool isHour(std::string_view text)
{
    constexpr std::string_view form = "0000-00-00T00Z";
    return text.size() == form.size() &&
           std::equal(text.begin(), text.end(), form.begin(), [](char c, char wanted) {
               return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
           });
}

} // namespace

EntryReader::EntryReader(const RecordSink &sink)
    : m_sink(sink)
{}

void EntryReader::beginStream(const Labels &labels)
{
    m_labels = labels;
    m_stream = {};
    m_streamMetadata.clear();
    for (const auto &[name, value] : m_labels)
        apply(m_stream, m_streamMetadata, name, value);
}

void EntryReader::beginEntry(std::int64_t time, std::string_view line)
{
    m_entry = m_stream;
    m_metadata = m_streamMetadata;
    m_entry.record.timestamp = time;
    m_entry.record.message = line;
}

void EntryReader::pair(std::string_view name, std::string_view value)
{
    apply(m_entry, m_metadata, name, value);
}

void EntryReader::emit()
{
    m_entry.record.context = contextFor(m_entry);
    if (!m_entry.serviceName.empty() && !isOwnServiceName(m_entry)) {
        m_entry.keys.append(m_metadata, "service_name");
        appendJsonString(m_metadata, m_entry.serviceName);
    }
    if (!m_metadata.empty()) {
        m_metadata += '}';
        m_entry.record.metadata = m_metadata;
    }
    m_sink(m_entry.record);
}

void EntryReader::apply(Draft &draft, std::string &metadata, std::string_view name,
                        std::string_view value)
{
    const auto field = fieldOf(name);
    if (field && applyField(draft, *field, value))
        return;
    if (name.starts_with(metadataPrefix) && needsPrefix(name))
        name.remove_prefix(metadataPrefix.size());
    draft.keys.append(metadata, name);
    appendJsonString(metadata, value);
}

//! False when the field does not take the value; it belongs to the metadata then.
bool EntryReader::applyField(Draft &draft, Field field, std::string_view value)
{
    RecordView &record = draft.record;
    switch (field.kind) {
    case Field::Kind::Context:
        draft.context[field.index] = value;
        return true;
    case Field::Kind::Text:
        record.*textFields<RecordView>[field.index].member = value;
        return true;
    case Field::Kind::Integer: {
        const auto number = numberFrom<std::int64_t>(value);
        if (number)
            record.*integerFields<RecordView>[field.index].member = number;
        return number.has_value();
    }
    case Field::Kind::Number: {
        const auto number = numberFrom<double>(value);
        const bool usable = number && std::isfinite(*number);
        if (usable)
            record.*numberFields<RecordView>[field.index].member = number;
        return usable;
    }
    case Field::Kind::Tags:
        draft.tags = value;
        return true;
    case Field::Kind::Level: {
        const auto level = levelFromName(value);
        if (level)
            record.level = *level;
        return level.has_value();
    }
    case Field::Kind::Mode:
        for (const Mode mode : {Mode::Stdout, Mode::Stderr}) {
            if (value != modeName(mode))
                continue;
            record.mode = mode;
            return true;
        }
        return false;
    case Field::Kind::ServiceName:
        draft.serviceName = value;
        return true;
    case Field::Kind::Backfill:
        return isHour(value);
    case Field::Kind::Reserved:
        return false;
    }
    return false;
}

//! Whether the label says nothing that the rest of the record does not say: see labelsOf().
bool EntryReader::isOwnServiceName(const Draft &draft) const
{
    constexpr std::size_t workflow = 2;
    static_assert(contextFields[workflow].member == &RunContext::workflowName);
    const std::string_view workflowName = draft.context[workflow];
    if (draft.serviceName == workflowName)
        return true;
    if (workflowName.empty() && draft.serviceName == "unknown_service")
        return true;
    if (m_last) {
        for (const std::string &tag : m_last->context.tags) {
            if (tag.starts_with("service:") && tag.substr(8) == draft.serviceName)
                return true;
        }
    }
    return false;
}

const RunContext *EntryReader::contextFor(const Draft &draft)
{
    if (m_last && matches(*m_last, draft))
        return &m_last->context;
    std::size_t hash = std::hash<std::string_view>()(draft.tags);
    for (const std::string_view text : draft.context)
        hash = hash * 1'000'003 + std::hash<std::string_view>()(text);
    const auto [first, last] = m_byHash.equal_range(hash);
    for (auto it = first; it != last; ++it) {
        if (matches(*it->second, draft)) {
            m_last = it->second;
            return &m_last->context;
        }
    }
    if (m_contexts.size() >= maxContexts) {
        m_byHash.clear();
        m_contexts.clear();
    }
    KnownContext &known = m_contexts.emplace_back();
    for (std::size_t i = 0; i < contextFields.size(); ++i)
        known.context.*contextFields[i].member = draft.context[i];
    known.tags = draft.tags;
    known.context.tags = splitTags(draft.tags);
    m_byHash.emplace(hash, &known);
    m_last = &known;
    return &known.context;
}

bool EntryReader::matches(const KnownContext &known, const Draft &draft)
{
    for (std::size_t i = 0; i < contextFields.size(); ++i) {
        if (known.context.*contextFields[i].member != draft.context[i])
            return false;
    }
    return known.tags == draft.tags;
}

} // namespace trace::loki
