// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonrecordreader.h"

#include "core/record/jsonitems.h"
#include "core/record/jsonvalues.h"
#include "core/record/plainline.h"
#include "core/record/recordobjectreader.h"
#include "core/record/terminaltext.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"

#include <QScopeGuard>

#include <algorithm>
#include <cstring>

namespace trace {

namespace dom = simdjson::dom;

namespace {

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
// A parser keeps about ten times the size of its largest input.
constexpr std::size_t keptCapacity = std::size_t{1} << 20;

bool beginsLikeObject(std::string_view line)
{
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && line[first] == '{';
}

std::string_view withoutEnds(std::string_view line)
{
    if (line.starts_with(byteOrderMark))
        line.remove_prefix(byteOrderMark.size());
    // Fixed buffers, GELF over TCP and a log that was cut while its writer went on.
    while (line.starts_with('\0'))
        line.remove_prefix(1);
    while (line.ends_with('\0') || line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

} // namespace

struct JsonRecordReader::State
{
    dom::parser parser;
    std::vector<char>
        buffer; // The text that was parsed or is the message, with the parser's padding.
    dom::element parsed;
    bool hasEscapes = false; // the text that was parsed
    std::string message;     // that does not stand in the text as it is
    RecordObjectReader objects;

    void trim();
    void clean(RecordView &record);
    std::string_view copy(std::string_view text);
    bool parse(std::string_view text, dom::element &element, InputProblems &problems);
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
        buffer.resize(needed > keptCapacity ? needed : needed + needed / 2);
    if (!text.empty())
        std::memcpy(buffer.data(), text.data(), text.size());
    return {buffer.data(), text.size()};
}

bool JsonRecordReader::State::parse(std::string_view text, dom::element &element,
                                    InputProblems &problems)
{
    std::string better;
    Bent bent = Bent::Nothing;
    hasEscapes = text.find('\\') != std::string_view::npos;
    if (hasEscapes && hasLoneSurrogate(text)) {
        better = repairedJson(text, bent).value_or(std::string(text));
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
        const auto repaired = repairedJson(text, bent);
        if (!repaired)
            return false;
        text = copy(*repaired);
        hasEscapes = true;
        error = parser.parse(text.data(), text.size(), false).get(element);
    }
    if (error != simdjson::SUCCESS)
        return false;
    if (bent != Bent::Nothing) {
        ++problems.almostJson;
        problems.bent |= bent;
    }
    return true;
}

// Only an escape can hold a control character of a terminal.
void JsonRecordReader::State::clean(RecordView &record)
{
    if (!hasEscapes || !hasTerminalCodes(record.message))
        return;
    message = withoutTerminalCodes(record.message);
    record.message = message;
}

void InputProblems::add(const InputProblems &others)
{
    notJson += others.notJson;
    replacedUtf8 += others.replacedUtf8;
    wrongType += others.wrongType;
    almostJson += others.almostJson;
    bent |= others.bent;
    overwritten += others.overwritten;
    empty += others.empty;
}

bool saysNothing(const RecordView &record)
{
    const auto hasText = [&record](const auto &field) { return !(record.*field.member).empty(); };
    const auto hasNumber = [&record](const auto &field) {
        return (record.*field.member).has_value();
    };
    return record.message.empty() && record.metadata.empty() && !record.context &&
           std::none_of(textFields<RecordView>.begin(), textFields<RecordView>.end(), hasText) &&
           std::none_of(integerFields<RecordView>.begin(), integerFields<RecordView>.end(),
                        hasNumber) &&
           std::none_of(numberFields<RecordView>.begin(), numberFields<RecordView>.end(),
                        hasNumber);
}

JsonRecordReader::JsonRecordReader()
    : m_state(std::make_unique<State>())
{}

JsonRecordReader::~JsonRecordReader() = default;

RecordView JsonRecordReader::readLine(std::string_view line, std::int64_t now)
{
    return isObject(line) ? object(now) : plainLine(line, now);
}

bool JsonRecordReader::isObject(std::string_view text)
{
    m_state->trim();
    text = withoutEnds(text);
    if (!beginsLikeObject(text))
        return false;
    InputProblems problems = m_problems;
    if (!m_state->parse(text, m_state->parsed, problems))
        return false;
    m_problems = problems;
    return true;
}

RecordView JsonRecordReader::object(std::int64_t now)
{
    RecordView record = m_state->objects.readItem(m_state->parsed, now, m_problems);
    m_state->clean(record);
    return record;
}

std::string JsonRecordReader::cleanText(std::string_view text)
{
    std::string clean;
    if (isUtf8(text)) {
        clean = text;
    } else {
        ++m_problems.replacedUtf8;
        clean = toUtf8(text);
    }
    return hasTerminalCodes(clean) ? withoutTerminalCodes(clean) : clean;
}

RecordView JsonRecordReader::plainLine(std::string_view line, std::int64_t now, Level otherwise)
{
    m_state->trim();
    line = withoutEnds(line);
    if (beginsLikeObject(line))
        ++m_problems.notJson;
    const LastState last = lastStateOf(line);
    m_problems.overwritten += last.before;
    if (last.before > 0 && beginsLikeObject(last.text) && isObject(last.text))
        return object(now);
    std::string &message = m_state->message;
    message = cleanText(last.text);
    RecordView record;
    const PlainFacts facts = readPlainLine(message, now);
    record.timestamp = facts.timestamp.value_or(now);
    record.level = facts.level.value_or(otherwise);
    record.message = message;
    return record;
}

bool JsonRecordReader::readDocument(std::string_view document, std::int64_t now,
                                    const std::function<void(const RecordView &)> &sink)
{
    const auto atEnd = qScopeGuard([this] { m_state->trim(); });
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
    const auto give = [&](const dom::element &item) {
        RecordView record = m_state->objects.readItem(item, now, m_problems);
        m_state->clean(record);
        if (saysNothing(record))
            ++m_problems.empty;
        else
            sink(record);
    };
    if (m_state->parse(document, element, problems)) {
        m_problems = problems;
        dom::array array;
        if (element.get_array().get(array) != simdjson::SUCCESS) {
            give(element);
            return true;
        }
        for (const auto item : array) {
            give(item);
            now = nextNs(now);
        }
        return true;
    }
    // One that cannot be read costs itself alone.
    const std::vector<std::string_view> items = jsonItems(document);
    if (items.empty())
        return document.find_first_not_of(" \t\r\n") == std::string_view::npos;
    problems = m_problems;
    const auto isReadable = [&](std::string_view item) {
        return m_state->parse(item, element, problems);
    };
    if (std::none_of(items.begin(), items.end(), isReadable))
        return false;
    m_problems.replacedUtf8 += clean.empty() ? 0 : 1;
    for (const std::string_view item : items) {
        if (m_state->parse(item, element, m_problems)) {
            give(element);
        } else {
            ++m_problems.notJson;
            const std::string text = cleanText(item);
            RecordView record;
            record.timestamp = now;
            record.message = text;
            sink(record);
        }
        now = nextNs(now);
    }
    return true;
}

} // namespace trace
