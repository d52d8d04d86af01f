// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogstatus.h"

#include "core/record/jsonvalues.h"
#include "core/record/levelscale.h"

#include <charconv>

namespace trace::datadog {

namespace {

constexpr std::array severities{Level::Critical, Level::Critical, Level::Critical, Level::Error,
                                Level::Warning,  Level::Info,     Level::Info,     Level::Debug};

std::optional<Level> levelOfSeverity(std::int64_t number)
{
    if (number < 0 || number >= static_cast<std::int64_t>(severities.size()))
        return std::nullopt;
    return severities[static_cast<std::size_t>(number)];
}

std::optional<Level> levelOfWord(std::string_view word)
{
    const char second = word.size() > 1 ? static_cast<char>(word[1] | 0x20) : '\0';
    switch (word.empty() ? '\0' : static_cast<char>(word[0] | 0x20)) {
    case 'e': // emergency
        return second == 'm' ? Level::Critical : Level::Error;
    case 'f':
    case 'a':
    case 'c':
        return Level::Critical;
    case 'w':
        return Level::Warning;
    case 'n':
    case 'i':
    case 'o':
    case 's':
        return Level::Info;
    case 'd':
    case 't':
    case 'v':
        return Level::Debug;
    default:
        return std::nullopt;
    }
}

} // namespace

std::optional<Level> levelOfStatus(const simdjson::dom::element &value)
{
    std::int64_t number = 0;
    std::string_view word;
    if (value.get_int64().get(number) == simdjson::SUCCESS) {
        if (const auto level = levelOfSeverity(number))
            return level;
        return number < 10 ? std::nullopt : levelFromNumber(number, LevelScale::Python);
    }
    if (!readText(value, word))
        return std::nullopt;
    const char *const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    if (error == std::errc() && stop == end)
        return levelOfSeverity(number);
    const auto level = levelFromName(word);
    return level ? level : levelOfWord(word);
}

} // namespace trace::datadog
