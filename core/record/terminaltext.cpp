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

//! Walks over the escapes of a text.
class EscapeScanner
{
public:
    explicit EscapeScanner(std::string_view text)
        : m_text(text)
    {}

    //! Where the sequence ends that the escape at \a at begins. To be asked in rising order.
    std::size_t endOf(std::size_t at)
    {
        if (at + 1 >= m_text.size())
            return m_text.size();
        const char kind = m_text[at + 1];
        if (kind == '[') {
            const std::size_t end = skip(m_text, skip(m_text, at + 2, '0', '?'), ' ', '/');
            return end < m_text.size() && isBetween(m_text[end], '@', '~') ? end + 1 : end;
        }
        if (std::string_view("]PX^_").find(kind) != std::string_view::npos)
            return endOfText(at + 2);
        const std::size_t end = skip(m_text, at + 1, ' ', '/');
        return end < m_text.size() && isBetween(m_text[end], '0', '~') ? end + 1 : end;
    }

private:
    //! A text up to its terminator, a bell or ESC \. One without, or longer than any title or
    //! address, eats nothing.
    std::size_t endOfText(std::size_t from)
    {
        constexpr std::size_t longest = 4096;
        // The next ones are remembered: no part is searched twice.
        if (m_bell < from)
            m_bell = m_text.find('\a', from);
        if (m_terminator < from)
            m_terminator = m_text.find("\x1b\\", from);
        const std::size_t end = std::min(m_bell, m_terminator);
        if (end == std::string_view::npos || end - from > longest)
            return from;
        return end + (end == m_bell ? 1 : 2);
    }

    const std::string_view m_text;
    std::size_t m_bell = 0;
    std::size_t m_terminator = 0;
};

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
    EscapeScanner escapes(text);
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t escape = std::min(text.find('\x1b', at), text.size());
        plain.append(text.substr(at, escape - at));
        at = escape < text.size() ? escapes.endOf(escape) : escape;
    }
    return plain;
}

} // namespace trace
