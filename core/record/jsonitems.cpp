// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonitems.h"

namespace trace {

namespace {

constexpr std::string_view blanks = " \t\r\n";
// Deeper than any record; the parser takes no more.
constexpr std::size_t deepest = 1024;

bool isBlank(char c)
{
    return blanks.find(c) != std::string_view::npos;
}

//! Of numbers, of true, false and null, and of NaN and its like.
bool isOfWord(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '-' || c == '+' || c == '.';
}

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

//! The items between the commas of the outermost level, or between objects.
std::vector<std::string_view> split(std::string_view text, bool isArray)
{
    std::vector<std::string_view> items;
    std::size_t start = 0;
    std::size_t depth = 0;
    bool inString = false;
    const auto end = [&](std::size_t at) {
        const std::string_view item = trimmed(text.substr(start, at - start));
        if (!item.empty())
            items.push_back(item);
        start = at;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else
                inString = c != '"';
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return {};
            if (--depth == 0 && !isArray)
                end(i + 1);
        } else if (depth == 0 && isArray && c == ',') {
            end(i);
            start = i + 1;
        } else if (depth == 0 && !isArray && !isBlank(c)) {
            return {};
        }
    }
    if (depth > 0 || inString)
        return {};
    end(text.size());
    return items;
}

} // namespace

std::vector<std::string_view> jsonItems(std::string_view json)
{
    json = trimmed(json);
    if (json.size() >= 2 && json.front() == '[' && json.back() == ']')
        return split(json.substr(1, json.size() - 2), true);
    if (!json.empty() && json.front() == '{')
        return split(json, false);
    return {};
}

void JsonObjectScanner::restart()
{
    *this = {};
}

//! What stands outside of strings, words and blanks.
bool JsonObjectScanner::takeMark(char c)
{
    switch (m_expect) {
    case Expect::Start:
        if (c != '{')
            return false;
        m_isObject.push_back(true);
        m_expect = Expect::KeyOrEnd;
        return true;
    case Expect::KeyOrEnd:
        if (c == '"') {
            m_inString = true;
            m_expect = Expect::Colon;
            return true;
        }
        break;
    case Expect::Colon:
        m_expect = Expect::Value;
        return c == ':';
    case Expect::Value:
        m_inString = c == '"';
        m_inWord = isOfWord(c);
        if (m_inString || m_inWord) {
            m_expect = Expect::CommaOrEnd;
            return true;
        }
        if (c == '{' || c == '[') {
            m_isObject.push_back(c == '{');
            m_expect = c == '{' ? Expect::KeyOrEnd : Expect::Value;
            return m_isObject.size() < deepest;
        }
        break;
    case Expect::CommaOrEnd:
        if (c == ',') {
            m_expect = m_isObject.back() ? Expect::KeyOrEnd : Expect::Value;
            return true;
        }
        break;
    }
    // An end, also behind a comma.
    const bool mayEnd = m_expect == Expect::CommaOrEnd || m_expect == Expect::KeyOrEnd ||
                        (m_expect == Expect::Value && !m_isObject.back());
    if (!mayEnd || c != (m_isObject.back() ? '}' : ']'))
        return false;
    m_isObject.pop_back();
    m_expect = Expect::CommaOrEnd;
    return true;
}

JsonObjectScanner::State JsonObjectScanner::scan(std::string_view text, std::size_t &used)
{
    for (used = 0; used < text.size(); ++used) {
        const char c = text[used];
        if (m_inString) {
            if (m_isEscaped)
                m_isEscaped = false;
            else if (c == '\\')
                m_isEscaped = true;
            else if (c == '"')
                m_inString = false;
            else if (c == '\n')
                return State::Broken; // else one quote would swallow the lines behind it
            continue;
        }
        if (m_inWord && isOfWord(c))
            continue;
        m_inWord = false;
        if (isBlank(c))
            continue;
        if (!takeMark(c))
            return State::Broken;
        if (m_isObject.empty()) {
            ++used;
            return State::Complete;
        }
    }
    return State::Inside;
}

} // namespace trace
