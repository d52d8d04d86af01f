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

namespace {

//! Python's json, and those who follow it.
std::string_view notANumberAt(std::string_view text)
{
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity", "-NaN"}) {
        if (text.starts_with(word))
            return word;
    }
    return {};
}

//! Copies a JSON text and mends it on the way.
class Repair
{
public:
    Repair(std::string_view json, Bent &bent)
        : m_json(json)
        , m_bent(bent)
    {
        m_out.reserve(json.size() + 16);
    }

    std::optional<std::string> result() &&
    {
        while (!m_json.empty()) {
            if (m_inString)
                takeInString();
            else
                takeOutside();
        }
        return m_isRepaired ? std::optional(std::move(m_out)) : std::nullopt;
    }

private:
    void keep(std::size_t size)
    {
        m_out.append(m_json.substr(0, size));
        m_json.remove_prefix(size);
    }
    void replace(std::size_t size, std::string_view text)
    {
        m_out.append(text);
        m_json.remove_prefix(size);
        m_isRepaired = true;
    }
    void takeInString()
    {
        constexpr std::string_view hex = "0123456789abcdef";
        const char c = m_json.front();
        const auto code = static_cast<unsigned char>(c);
        if (c == '\\') {
            const Escape escape = escapeAt(m_json);
            if (escape.lone)
                replace(escape.length, "\\ufffd");
            else
                keep(escape.length);
        } else if (code < 0x20) {
            m_bent |= Bent::Control;
            replace(1, std::string("\\u00") + hex[code >> 4U] + hex[code & 15U]);
        } else {
            m_inString = c != '"';
            keep(1);
        }
    }
    void takeOutside()
    {
        const char c = m_json.front();
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            keep(1);
            return;
        }
        if (c == '\0') {
            m_bent |= Bent::Nul;
            replace(1, {});
            return;
        }
        if ((c == '}' || c == ']') && m_comma != std::string::npos) {
            m_out.erase(m_comma, 1);
            m_bent |= Bent::Comma;
            m_isRepaired = true;
        }
        m_comma = std::string::npos;
        if (c == ',') {
            // One that nothing stands before is not mended.
            const std::size_t before = m_out.find_last_not_of(" \t\r\n");
            if (before != std::string::npos && m_out[before] != '{' && m_out[before] != '[')
                m_comma = m_out.size();
            keep(1);
            return;
        }
        if (const std::string_view word = notANumberAt(m_json); !word.empty()) {
            m_bent |= Bent::NotANumber;
            replaceByText(word);
            return;
        }
        if (c == '-' || (c >= '0' && c <= '9')) {
            takeNumber();
            return;
        }
        m_inString = c == '"';
        keep(1);
    }
    void takeNumber()
    {
        const Number number = numberAt(m_json);
        if (number.length == 0) {
            keep(1);
            return;
        }
        const auto text = m_json.substr(0, number.length);
        const bool isHeld = number.isInteger ? fits<std::int64_t>(text) || fits<std::uint64_t>(text)
                                             : fits<double>(text);
        if (isHeld)
            keep(number.length);
        else
            replaceByText(text);
    }
    void replaceByText(std::string_view word)
    {
        replace(word.size(), std::string("\"").append(word).append("\""));
    }

    std::string_view m_json;
    Bent &m_bent;
    std::string m_out;
    std::size_t m_comma = std::string::npos; // in m_out, when only blanks came behind it
    bool m_inString = false;
    bool m_isRepaired = false;
};

} // namespace

std::optional<std::string> repairedJson(std::string_view json, Bent &bent)
{
    return Repair(json, bent).result();
}

std::optional<std::string> repairedJson(std::string_view json)
{
    Bent bent = Bent::Nothing;
    return repairedJson(json, bent);
}

} // namespace trace
