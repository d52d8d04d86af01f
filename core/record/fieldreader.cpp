// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/fieldreader.h"

#include "core/record/civiltime.h"
#include "core/record/jsonvalues.h"
#include "core/record/levelscale.h"
#include "core/record/messagetemplate.h"

#include <charconv>
#include <limits>

namespace trace {

namespace dom = simdjson::dom;

namespace {

//! The scale of a bare \a number at the key `level`: the keys beside it tell who wrote it.
std::optional<LevelScale> scaleBeside(const dom::object &object, std::int64_t number)
{
    const auto has = [&object](std::string_view key) {
        return object[key].error() == simdjson::SUCCESS;
    };
    if (has("short_message"))
        return LevelScale::Syslog;
    const int ofPino = has("msg") + has("pid") + has("hostname") + has("v") +
                       (object["time"].is_number() ? 1 : 0);
    if (ofPino >= 2)
        return LevelScale::Pino;
    // Other numbers may be anybody's: syslog's 3 is an error.
    return number >= 10 && number <= 60 ? std::optional(LevelScale::Python) : std::nullopt;
}

bool takeLevel(const dom::element &value, LevelScale scale, RecordView &record)
{
    const auto number = wholeNumber(value);
    const auto level = number ? levelFromNumber(*number, scale) : std::nullopt;
    record.level = level.value_or(record.level);
    return level.has_value();
}

std::string_view withoutLineEnd(std::string_view text)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

bool takeInteger(const dom::element &value, std::optional<std::int64_t> &integer)
{
    const auto number = wholeNumber(value);
    if (number)
        integer = number;
    return number.has_value();
}

//! What fails in one line says what, in several where.
bool takeError(std::string_view text, RecordView &record)
{
    const bool isTrace = text.find('\n') != std::string_view::npos;
    std::string_view &field = isTrace ? record.stackTrace : record.exceptionMessage;
    if (text.empty() || !field.empty())
        return false;
    field = text;
    return true;
}

//! Nothing for Go's zero time, a clock that was never set and the end of all years.
bool takeTime(const dom::element &value, std::int64_t &timestamp)
{
    std::int64_t read = 0;
    if (!readTimestamp(value, read) || read <= 0 ||
        read == std::numeric_limits<std::int64_t>::max())
        return false;
    timestamp = read;
    return true;
}

//! Nothing for a day, for a duration and for what is long ago: the name says other things too.
bool takeMoment(const dom::element &value, std::int64_t &timestamp)
{
    constexpr std::int64_t least = 100'000'000LL * 1'000'000'000; // 1973
    std::string_view text;
    std::int64_t read = 0;
    if (readText(value, text) && text.find(':') == std::string_view::npos &&
        text.find('-') != std::string_view::npos)
        return false;
    if (!readTimestamp(value, read) || read < least)
        return false;
    timestamp = read;
    return true;
}

bool takeInstant(const dom::element &value, std::int64_t &timestamp)
{
    std::int64_t seconds = 0;
    std::int64_t ns = 0;
    if (value["epochSecond"].get(seconds) != simdjson::SUCCESS || seconds < 0 ||
        seconds > std::numeric_limits<std::int64_t>::max() / nsPerSecond - 1)
        return false;
    if (value["nanoOfSecond"].get(ns) != simdjson::SUCCESS || ns < 0 || ns >= nsPerSecond)
        ns = 0;
    timestamp = seconds * nsPerSecond + ns;
    return true;
}

//! `file:line`, where the line is not known otherwise.
bool takePlace(std::string_view text, RecordView &record)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        return false;
    std::int64_t line = 0;
    const char *end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + colon + 1, end, line);
    if (error != std::errc() || at != end || line < 0)
        return false;
    record.filename = text.substr(0, colon);
    if (!record.lineno)
        record.lineno = line;
    return true;
}

} // namespace

// False when the value is of a type that the key does not take.
bool FieldReader::take(Kind kind, std::size_t index, const dom::element &value, RecordView &record,
                       ContextParts &parts)
{
    switch (kind) {
    case Kind::Context:
        return readText(value, parts.texts[index]);
    case Kind::Text:
        return readText(value, record.*textFields<RecordView>[index].member);
    case Kind::Message:
        return takeMessage(value, record);
    case Kind::Timestamp:
        return takeTime(value, record.timestamp);
    case Kind::Level:
        return readLevel(value, record.level);
    case Kind::Mode:
        return readMode(value, record.mode);
    case Kind::Tags:
        return readTags(value, parts.tags);
    case Kind::Integer:
        return readInteger(value, record.*integerFields<RecordView>[index].member);
    case Kind::Number:
        return readNumber(value, record.*numberFields<RecordView>[index].member);
    case Kind::Metadata:
        break;
    }
    return false;
}

//! What is no text is shown as its JSON.
bool FieldReader::takeMessage(const dom::element &value, RecordView &record)
{
    if (readText(value, record.message))
        return true;
    m_made.clear();
    appendElement(m_made, value);
    record.message = m_made;
    return true;
}

bool FieldReader::takeAlias(const RecordAlias &alias, const dom::element &value,
                            const dom::object &object, RecordView &record, ContextParts &parts)
{
    using Form = RecordAlias::Form;
    std::string_view text;
    const bool isText = readText(value, text);
    switch (alias.form) {
    case Form::None:
        return false;
    case Form::Value:
        // The journal of systemd and others write numbers as text.
        if (alias.kind == Kind::Integer)
            return takeInteger(value, record.*integerFields<RecordView>[alias.index].member);
        return take(alias.kind, alias.index, value, record, parts) ||
               (alias.kind == Kind::Level && takeLevelNumber(object, value, record));
    case Form::Text:
        return isText && !text.empty() && take(alias.kind, alias.index, value, record, parts);
    case Form::Line:
        if (isText)
            record.message = withoutLineEnd(text);
        return isText;
    case Form::Template:
        if (!isText)
            return false;
        m_made.clear();
        appendFilled(m_made, text, object);
        record.message = m_made;
        return true;
    case Form::Error:
        return isText && takeError(text, record);
    case Form::Moment:
        return takeMoment(value, record.timestamp);
    case Form::Instant:
        return takeInstant(value, record.timestamp);
    case Form::Place:
        return isText && takePlace(text, record);
    case Form::Python:
        return takeLevel(value, LevelScale::Python, record);
    case Form::Journald:
        return isText && takeLevel(value, LevelScale::Syslog, record);
    case Form::Syslog:
        return takeLevel(value, LevelScale::Syslog, record);
    case Form::OpenTelemetry:
        return takeLevel(value, LevelScale::OpenTelemetry, record);
    case Form::Logback:
        return takeLevel(value, LevelScale::Logback, record);
    }
    return false;
}

bool FieldReader::takeLevelNumber(const dom::object &object, const dom::element &value,
                                  RecordView &record)
{
    const auto number = wholeNumber(value);
    const auto scale = number ? scaleBeside(object, *number) : std::nullopt;
    return scale && takeLevel(value, *scale, record);
}

} // namespace trace
