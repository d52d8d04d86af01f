// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogitem.h"

#include "core/record/jsonvalues.h"
#include "core/record/jsonwriter.h"
#include "core/record/recordkeys.h"
#include "core/record/timestamp.h"
#include "core/service/datadog/datadogencoder.h"
#include "core/service/datadog/datadogstatus.h"
#include "core/service/datadog/datadogtags.h"

#include <algorithm>

namespace trace::datadog {

namespace dom = simdjson::dom;

namespace {

enum class Reserved
{
    None,
    Time,
    Host,
    Status,
    Service,
    Source,
    Tags,
    Message
};

//! Datadog's reserved attributes, and the names that the Python handler gave them.
Reserved reservedOf(std::string_view key)
{
    constexpr std::array<std::pair<std::string_view, Reserved>, 18> names{{
        {"message", Reserved::Message},
        {"status", Reserved::Status},
        {"timestamp", Reserved::Time},
        {"hostname", Reserved::Host},
        {"service", Reserved::Service},
        {"ddsource", Reserved::Source},
        {"ddtags", Reserved::Tags},
        {"level", Reserved::Status},
        {"severity", Reserved::Status},
        {"host", Reserved::Host},
        {"source", Reserved::Source},
        {"tags", Reserved::Tags},
        {"@timestamp", Reserved::Time},
        {"_timestamp", Reserved::Time},
        {"Timestamp", Reserved::Time},
        {"eventTime", Reserved::Time},
        {"date", Reserved::Time},
        {"published_date", Reserved::Time},
    }};
    for (const auto &[name, reserved] : names) {
        if (name == key)
            return reserved;
    }
    return Reserved::None;
}

bool isGroup(std::string_view key)
{
    for (const std::string_view group : {"workflow", "dd", "error", "trace", "otel", "syslog"}) {
        if (group == key)
            return true;
    }
    return false;
}

//! Of our own encoder, which says so where a message looks like JSON: that is none of the item.
bool isOwnItem(const dom::object &item)
{
    dom::element level;
    return item.at_pointer("/workflow/level").get(level) == simdjson::SUCCESS;
}

} // namespace

ItemReader::ItemReader(const ItemDefaults &defaults, std::int64_t now, const RecordSink &sink)
    : m_defaults(defaults)
    , m_now(now)
    , m_sink(sink)
{}

void ItemReader::read(const Element &item)
{
    if (item.is_null())
        return;
    dom::object object;
    begin();
    if (item.get_object().get(object) == simdjson::SUCCESS) {
        if (object.size() == 0)
            return;
        std::string_view message;
        if (object["message"].get(message) == simdjson::SUCCESS && !isOwnItem(object))
            readInner(message);
        m_object = object;
        for (const auto field : object) {
            if (!isOverridden(field.key))
                readMember(field.key, field.value);
        }
        settleAliases();
    } else {
        static_cast<void>(takeMessage(item));
    }
    emit();
}

void ItemReader::readLine(std::string_view line)
{
    begin();
    readInner(line);
    if (!m_hasMessage)
        m_record.message = line;
    emit();
}

//! A message that is an object in JSON is what its item says, and goes before it; it stays the
//! message where it has none of its own.
void ItemReader::readInner(std::string_view message)
{
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = message.find_first_not_of(blanks);
    dom::element element;
    dom::object object;
    if (first == std::string_view::npos || message[first] != '{' ||
        !parseJson(m_inner, message, element) ||
        element.get_object().get(object) != simdjson::SUCCESS)
        return;
    m_object = object;
    for (const auto field : object)
        readMember(field.key, field.value);
    settleAliases();
    m_hasInnerTime = m_hasTime;
    m_hasInnerStatus = m_hasStatus;
}

//! Whether the message's JSON has told what \a key of the item would.
bool ItemReader::isOverridden(std::string_view key) const
{
    switch (reservedOf(key)) {
    case Reserved::Time:
        return m_hasInnerTime;
    case Reserved::Status:
        return m_hasInnerStatus;
    case Reserved::Message:
        return key == "message" && m_hasMessage;
    default:
        return false;
    }
}

void ItemReader::begin()
{
    m_record = {};
    m_record.timestamp = m_now;
    m_now = nextNs(m_now);
    m_parts.clear();
    m_metadata.clear();
    m_keys.clear();
    m_service = {};
    m_source = {};
    m_tags.clear();
    m_traceNumber.text = {};
    m_spanNumber.text = {};
    m_exactTime.reset();
    m_hasTime = false;
    m_hasStatus = false;
    m_hasMessage = false;
    m_hasInnerTime = false;
    m_hasInnerStatus = false;
}

void ItemReader::emit()
{
    if (m_exactTime)
        m_record.timestamp = *m_exactTime;
    std::string_view &hostname = contextText(&RunContext::hostname);
    if (hostname.empty())
        hostname = m_defaults.hostname;
    settleTags();
    settleService();
    settleIds();
    const std::string_view source = m_source.empty() ? m_defaults.source : m_source;
    if (!source.empty() && source != defaultSource)
        addMetadata("ddsource", source);
    if (!m_metadata.empty()) {
        m_metadata += '}';
        m_record.metadata = m_metadata;
    }
    m_record.context = m_contexts.find(m_parts);
    m_sink(m_record);
}

void ItemReader::readMember(std::string_view key, const Element &value)
{
    if (value.is_null())
        return;
    dom::object members;
    if (isGroup(key) && value.get_object().get(members) == simdjson::SUCCESS) {
        for (const auto member : members)
            readGroup(key, member.key, member.value);
        return;
    }
    const std::size_t dot = key.find('.');
    if (dot != std::string_view::npos && isGroup(key.substr(0, dot)))
        readGroup(key.substr(0, dot), key.substr(dot + 1), value);
    else if (!takeTop(key, value) && !m_aliased.add(key, value))
        addMetadata(key, value);
}

//! What the members of m_object say under the names of other loggers.
void ItemReader::settleAliases()
{
    std::uint32_t seen = 0;
    m_aliased.resolve(
        seen,
        [this](const AliasedMembers::Member &member) {
            const RecordAlias &alias = *member.alias;
            if (isTold(alias) ||
                !m_fields.takeAlias(alias, member.value, m_object, m_record, m_parts))
                return false;
            m_hasMessage |= alias.kind == RecordKey::Kind::Message;
            m_hasStatus |= alias.kind == RecordKey::Kind::Level;
            m_hasTime |= alias.kind == RecordKey::Kind::Timestamp;
            return true;
        },
        [this](std::string_view key, const Element &value) { addMetadata(key, value); },
        [this](std::string_view key, std::string_view json) {
            m_keys.append(m_metadata, key);
            m_metadata += json;
        });
    m_aliased.clear();
}

bool ItemReader::isTold(const RecordAlias &alias) const
{
    using Kind = RecordKey::Kind;
    switch (alias.kind) {
    case Kind::Timestamp:
        return m_hasTime || m_exactTime;
    case Kind::Level:
        return m_hasStatus;
    case Kind::Message:
        return m_hasMessage;
    case Kind::Mode:
        return m_record.mode != Mode::None;
    case Kind::Tags:
        return !m_parts.tags.empty();
    case Kind::Context:
        return !m_parts.texts[alias.index].empty();
    case Kind::Text:
        return !(m_record.*textFields<RecordView>[alias.index].member).empty();
    case Kind::Integer:
        return (m_record.*integerFields<RecordView>[alias.index].member).has_value();
    case Kind::Number:
        return (m_record.*numberFields<RecordView>[alias.index].member).has_value();
    case Kind::Metadata:
        break;
    }
    return true;
}

void ItemReader::readGroup(std::string_view group, std::string_view key, const Element &value)
{
    if (value.is_null() || takeMember(group, key, value))
        return;
    std::string name(group);
    name.append(".").append(key);
    addMetadata(name, value);
}

bool ItemReader::takeTop(std::string_view key, const Element &value)
{
    switch (reservedOf(key)) {
    case Reserved::Time:
        return takeTime(value);
    case Reserved::Host:
        return takeText(contextText(&RunContext::hostname), value);
    case Reserved::Status:
        return takeStatus(value);
    case Reserved::Service:
        return takeText(m_service, value);
    case Reserved::Source:
        return takeText(m_source, value);
    case Reserved::Tags:
        return takeTags(value);
    case Reserved::Message:
        return takeMessage(value);
    case Reserved::None:
        break;
    }
    return takeOwn(key, value);
}

bool ItemReader::takeMember(std::string_view group, std::string_view key, const Element &value)
{
    if (group == "workflow")
        return takeWorkflow(key, value);
    if (group == "dd" && key == "trace_id")
        return takeId(m_traceNumber, value);
    if (group == "dd" && key == "span_id")
        return takeId(m_spanNumber, value);
    if (group == "trace" || group == "otel")
        return takeTraceId(key, value);
    if (group == "error") {
        if (key == "kind")
            return takeText(m_record.exceptionType, value);
        if (key == "message")
            return takeText(m_record.exceptionMessage, value);
        if (key == "stack")
            return takeText(m_record.stackTrace, value);
        return key == "code" && takeText(m_record.errorCode, value);
    }
    if (group == "syslog") {
        if (key == "hostname")
            return takeText(contextText(&RunContext::hostname), value);
        if (key == "appname")
            return takeText(m_service, value);
        if (key == "severity")
            return takeStatus(value);
        return key == "timestamp" && takeTime(value);
    }
    return false;
}

//! A field of ours by our own name.
bool ItemReader::takeOwn(std::string_view key, const Element &value)
{
    const RecordKey *own = findRecordKey(key);
    if (!own)
        return false;
    switch (own->kind) {
    case RecordKey::Kind::Context:
        return takeText(m_parts.texts[own->index], value);
    case RecordKey::Kind::Text:
        return takeText(m_record.*textFields<RecordView>[own->index].member, value);
    case RecordKey::Kind::Integer: {
        auto &integer = m_record.*integerFields<RecordView>[own->index].member;
        return !integer && readInteger(value, integer);
    }
    case RecordKey::Kind::Number: {
        auto &number = m_record.*numberFields<RecordView>[own->index].member;
        return !number && readNumber(value, number);
    }
    case RecordKey::Kind::Mode:
        return m_record.mode == Mode::None && readMode(value, m_record.mode);
    case RecordKey::Kind::Metadata: {
        dom::object members;
        if (value.get_object().get(members) != simdjson::SUCCESS)
            return false;
        for (const auto member : members)
            addMetadata(member.key, member.value);
        return true;
    }
    default:
        return false;
    }
}

bool ItemReader::takeWorkflow(std::string_view key, const Element &value)
{
    if (key == "tags")
        return m_parts.tags.empty() && readTags(value, m_parts.tags);
    if (key == "level")
        return readLevel(value, m_record.level);
    if (key != "timestamp")
        return takeOwn(key, value);
    std::int64_t time = 0;
    if (m_exactTime || !readTimestamp(value, time))
        return false;
    m_exactTime = time;
    return true;
}

bool ItemReader::takeTraceId(std::string_view key, const Element &value)
{
    if (key == "trace_id")
        return takeText(m_record.traceId, value);
    if (key == "span_id")
        return takeText(m_record.spanId, value);
    return key == "parent_span_id" && takeText(m_record.parentSpanId, value);
}

//! The first text counts; what says the same again is no other one.
bool ItemReader::takeText(std::string_view &text, const Element &value)
{
    std::string_view found;
    if (!readText(value, found) || (!text.empty() && text != found))
        return false;
    text = found;
    return true;
}

bool ItemReader::takeTime(const Element &value)
{
    if (m_hasTime || !readTimestamp(value, m_record.timestamp))
        return false;
    m_hasTime = true;
    return true;
}

bool ItemReader::takeStatus(const Element &value)
{
    if (m_hasStatus)
        return false;
    // Numbers beyond those of syslog are on the scale of the logger whose keys stand beside them.
    std::int64_t number = 0;
    constexpr std::int64_t ofSyslog = 7;
    if (value.get_int64().get(number) == simdjson::SUCCESS && number > ofSyslog) {
        m_hasStatus = FieldReader::takeLevelNumber(m_object, value, m_record);
        return m_hasStatus;
    }
    const auto level = levelOfStatus(value);
    m_record.level = level.value_or(m_record.level);
    m_hasStatus = level.has_value();
    return m_hasStatus;
}

bool ItemReader::takeMessage(const Element &value)
{
    if (m_hasMessage)
        return false;
    m_hasMessage = true;
    if (readText(value, m_record.message))
        return true;
    m_message.clear();
    appendElement(m_message, value);
    m_record.message = m_message;
    return true;
}

bool ItemReader::takeTags(const Element &value)
{
    std::string_view text;
    if (readText(value, text)) {
        splitTags(text);
        return true;
    }
    std::vector<std::string_view> tags;
    if (!readTags(value, tags))
        return false;
    m_tags.insert(m_tags.end(), tags.begin(), tags.end());
    return true;
}

bool ItemReader::takeId(Id &id, const Element &value)
{
    std::uint64_t number = 0;
    if (!id.text.empty())
        return false;
    if (readText(value, id.text))
        return true;
    if (value.get_uint64().get(number) != simdjson::SUCCESS)
        return false;
    id.number = std::to_string(number);
    id.text = id.number;
    return true;
}

} // namespace trace::datadog
