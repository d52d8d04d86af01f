// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokientry.h"

#include "core/record/jsonvalues.h"
#include "core/record/jsonwriter.h"
#include "core/record/plainline.h"
#include "core/record/recordaliases.h"

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

EntryReader::~EntryReader()
{
    if (m_lines)
        m_sink.note(m_lines->problems());
}

void EntryReader::beginStream(const Labels &labels)
{
    m_labels = labels;
    m_stream = {};
    m_streamMetadata.clear();
    const auto has = [&labels](std::string_view wanted) {
        return std::any_of(labels.begin(), labels.end(),
                           [wanted](const auto &label) { return label.first == wanted; });
    };
    m_isOwn = has("service_name") && has("level");
    // Other names count where ours do not stand.
    std::vector<bool> isTaken;
    for (const auto &[name, value] : m_labels) {
        const auto field = fieldOf(name);
        isTaken.push_back(field && applyField(m_stream, *field, value));
    }
    for (std::size_t i = 0; i < m_labels.size(); ++i) {
        const auto &[name, value] = m_labels[i];
        if (!isTaken[i] && (m_isOwn || fieldOf(name) || !applyAlias(m_stream, name, value)))
            addMetadata(m_stream, m_streamMetadata, name, value);
    }
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
    if (m_isOwn) {
        apply(m_entry, m_metadata, name, value);
        return;
    }
    // Some clients say the same in both places.
    const auto isSame = [&](const auto &label) {
        return label.first == name && label.second == value;
    };
    if (std::any_of(m_labels.begin(), m_labels.end(), isSame))
        return;
    const auto field = fieldOf(name);
    if (!field || !applyField(m_entry, *field, value))
        m_pairs.emplace_back(name, value); // the line may say the same
}

void EntryReader::emit()
{
    if (!m_isOwn) {
        readLine();
        for (const auto &[name, value] : m_pairs)
            addMetadata(m_entry, m_metadata, name, value);
        m_pairs.clear();
    }
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
    if (!field || !applyField(draft, *field, value))
        addMetadata(draft, metadata, name, value);
}

void EntryReader::addMetadata(Draft &draft, std::string &metadata, std::string_view name,
                              std::string_view value)
{
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
        draft.hasLevel = draft.hasLevel || level;
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

//! False when the name is none, or the field is told already or does not take the value.
bool EntryReader::applyAlias(Draft &draft, std::string_view name, std::string_view value)
{
    using Form = RecordAlias::Form;
    const RecordAlias *alias = findRecordAlias({}, name);
    if (!alias || (alias->form != Form::Value && alias->form != Form::Text))
        return false;
    const auto takeText = [value](std::string_view &text) {
        if (!text.empty())
            return false;
        text = value;
        return true;
    };
    switch (alias->kind) {
    case RecordKey::Kind::Level:
        return !draft.hasLevel && applyField(draft, {Field::Kind::Level}, value);
    case RecordKey::Kind::Text:
        return takeText(draft.record.*textFields<RecordView>[alias->index].member);
    case RecordKey::Kind::Context:
        return takeText(draft.context[alias->index]);
    default:
        return false;
    }
}

void EntryReader::readLine()
{
    const std::string_view line = m_entry.record.message;
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && line[first] == '{') {
        if (!m_lines)
            m_lines = std::make_unique<JsonRecordReader>();
        if (m_lines->isObject(line)) {
            takeObject(m_lines->object(m_entry.record.timestamp));
            return;
        }
    }
    if (m_entry.hasLevel)
        return;
    const auto level = readPlainLine(line, m_entry.record.timestamp).level;
    m_entry.record.level = level.value_or(m_entry.record.level);
}

//! An object without a message stays one.
void EntryReader::takeObject(const RecordView &read)
{
    RecordView &record = m_entry.record;
    if (!m_entry.hasLevel)
        record.level = read.level;
    if (read.message.empty())
        return;
    const std::int64_t time = record.timestamp;
    record.message = read.message;
    record.timestamp = read.timestamp;
    const auto fill = [&](const auto &fields) {
        for (const auto &field : fields) {
            if (!(record.*field.member))
                record.*field.member = read.*field.member;
        }
    };
    fill(integerFields<RecordView>);
    fill(numberFields<RecordView>);
    for (const auto &field : textFields<RecordView>) {
        if ((record.*field.member).empty())
            record.*field.member = read.*field.member;
    }
    if (record.mode == Mode::None)
        record.mode = read.mode;
    const RunContext &context = contextOf(read);
    for (std::size_t i = 0; i < contextFields.size(); ++i) {
        if (m_entry.context[i].empty())
            m_entry.context[i] = context.*contextFields[i].member;
    }
    if (m_entry.tags.empty() && !context.tags.empty()) {
        m_tags.clear();
        for (const std::string &tag : context.tags)
            m_tags.append(m_tags.empty() ? "" : ",").append(tag);
        m_entry.tags = m_tags;
    }
    takeMetadata(read.metadata);
    constexpr std::int64_t nsPerMs = 1'000'000;
    if (time / nsPerMs != read.timestamp / nsPerMs) {
        m_entry.keys.append(m_metadata, "entry_timestamp");
        m_metadata += std::to_string(time);
    }
}

//! Whether \a text says what \a value does, which is \a json.
bool EntryReader::isSameValue(const simdjson::dom::element &value, std::string_view json,
                              std::string_view text)
{
    std::string_view own;
    if (readText(value, own))
        return own == text;
    simdjson::dom::element element;
    if (!parseJson(m_pairParser, text, element))
        return false;
    m_pairJson.clear();
    appendElement(m_pairJson, element);
    return m_pairJson == json;
}

void EntryReader::takeMetadata(std::string_view json)
{
    simdjson::dom::object members;
    if (json.empty() ||
        m_parser.parse(json.data(), json.size()).get_object().get(members) != simdjson::SUCCESS)
        return;
    for (const auto member : members) {
        m_entry.keys.append(m_metadata, member.key);
        const std::size_t start = m_metadata.size();
        appendElement(m_metadata, member.value);
        const std::string_view told = std::string_view(m_metadata).substr(start);
        std::erase_if(m_pairs, [&](const auto &pair) {
            return pair.first == member.key && isSameValue(member.value, told, pair.second);
        });
    }
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
