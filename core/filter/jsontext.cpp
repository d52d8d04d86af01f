// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/jsontext.h"

#include <algorithm>
#include <charconv>

namespace trace {

namespace {

void appendUtf8(std::string &out, unsigned code)
{
    const auto add = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xC0 | code >> 6);
        add(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        add(0xE0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    } else {
        add(0xF0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3F));
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    }
}

unsigned hexAt(std::string_view text, std::size_t place)
{
    unsigned code = 0;
    if (place + 4 <= text.size())
        std::from_chars(text.data() + place, text.data() + place + 4, code, 16);
    return code;
}

} // namespace

std::string_view takeJsonString(std::string_view json, std::size_t &place)
{
    const std::size_t from = ++place;
    while (place < json.size() && json[place] != '"')
        place += json[place] == '\\' ? 2 : 1;
    place = std::min(place, json.size());
    const std::string_view text = json.substr(from, place - from);
    place = std::min(place + 1, json.size());
    return text;
}

std::string_view unescapedJson(std::string_view text, std::string &buffer)
{
    if (text.find('\\') == std::string_view::npos)
        return text;
    buffer.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            buffer += text[i];
            continue;
        }
        constexpr std::string_view letters = "bfnrt";
        constexpr std::string_view meant = "\b\f\n\r\t";
        const char c = text[++i];
        if (c != 'u') {
            const std::size_t known = letters.find(c);
            buffer += known == std::string_view::npos ? c : meant[known];
            continue;
        }
        unsigned code = hexAt(text, i + 1);
        i += 4;
        if (code >= 0xD800 && code < 0xDC00 && i + 2 < text.size() && text[i + 1] == '\\') {
            code = 0x10000 + ((code - 0xD800) << 10) + ((hexAt(text, i + 3) - 0xDC00) & 0x3FF);
            i += 6;
        }
        appendUtf8(buffer, code);
    }
    return buffer;
}

} // namespace trace
