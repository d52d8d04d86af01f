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
constexpr std::pair<std::string_view, Level> words[] = {
    {"INFO", Level::Info},
    {"DEBUG", Level::Debug},
    {"WARNING", Level::Warning},
    {"ERROR", Level::Error},
    {"CRITICAL", Level::Critical},
    {"WARN", Level::Warning},
    {"EXCEPTION", Level::Error},
    {"FATAL", Level::Critical},
    {"TRACE", Level::Debug},
    {"NOTICE", Level::Info},
    {"INFORMATION", Level::Info},
    {"INFORMATIONAL", Level::Info},
    {"VERBOSE", Level::Debug},
    {"SUCCESS", Level::Info},   // loguru
    {"DEFAULT", Level::Info},   // Google Cloud
    {"LOG", Level::Info},       // PostgreSQL
    {"HTTP", Level::Info},      // winston, in the order of npm
    {"SILLY", Level::Debug},    // likewise
    {"CONFIG", Level::Debug},   // java.util.logging, and the following
    {"FINE", Level::Debug},
    {"FINER", Level::Debug},
    {"FINEST", Level::Debug},
    {"SEVERE", Level::Error},
    {"DPANIC", Level::Critical}, // zap
    {"PANIC", Level::Critical},
    {"ALERT", Level::Critical}, // syslog, and the following
    {"EMERG", Level::Critical},
    {"EMERGENCY", Level::Critical},
    // Short forms: Serilog's of three letters, logrus' of four, one letter as in klog and glog.
    {"TRC", Level::Debug},
    {"TRCE", Level::Debug},
    {"TRAC", Level::Debug},
    {"VRB", Level::Debug},
    {"DBG", Level::Debug},
    {"DBUG", Level::Debug},
    {"DEBU", Level::Debug},
    {"INF", Level::Info},
    {"WRN", Level::Warning},
    {"ERR", Level::Error},
    {"ERRO", Level::Error},
    {"EROR", Level::Error},
    {"FAIL", Level::Error}, // .NET's console
    {"CRT", Level::Critical},
    {"CRIT", Level::Critical},
    {"FTL", Level::Critical},
    {"FATA", Level::Critical},
    {"PNC", Level::Critical},
    {"PANI", Level::Critical},
    {"T", Level::Debug},
    {"D", Level::Debug},
    {"V", Level::Debug},
    {"I", Level::Info},
    {"N", Level::Info},
    {"W", Level::Warning},
    {"E", Level::Error},
    {"C", Level::Critical},
    {"F", Level::Critical},
};

constexpr std::size_t longestWord = 13;
constexpr std::string_view blanks = " \t\r\n";

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
    const std::size_t first = name.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return std::nullopt;
    name = name.substr(first, name.find_last_not_of(blanks) - first + 1);
    if (name.size() > longestWord)
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

} // namespace trace
