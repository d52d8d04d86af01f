// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/terminaltext.h"

#include <algorithm>

namespace trace {

namespace {

bool isBetween(char c, char first, char last)
{
    return c >= first && c <= last;
}

std::size_t skip(std::string_view text, std::size_t at, char first, char last)
{
    while (at < text.size() && isBetween(text[at], first, last))
        ++at;
    return at;
}

//! The size of the sequence at the start of \a text, which is an escape.
std::size_t sequenceSize(std::string_view text)
{
    if (text.size() < 2)
        return text.size();
    if (text[1] == '[') {
        const std::size_t end = skip(text, skip(text, 2, '0', '?'), ' ', '/');
        return end < text.size() && isBetween(text[end], '@', '~') ? end + 1 : end;
    }
    if (std::string_view("]PX^_").find(text[1]) != std::string_view::npos) {
        // A text up to its terminator, a bell or ESC \. One without eats nothing; what is longer
        // than a title or an address is none, and is not searched for its end again and again.
        constexpr std::size_t longest = 4096;
        text = text.substr(0, longest);
        const std::size_t bell = text.find('\a', 2);
        const std::size_t terminator = text.find("\x1b\\", 2);
        const std::size_t end = std::min(bell, terminator);
        if (end == std::string_view::npos)
            return 2;
        return end + (end == bell ? 1 : 2);
    }
    const std::size_t end = skip(text, 1, ' ', '/');
    return end < text.size() && isBetween(text[end], '0', '~') ? end + 1 : end;
}

} // namespace

LastState lastStateOf(std::string_view line)
{
    LastState state{line};
    if (line.find('\r') == std::string_view::npos)
        return state;
    state.text = {};
    while (!line.empty()) {
        const std::size_t end = line.find('\r');
        const std::string_view part = line.substr(0, end);
        if (part.find_first_not_of(" \t") != std::string_view::npos) {
            state.before += state.text.empty() ? 0 : 1;
            state.text = part;
        }
        line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
    }
    return state;
}

std::string withoutTerminalCodes(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        const std::size_t escape = text.find('\x1b');
        plain.append(text.substr(0, escape));
        if (escape == std::string_view::npos)
            break;
        text.remove_prefix(escape);
        text.remove_prefix(sequenceSize(text));
    }
    return plain;
}

} // namespace trace
