// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/textmatcher.h"

#include <re2/re2.h>

#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t shortHead = 12;
constexpr std::size_t shortTail = 6;
constexpr std::size_t shortestPrefix = 6;

std::string globToRegex(std::string_view pattern)
{
    std::string regex;
    while (!pattern.empty()) {
        const std::size_t end = std::min(pattern.find_first_of("*?"), pattern.size());
        regex += re2::RE2::QuoteMeta(re2::StringPiece(pattern.data(), end));
        if (end < pattern.size())
            regex += pattern[end] == '*' ? ".*" : ".";
        pattern.remove_prefix(std::min(end + 1, pattern.size()));
    }
    return regex;
}

// RE2 has no flag x: blanks and comments outside of classes do not count.
std::string withoutBlanks(std::string_view pattern)
{
    std::string packed;
    bool isInClass = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\' && i + 1 < pattern.size()) {
            packed += c;
            packed += pattern[++i];
            continue;
        }
        isInClass = c == '[' || (isInClass && c != ']');
        if (!isInClass && c == '#') {
            i = std::min(pattern.find('\n', i), pattern.size());
            continue;
        }
        if (isInClass || (c != ' ' && c != '\t' && c != '\n'))
            packed += c;
    }
    return packed;
}

} // namespace

TextMatcher::TextMatcher(Kind kind, std::string value)
    : m_kind(kind)
    , m_value(std::move(value))
{}

TextMatcher TextMatcher::exact(std::string value)
{
    return {Kind::Exact, std::move(value)};
}

// Beyond ASCII only RE2 knows which letters belong together.
TextMatcher TextMatcher::folded(const std::string &pattern, std::string value)
{
    auto matcher = regex(pattern, "is");
    return matcher ? std::move(*matcher) : exact(std::move(value)); // too large to compile
}

TextMatcher TextMatcher::equal(std::string value)
{
    if (!isAscii(value))
        return folded("\\A(?:" + re2::RE2::QuoteMeta(value) + ")\\z", value);
    return {Kind::Equal, std::move(value)};
}

TextMatcher TextMatcher::containing(std::string value, bool isCaseSensitive)
{
    if (!isCaseSensitive && !isAscii(value))
        return folded(re2::RE2::QuoteMeta(value), value);
    TextMatcher matcher(Kind::Contains, {});
    matcher.m_finder.emplace(std::move(value), isCaseSensitive);
    return matcher;
}

TextMatcher TextMatcher::glob(std::string pattern, bool isPart)
{
    if (!isAscii(pattern))
        return folded(isPart ? globToRegex(pattern) : "\\A(?:" + globToRegex(pattern) + ")\\z",
                      pattern);
    if (isPart)
        return {Kind::Glob, '*' + pattern + '*'};
    if (pattern.find_first_of("*?") == pattern.size() - 1 && pattern.back() == '*') {
        pattern.pop_back();
        return {Kind::Prefix, std::move(pattern)};
    }
    return {Kind::Glob, std::move(pattern)};
}

TextMatcher TextMatcher::identifier(std::string value)
{
    if (!isAscii(value))
        return equal(std::move(value));
    return {Kind::Identifier, std::move(value)};
}

Expected<TextMatcher> TextMatcher::regex(std::string pattern, std::string_view flags)
{
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(flags.find('i') == std::string_view::npos);
    options.set_dot_nl(flags.find('s') != std::string_view::npos);
    if (flags.find('x') != std::string_view::npos)
        pattern = withoutBlanks(pattern);
    auto regex = std::make_shared<const re2::RE2>(pattern, options);
    if (!regex->ok())
        return fail(QString::fromStdString(regex->error()));
    TextMatcher matcher(Kind::Regex, {});
    matcher.m_regex = std::move(regex);
    return matcher;
}

bool TextMatcher::matches(std::string_view text) const
{
    switch (m_kind) {
    case Kind::Exact:
        return text == m_value;
    case Kind::Equal:
        return equalFolded(text, m_value);
    case Kind::Prefix:
        return startsFolded(text, m_value);
    case Kind::Contains:
        return m_finder->isIn(text);
    case Kind::Glob:
        return globFolded(text, m_value);
    case Kind::Identifier:
        if (equalFolded(text, m_value))
            return true;
        if (m_value.size() >= shortestPrefix && startsFolded(text, m_value))
            return true;
        return m_value.size() == shortHead + shortTail && text.size() > m_value.size() &&
               startsFolded(text, std::string_view(m_value).substr(0, shortHead)) &&
               equalFolded(text.substr(text.size() - shortTail),
                           std::string_view(m_value).substr(shortHead));
    case Kind::Regex:
        return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *m_regex);
    }
    return false;
}

} // namespace trace
