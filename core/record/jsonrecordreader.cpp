// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonrecordreader.h"

#include "core/record/contextcache.h"
#include "core/record/jsonrepair.h"
#include "core/record/jsonwriter.h"
#include "core/record/recordkeys.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"

#include <simdjson.h>

#include <charconv>
#include <cstring>

namespace trace {

namespace dom = simdjson::dom;

namespace {

using Type = dom::element_type;
using Kind = RecordKey::Kind;

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
// A parser keeps about ten times the size of its largest input.
constexpr std::size_t keptCapacity = std::size_t{1} << 20;

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

// Minified. The parser limits the depth.
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
        read = timestampFromSeconds(value.get_double().value_unsafe());
    timestamp = read.value_or(timestamp);
    return read.has_value();
}

bool readLevel(const dom::element &value, Level &level)
{
    constexpr std::int64_t leastNumber = 10;
    constexpr std::int64_t greatestNumber = 50;
    std::int64_t number = 0;
    std::string_view name;
    std::optional<Level> read;
    if (readText(value, name)) {
        if (name.empty())
            return true;
        read = levelFromName(name);
    } else if (value.get_int64().get(number) == simdjson::SUCCESS && number >= leastNumber &&
               number <= greatestNumber) {
        // Beyond these it is the number of another scale (syslog's 3 is an error).
        read = levelFromPythonNumber(number);
    }
    level = read.value_or(level);
    return read.has_value();
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

// Objects one after the other; nothing when something else stands between them.
std::optional<std::vector<std::string_view>> splitObjects(std::string_view text)
{
    std::vector<std::string_view> objects;
    std::size_t start = 0;
    std::size_t depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '{') {
            if (depth++ == 0)
                start = i;
        } else if (c == '}') {
            if (depth == 0)
                return std::nullopt;
            if (--depth == 0)
                objects.push_back(text.substr(start, i + 1 - start));
        } else if (depth == 0) {
            if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
                return std::nullopt;
        } else if (c == '"') {
            inString = true;
        }
    }
    if (depth > 0 || inString)
        return std::nullopt;
    return objects;
}

} // namespace

struct JsonRecordReader::State
{
    dom::parser parser;
    std::vector<char>
        buffer; // The text that was parsed or is the message, with the parser's padding.
    ContextParts parts;
    ContextCache contexts;
    std::string metadata;

    void trim();
    std::string_view copy(std::string_view text);
    bool parse(std::string_view text, dom::element &element, InputProblems &problems);
    RecordView read(const dom::object &object, std::int64_t now, InputProblems &problems);
    bool take(const RecordKey &key, const dom::element &value, RecordView &record);
    void addMetadata(std::string_view key, const dom::element &value);
    RecordView readItem(const dom::element &item, std::int64_t now, InputProblems &problems);
};

// After an unusually large input: gives its memory back.
void JsonRecordReader::State::trim()
{
    if (buffer.size() <= keptCapacity)
        return;
    parser = dom::parser();
    buffer = {};
}

std::string_view JsonRecordReader::State::copy(std::string_view text)
{
    const std::size_t needed = text.size() + simdjson::SIMDJSON_PADDING;
    if (buffer.size() < needed)
        buffer.resize(needed + needed / 2);
    if (!text.empty())
        std::memcpy(buffer.data(), text.data(), text.size());
    return {buffer.data(), text.size()};
}

bool JsonRecordReader::State::parse(std::string_view text, dom::element &element,
                                    InputProblems &problems)
{
    std::string better;
    if (hasLoneSurrogate(text)) {
        better = repairedJson(text).value_or(std::string(text));
        text = better;
        ++problems.replacedUtf8;
    }
    text = copy(text);
    auto error = parser.parse(text.data(), text.size(), false).get(element);
    if (error == simdjson::UTF8_ERROR) {
        better = toUtf8(text);
        ++problems.replacedUtf8;
        text = copy(better);
        error = parser.parse(text.data(), text.size(), false).get(element);
    }
    if (error != simdjson::SUCCESS) {
        const auto repaired = repairedJson(text);
        if (!repaired)
            return false;
        text = copy(*repaired);
        error = parser.parse(text.data(), text.size(), false).get(element);
    }
    return error == simdjson::SUCCESS;
}

void JsonRecordReader::State::addMetadata(std::string_view key, const dom::element &value)
{
    metadata.push_back(metadata.empty() ? '{' : ',');
    appendJsonString(metadata, key);
    metadata.push_back(':');
    appendElement(metadata, value);
}

// False when the value is of a type that the key does not take.
bool JsonRecordReader::State::take(const RecordKey &key, const dom::element &value,
                                   RecordView &record)
{
    switch (key.kind) {
    case Kind::Context:
        return readText(value, parts.texts[key.index]);
    case Kind::Text:
        return readText(value, record.*textFields<RecordView>[key.index].member);
    case Kind::Message:
        return readText(value, record.message);
    case Kind::Timestamp:
        return readTimestamp(value, record.timestamp);
    case Kind::Level:
        return readLevel(value, record.level);
    case Kind::Mode:
        return readMode(value, record.mode);
    case Kind::Tags:
        return readTags(value, parts.tags);
    case Kind::Integer:
        return readInteger(value, record.*integerFields<RecordView>[key.index].member);
    case Kind::Number:
        return readNumber(value, record.*numberFields<RecordView>[key.index].member);
    case Kind::Metadata:
        break;
    }
    dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS)
        return false;
    for (const auto field : object)
        addMetadata(field.key, field.value);
    return true;
}

RecordView JsonRecordReader::State::read(const dom::object &object, std::int64_t now,
                                         InputProblems &problems)
{
    RecordView record;
    record.timestamp = now;
    parts.clear();
    metadata.clear();
    std::uint32_t seen = 0;
    for (const auto field : object) {
        const RecordKey *key = findRecordKey(field.key);
        if (!key) {
            addMetadata(field.key, field.value);
            continue;
        }
        if (field.value.is_null())
            continue;
        // A key that stands twice: the first one counts and the others are kept.
        const std::uint32_t bit = std::uint32_t{1} << key->place;
        if (seen & bit) {
            addMetadata(field.key, field.value);
            continue;
        }
        seen |= bit;
        if (!take(*key, field.value, record)) {
            ++problems.wrongType;
            addMetadata(field.key, field.value);
        }
    }
    if (!metadata.empty()) {
        metadata.push_back('}');
        record.metadata = metadata;
    }
    record.context = contexts.find(parts);
    return record;
}

// An item of an array: one that is no object becomes a message.
RecordView JsonRecordReader::State::readItem(const dom::element &item, std::int64_t now,
                                             InputProblems &problems)
{
    dom::object object;
    if (item.get_object().get(object) == simdjson::SUCCESS)
        return read(object, now, problems);
    RecordView record;
    record.timestamp = now;
    if (!readText(item, record.message)) {
        metadata.clear();
        appendElement(metadata, item);
        record.message = metadata;
    }
    return record;
}

JsonRecordReader::JsonRecordReader()
    : m_state(std::make_unique<State>())
{}

JsonRecordReader::~JsonRecordReader() = default;

RecordView JsonRecordReader::readLine(std::string_view line, std::int64_t now)
{
    m_state->trim();
    if (line.starts_with(byteOrderMark))
        line.remove_prefix(byteOrderMark.size());
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && line[first] == '{') {
        const InputProblems before = m_problems;
        dom::element element;
        if (m_state->parse(line, element, m_problems))
            return m_state->readItem(element, now, m_problems);
        m_problems = before;
        ++m_problems.notJson;
    }
    RecordView record;
    record.timestamp = now;
    if (isUtf8(line)) {
        record.message = m_state->copy(line);
    } else {
        ++m_problems.replacedUtf8;
        record.message = m_state->copy(toUtf8(line));
    }
    return record;
}

bool JsonRecordReader::readDocument(std::string_view document, std::int64_t now,
                                    const std::function<void(const RecordView &)> &sink)
{
    m_state->trim();
    if (document.starts_with(byteOrderMark))
        document.remove_prefix(byteOrderMark.size());
    std::string clean;
    InputProblems problems = m_problems;
    if (!isUtf8(document)) {
        clean = toUtf8(document);
        document = clean;
        ++problems.replacedUtf8;
    }
    dom::element element;
    if (m_state->parse(document, element, problems)) {
        m_problems = problems;
        dom::array array;
        if (element.get_array().get(array) != simdjson::SUCCESS) {
            sink(m_state->readItem(element, now, m_problems));
            return true;
        }
        for (const auto item : array)
            sink(m_state->readItem(item, now, m_problems));
        return true;
    }
    const auto objects = splitObjects(document);
    if (!objects)
        return false;
    // All are parsed before the first one reaches the sink.
    for (const std::string_view object : *objects) {
        if (!m_state->parse(object, element, problems))
            return false;
    }
    m_problems.replacedUtf8 += clean.empty() ? 0 : 1;
    for (const std::string_view object : *objects) {
        if (m_state->parse(object, element, m_problems))
            sink(m_state->readItem(element, now, m_problems));
    }
    return true;
}

} // namespace trace
