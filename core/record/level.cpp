// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/level.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace trace {

namespace {

constexpr std::array<std::string_view, allLevels.size()> names{"debug", "info", "warning", "error",
                                                               "critical"};

// In capitals, as that is how most programs write them.
constexpr std::array<std::pair<std::string_view, Level>, 26> words{{
    {"INFO", Level::Info},          {"DEBUG", Level::Debug},       {"WARNING", Level::Warning},
    {"ERROR", Level::Error},        {"CRITICAL", Level::Critical}, {"WARN", Level::Warning},
    {"EXCEPTION", Level::Error},    {"FATAL", Level::Critical},    {"TRACE", Level::Debug},
    {"NOTICE", Level::Info},        {"INFORMATION", Level::Info},  {"INFORMATIONAL", Level::Info},
    {"VERBOSE", Level::Debug},      {"FINE", Level::Debug},        {"FINER", Level::Debug},
    {"FINEST", Level::Debug},       {"SEVERE", Level::Error},      {"ERR", Level::Error},
    {"CRIT", Level::Critical},      {"ALERT", Level::Critical},    {"EMERG", Level::Critical},
    {"EMERGENCY", Level::Critical}, {"PANIC", Level::Critical},    {"DBG", Level::Debug},
    {"INF", Level::Info},           {"WRN", Level::Warning},
}};

constexpr std::size_t longestWord = 13;

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

} // namespace

std::string_view levelName(Level level)
{
    return names[std::min(static_cast<std::size_t>(level), names.size() - 1)];
}

std::optional<Level> levelFromName(std::string_view name)
{
    if (name.empty() || name.size() > longestWord)
        return std::nullopt;
    std::array<char, longestWord> buffer{};
    std::transform(name.begin(), name.end(), buffer.begin(), upper);
    std::string_view word(buffer.data(), name.size());
    const auto find = [](std::string_view wanted) -> std::optional<Level> {
        for (const auto &[text, level] : words) {
            if (text == wanted)
                return level;
        }
        return std::nullopt;
    };
    if (const auto level = find(word))
        return level;
    // OpenTelemetry counts within a severity: INFO2, WARN4.
    if (word.back() >= '2' && word.back() <= '4') {
        word.remove_suffix(1);
        for (const std::string_view base : {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}) {
            if (word == base)
                return find(word);
        }
    }
    return std::nullopt;
}

Level levelFromPythonNumber(std::int64_t number)
{
    if (number < 20)
        return Level::Debug;
    if (number < 30)
        return Level::Info;
    if (number < 40)
        return Level::Warning;
    return number < 50 ? Level::Error : Level::Critical;
}

} // namespace trace
