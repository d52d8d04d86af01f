// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/escapes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace trace {

namespace {

//! What an escape stands for, and how many characters it has; none when it is no escape.
struct Escape
{
    char32_t character = 0;
    std::size_t length = 0;
    bool isByte = false; // of UTF-8, not a character
};

//! The number that all of \a digits are.
bool readNumber(std::string_view digits, int base, std::uint32_t &number)
{
    const char *const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number, base);
    return !digits.empty() && read.ec == std::errc() && read.ptr == end;
}

Escape hexadecimal(std::string_view text, std::size_t from, std::size_t digits)
{
    std::uint32_t number = 0;
    if (text.size() < from + digits || !readNumber(text.substr(from, digits), 16, number))
        return {};
    return {number, from + digits, digits == 2};
}

Escape ofJson(std::string_view text)
{
    if (text.size() < 2)
        return {};
    constexpr std::string_view letters = "nrtbf";
    constexpr std::string_view meant = "\n\r\t\b\f";
    const char next = text[1];
    if (next == '"' || next == '\\' || next == '/' || next == '\'')
        return {char32_t(next), 2};
    if (const std::size_t place = letters.find(next); place != std::string_view::npos)
        return {char32_t(meant[place]), 2};
    if (next == 'x')
        return hexadecimal(text, 2, 2);
    if (next != 'u')
        return {};
    const Escape first = hexadecimal(text, 2, 4);
    const bool isHigh = first.character >= 0xd800 && first.character < 0xdc00;
    if (!isHigh || text.size() < 12 || text[6] != '\\' || text[7] != 'u')
        return first;
    const Escape second = hexadecimal(text, 8, 4);
    if (second.character < 0xdc00 || second.character >= 0xe000)
        return first;
    return {0x10000 + ((first.character - 0xd800) << 10) + (second.character - 0xdc00), 12};
}

Escape ofHtml(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, char>, 5> names{
        {{"&amp;", '&'}, {"&quot;", '"'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}}};
    for (const auto &[name, character] : names) {
        if (text.starts_with(name))
            return {char32_t(character), name.size()};
    }
    if (text.size() < 3 || text[1] != '#')
        return {};
    constexpr std::string_view hexDigits = "0123456789abcdefABCDEF";
    const bool isHex = text[2] == 'x' || text[2] == 'X';
    const std::string_view behind = text.substr(isHex ? 3 : 2, 9);
    const std::string_view digits =
        behind.substr(0, behind.find_first_not_of(hexDigits.substr(0, isHex ? 22 : 10)));
    const std::size_t end = (isHex ? 3 : 2) + digits.size();
    const bool hasEnd = end < text.size() && text[end] == ';'; // browsers need none
    std::uint32_t number = 0;
    return readNumber(digits, isHex ? 16 : 10, number) ? Escape{number, end + (hasEnd ? 1 : 0)}
                                                       : Escape();
}

Escape escapeAt(std::string_view text, Unescaped::Kinds kinds)
{
    switch (text.front()) {
    case '%':
        return hexadecimal(text, 1, 2);
    case '\\':
        if (kinds == Unescaped::Kinds::Numbers && !text.substr(1).starts_with('u'))
            return {};
        return ofJson(text);
    case '&':
        return ofHtml(text);
    default:
        return {};
    }
}

void append(std::string &out, const Escape &escape)
{
    const char32_t c = escape.character;
    if (escape.isByte || c < 0x80) {
        out += char(c);
    } else if (c < 0x800) {
        out += char(0xc0 | (c >> 6));
        out += char(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += char(0xe0 | (c >> 12));
        out += char(0x80 | ((c >> 6) & 0x3f));
        out += char(0x80 | (c & 0x3f));
    } else {
        out += char(0xf0 | ((c >> 18) & 7));
        out += char(0x80 | ((c >> 12) & 0x3f));
        out += char(0x80 | ((c >> 6) & 0x3f));
        out += char(0x80 | (c & 0x3f));
    }
}

} // namespace

bool Unescaped::take(std::string_view original)
{
    const bool isFirst = m_origins.empty();
    const std::string_view from = isFirst ? original : std::string_view(m_text);
    std::size_t place = from.size();
    for (const char mark : {'%', '\\', '&'})
        place = std::min(place, from.find(mark));
    if (place == from.size())
        return false;
    const auto nextMark = [&](std::size_t at) {
        while (at < from.size() && from[at] != '%' && from[at] != '\\' && from[at] != '&')
            ++at;
        return at;
    };
    std::string text;
    std::vector<std::uint32_t> origins;
    const auto originOf = [&](std::size_t at) {
        return isFirst ? std::uint32_t(at) : m_origins[at];
    };
    const auto copy = [&](std::size_t begin, std::size_t end) {
        text.append(from.substr(begin, end - begin));
        for (std::size_t at = begin; at < end; ++at)
            origins.push_back(originOf(at));
    };
    bool isChanged = false;
    copy(0, place);
    while (place < from.size()) {
        const Escape escape = escapeAt(from.substr(place), m_kinds);
        if (escape.length > 0) {
            append(text, escape);
            origins.resize(text.size(), originOf(place));
            place += escape.length;
            isChanged = true;
        } else {
            copy(place, place + 1);
            ++place;
        }
        const std::size_t next = nextMark(place);
        copy(place, next);
        place = next;
    }
    if (!isChanged)
        return false;
    origins.push_back(isFirst ? std::uint32_t(from.size()) : m_origins.back());
    m_text = std::move(text);
    m_origins = std::move(origins);
    return true;
}

std::size_t Unescaped::end(std::size_t place) const
{
    // An escape may stand for several characters.
    while (place + 1 < m_origins.size() && m_origins[place] == m_origins[place - 1])
        ++place;
    return m_origins[place];
}

} // namespace trace
