// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/recordlines.h"

#include "core/record/plainline.h"
#include "core/record/terminaltext.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace trace {

namespace {

// RFC 7464 puts a record separator before each text of JSON.
constexpr std::string_view blanks = " \t\r\n\x1e";
constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace

RecordLines::RecordLines(Sink sink, Level plainLevel, std::size_t longestLine)
    : m_sink(std::move(sink))
    , m_plainLevel(plainLevel)
    , m_longestLine(longestLine)
{}

void RecordLines::take(std::string_view bytes)
{
    // One look at the clock for all that came at once; they keep their order by time.
    m_now = nowNs();
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            m_rest.append(bytes);
            takeLongLine();
            return;
        }
        if (m_rest.empty()) {
            takeLine(bytes.substr(0, end));
        } else {
            m_rest.append(bytes.substr(0, end));
            const std::string line = std::exchange(m_rest, {});
            takeLine(line);
        }
        bytes.remove_prefix(end + 1);
    }
}

void RecordLines::pause()
{
    m_now = std::max(m_now, nowNs());
    giveTraceback();
}

void RecordLines::finish()
{
    m_now = std::max(m_now, nowNs());
    if (!m_rest.empty()) {
        const std::string line = std::exchange(m_rest, {});
        takeLine(line);
    }
    if (!m_object.empty())
        giveUpObject();
    if (std::exchange(m_isArrayPossible, false))
        takePlain("[");
    giveTraceback();
}

void RecordLines::takeLine(std::string_view line)
{
    if (!m_object.empty())
        takeInObject(line);
    else if (line.starts_with('{') && m_reader.isObject(line))
        giveObject(line);
    else
        takeOther(line);
}

//! Whatever is no object on a line of its own.
void RecordLines::takeOther(std::string_view line)
{
    std::string_view text = line;
    while (text.starts_with(byteOrderMark))
        text.remove_prefix(byteOrderMark.size());
    while (text.starts_with('\0')) // a log that was cut while its writer went on
        text.remove_prefix(1);
    text = trimmed(text);
    if (text.empty()) {
        if (!m_traceback.isEmpty())
            std::ignore = m_traceback.add({});
        return;
    }
    if (std::exchange(m_isArrayPossible, false)) {
        if (text.front() == '{')
            m_isInArray = true;
        else
            takePlain("[");
    }
    if (takeArray(text, line))
        return;
    if (text.front() != '{') {
        takePlain(line);
        return;
    }
    if (m_isInArray && text.ends_with(','))
        text.remove_suffix(1);
    if (m_reader.isObject(text))
        giveObject(text);
    else
        takeObjects(text, line);
}

//! The brackets and commas of an array of objects. True when nothing else is on the line.
bool RecordLines::takeArray(std::string_view &text, std::string_view line)
{
    if (text.front() == '[') {
        const std::string_view behind = trimmed(text.substr(1));
        if (behind.empty()) {
            m_isArrayPossible = true;
            return true;
        }
        if (behind.front() == '{') {
            m_isInArray = true;
            text = behind;
        }
        return false;
    }
    if (!m_isInArray)
        return false;
    while (text.starts_with(','))
        text = trimmed(text.substr(1));
    if (text == "]" || text == "],") {
        m_isInArray = false;
        return true;
    }
    if (!text.empty() && text.front() != '{') {
        m_isInArray = false; // something else follows, whole
        text = trimmed(line);
    }
    return text.empty();
}

//! Several objects on a line, or one that goes on behind it.
void RecordLines::takeObjects(std::string_view text, std::string_view line)
{
    std::vector<std::string_view> objects;
    const auto giveAll = [&] {
        for (const std::string_view object : objects) {
            if (m_reader.isObject(object))
                giveObject(object);
            else
                takePlain(object);
        }
    };
    std::size_t place = 0;
    while (place < text.size()) {
        const char c = text[place];
        if (c == ',' || blanks.find(c) != std::string_view::npos || c == '\0') {
            ++place;
            continue;
        }
        if (c == ']' && m_isInArray) {
            m_isInArray = false;
            ++place;
            continue;
        }
        m_scanner.restart();
        std::size_t used = 0;
        const auto state = m_scanner.scan(text.substr(place), used);
        if (state == JsonObjectScanner::State::Complete) {
            objects.push_back(text.substr(place, used));
            place += used;
            continue;
        }
        std::size_t ofEnd = 0;
        if (state == JsonObjectScanner::State::Broken || m_isEachAlone ||
            m_scanner.scan("\n", ofEnd) == JsonObjectScanner::State::Broken) {
            takePlain(line);
            return;
        }
        giveAll();
        giveTraceback();
        m_object.assign(text.substr(place)) += '\n';
        return;
    }
    giveAll();
}

void RecordLines::takeInObject(std::string_view line)
{
    std::size_t used = 0;
    std::size_t ofEnd = 0;
    switch (m_scanner.scan(line, used)) {
    case JsonObjectScanner::State::Inside:
        if (m_scanner.scan("\n", ofEnd) == JsonObjectScanner::State::Inside &&
            m_object.size() + line.size() < m_longestLine) {
            m_object.append(line) += '\n';
            return;
        }
        break;
    case JsonObjectScanner::State::Complete: {
        const std::string object = std::exchange(m_object, {}).append(line.substr(0, used));
        if (m_reader.isObject(object)) {
            giveObject(object);
        } else {
            m_object = object;
            giveUpObject();
        }
        if (line.size() > used)
            takeLine(line.substr(used));
        return;
    }
    case JsonObjectScanner::State::Broken:
        break;
    }
    giveUpObject();
    takeLine(line);
}

//! It is none: its lines are what they are alone. Not tried together again, as that would take time
//! by the square of their number.
void RecordLines::giveUpObject()
{
    const std::string text = std::exchange(m_object, {});
    m_isEachAlone = true;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (end > 0)
            takeLine(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    m_isEachAlone = false;
}

//! What has no line end yet: whole objects in it go out, and what is too long is cut.
void RecordLines::takeLongLine()
{
    constexpr std::size_t soon = std::size_t{256} * 1024;
    if (m_rest.size() > soon && m_object.empty()) {
        std::string_view text = trimmed(m_rest);
        if (text.starts_with('[') && trimmed(text.substr(1)).starts_with('{')) {
            m_isInArray = true;
            text.remove_prefix(1);
        }
        std::size_t given = 0;
        std::string_view rest = text;
        while (true) {
            const std::size_t start = rest.find_first_not_of(" \t\r\n\x1e,");
            if (start == std::string_view::npos || rest[start] != '{')
                break;
            rest.remove_prefix(start);
            m_scanner.restart();
            std::size_t used = 0;
            if (m_scanner.scan(rest, used) != JsonObjectScanner::State::Complete ||
                !m_reader.isObject(rest.substr(0, used)))
                break;
            giveObject(rest.substr(0, used));
            rest.remove_prefix(used);
            ++given;
        }
        if (given > 0)
            m_rest = std::string(rest);
    }
    if (m_rest.size() > m_longestLine) {
        const std::string line = std::exchange(m_rest, {});
        takeLine(line);
    }
}

void RecordLines::takePlain(std::string_view line)
{
    if (!m_traceback.isEmpty()) {
        if (m_traceback.add(line))
            return;
        giveTraceback();
    }
    if (m_traceback.add(line))
        m_tracebackTime = std::exchange(m_now, nextNs(m_now));
    else
        givePlain(line);
}

void RecordLines::givePlain(std::string_view line)
{
    // Written over with something that says its own level or time: no bar, but lines of its own.
    bool isLastOfSeveral = false;
    for (std::size_t end = line.find('\r'); end < line.size() - 1; end = line.find('\r')) {
        const std::string_view part = line.substr(0, end);
        const PlainFacts facts = readPlainLine(part, m_now);
        if (part.starts_with('{') && m_reader.isObject(part))
            giveObject(part);
        else if (facts.level || facts.timestamp)
            givePlain(part);
        else if (!trimmed(part).empty())
            ++m_overwritten;
        line.remove_prefix(end + 1);
        isLastOfSeveral = true;
    }
    if (isLastOfSeveral && line.starts_with('{') && m_reader.isObject(line)) {
        giveObject(line);
        return;
    }
    m_source = line;
    const RecordView record = m_reader.plainLine(line, m_now, m_plainLevel);
    if (!record.message.empty() || !record.metadata.empty())
        give(record);
}

void RecordLines::giveObject(std::string_view text)
{
    if (!m_traceback.isEmpty()) {
        giveTraceback();
        std::ignore = m_reader.isObject(text); // the lines before took its place
    }
    m_source = text;
    ++m_objects;
    const RecordView record = m_reader.object(m_now);
    if (saysNothing(record))
        ++m_empty;
    else
        give(record);
}

void RecordLines::giveTraceback()
{
    if (m_traceback.isEmpty())
        return;
    Traceback traceback = std::exchange(m_traceback, {});
    if (!traceback.isSure()) {
        std::string_view rest = traceback.text();
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            if (end > 0)
                givePlain(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return;
    }
    // Its parts are read from clean text.
    std::string text = m_reader.cleanText(traceback.text());
    const Traceback::Failure failure = traceback.failure();
    const std::string summary = m_reader.cleanText(failure.summary);
    const std::string type = m_reader.cleanText(failure.type);
    const std::string message = m_reader.cleanText(failure.message);
    RecordView record;
    m_source = traceback.text();
    record.timestamp = m_tracebackTime;
    record.level = Level::Error;
    record.message = summary;
    record.exceptionType = type;
    record.exceptionMessage = message;
    record.stackTrace = text;
    give(record);
}

void RecordLines::give(const RecordView &record)
{
    m_sink(record);
    m_now = nextNs(m_now);
}

} // namespace trace
