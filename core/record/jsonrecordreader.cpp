// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonrecordreader.h"

#include "core/record/jsonrepair.h"
#include "core/record/jsonvalues.h"
#include "core/record/recordobjectreader.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"

#include <QScopeGuard>

#include <cstring>

namespace trace {

namespace dom = simdjson::dom;

namespace {

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
// A parser keeps about ten times the size of its largest input.
constexpr std::size_t keptCapacity = std::size_t{1} << 20;

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
    RecordObjectReader objects;

    void trim();
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
            return m_state->objects.readItem(element, now, m_problems);
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
    if (m_state->parse(document, element, problems)) {
        m_problems = problems;
        dom::array array;
        if (element.get_array().get(array) != simdjson::SUCCESS) {
            sink(m_state->objects.readItem(element, now, m_problems));
            return true;
        }
        for (const auto item : array) {
            sink(m_state->objects.readItem(item, now, m_problems));
            now = nextNs(now);
        }
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
            sink(m_state->objects.readItem(element, now, m_problems));
        now = nextNs(now);
    }
    return true;
}

} // namespace trace
