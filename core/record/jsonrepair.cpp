// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonrepair.h"

#include <charconv>
#include <cstdint>
#include <cstring>

namespace trace {

namespace {

constexpr std::size_t escapeLength = 6; // \uXXXX

// The code unit of the escape at the start of the text; nothing for other text.
std::optional<unsigned> codeUnit(std::string_view text)
{
    if (text.size() < escapeLength || text[0] != '\\' || text[1] != 'u')
        return std::nullopt;
    unsigned unit = 0;
    const char *end = text.data() + escapeLength;
    const auto [at, error] = std::from_chars(text.data() + 2, end, unit, 16);
    if (error != std::errc() || at != end)
        return std::nullopt;
    return unit;
}

struct Escape
{
    std::size_t length; // Both halves of a pair; never beyond the text.
    bool lone;
};

Escape escapeAt(std::string_view text)
{
    const auto first = codeUnit(text);
    if (!first)
        return {text.size() < 2 ? 1U : 2U, false};
    if (*first < 0xD800 || *first > 0xDFFF)
        return {escapeLength, false};
    if (*first < 0xDC00) {
        const auto second = codeUnit(text.substr(escapeLength));
        if (second && *second >= 0xDC00 && *second <= 0xDFFF)
            return {2 * escapeLength, false};
    }
    return {escapeLength, true};
}

std::size_t skipDigits(std::string_view text, std::size_t at)
{
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
        ++at;
    return at;
}

struct Number
{
    std::size_t length = 0; // 0: no number by the grammar of JSON.
    bool isInteger = false;
};

Number numberAt(std::string_view text)
{
    const std::size_t start = !text.empty() && text[0] == '-' ? 1 : 0;
    std::size_t at = skipDigits(text, start);
    if (at == start || (text[start] == '0' && at > start + 1))
        return {};
    bool isInteger = true;
    if (at < text.size() && text[at] == '.') {
        const std::size_t end = skipDigits(text, at + 1);
        if (end == at + 1)
            return {};
        at = end;
        isInteger = false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        std::size_t digits = at + 1;
        if (digits < text.size() && (text[digits] == '+' || text[digits] == '-'))
            ++digits;
        const std::size_t end = skipDigits(text, digits);
        if (end == digits)
            return {};
        at = end;
        isInteger = false;
    }
    return {at, isInteger};
}

template <typename Type>
bool fits(std::string_view number)
{
    Type value{};
    return std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc();
}

} // namespace

bool hasLoneSurrogate(std::string_view json)
{
    while (!json.empty()) {
        const void *found = std::memchr(json.data(), '\\', json.size());
        if (!found)
            return false;
        json.remove_prefix(
            static_cast<std::size_t>(static_cast<const char *>(found) - json.data()));
        const Escape escape = escapeAt(json);
        if (escape.lone)
            return true;
        json.remove_prefix(escape.length);
    }
    return false;
}

std::optional<std::string> repairedJson(std::string_view json)
{
    std::string out;
    out.reserve(json.size() + 16);
    bool repaired = false;
    bool inString = false;
    while (!json.empty()) {
        const char c = json.front();
        std::size_t taken = 1;
        if (inString && c == '\\') {
            const Escape escape = escapeAt(json);
            taken = escape.length;
            if (escape.lone) {
                out.append("\\ufffd");
                json.remove_prefix(taken);
                repaired = true;
                continue;
            }
        } else if (c == '"') {
            inString = !inString;
        } else if (!inString && (c == '-' || (c >= '0' && c <= '9'))) {
            const Number number = numberAt(json);
            if (number.length > 0) {
                taken = number.length;
                const auto text = json.substr(0, taken);
                const bool held = number.isInteger
                                      ? fits<std::int64_t>(text) || fits<std::uint64_t>(text)
                                      : fits<double>(text);
                if (!held) {
                    out.append("\"").append(text).append("\"");
                    json.remove_prefix(taken);
                    repaired = true;
                    continue;
                }
            }
        }
        out.append(json.substr(0, taken));
        json.remove_prefix(taken);
    }
    if (!repaired)
        return std::nullopt;
    return out;
}

} // namespace trace
