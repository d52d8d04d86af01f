// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonunescape.h"

#include <charconv>
#include <optional>

namespace trace {

namespace {

std::optional<unsigned> hexNumber(const char *at, const char *end)
{
    if (end - at < 4)
        return std::nullopt;
    unsigned value = 0;
    const auto [stop, error] = std::from_chars(at, at + 4, value, 16);
    return error == std::errc() && stop == at + 4 ? std::optional(value) : std::nullopt;
}

void appendUtf8(std::string &out, unsigned code)
{
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80 | ((code >> shift) & 0x3f));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | (code >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | (code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

//! Appends the character after `\u`; gives the place behind it. A lone surrogate becomes U+FFFD.
const char *appendEscapedUnit(std::string &out, const char *at, const char *end)
{
    const auto first = hexNumber(at, end);
    if (!first)
        return end;
    at += 4;
    unsigned code = *first;
    if (code >= 0xd800 && code < 0xe000) {
        const bool pair = code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u';
        const auto low = pair ? hexNumber(at + 2, end) : std::nullopt;
        if (low && *low >= 0xdc00 && *low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (*low - 0xdc00);
            at += 6;
        } else {
            code = 0xfffd;
        }
    }
    appendUtf8(out, code);
    return at;
}

} // namespace

void appendUnescaped(std::string &out, std::string_view text)
{
    const char *at = text.data();
    const char *const end = at + text.size();
    while (at < end) {
        if (*at != '\\' || at + 1 == end) {
            out += *at++;
            continue;
        }
        const char escape = at[1];
        at += 2;
        switch (escape) {
        case 'n':
            out += '\n';
            break;
        case 't':
            out += '\t';
            break;
        case 'r':
            out += '\r';
            break;
        case 'b':
            out += '\b';
            break;
        case 'f':
            out += '\f';
            break;
        case 'u':
            at = appendEscapedUnit(out, at, end);
            break;
        default:
            out += escape;
            break;
        }
    }
}

} // namespace trace
