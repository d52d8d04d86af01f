// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/filter/textfinder.h"
#include "core/platform/error.h"

#include <memory>
#include <optional>

namespace re2 {
class RE2;
}

namespace trace {

//! Tells whether a text is what one value of a filter asks for. Copies share what is compiled.
class TextMatcher final
{
public:
    //! Equal byte by byte.
    [[nodiscard]] static TextMatcher exact(std::string value);
    //! Equal without regard to case.
    [[nodiscard]] static TextMatcher equal(std::string value);
    //! Somewhere inside, by default without regard to case.
    [[nodiscard]] static TextMatcher containing(std::string value, bool isCaseSensitive = false);
    //! With `*` and `?`, without regard to case: the whole text, or \a isPart for a part of it.
    [[nodiscard]] static TextMatcher glob(std::string pattern, bool isPart);
    //! An identifier: all of it, its short form in logs (first twelve and last six characters), or
    //! its beginning from six characters on; without regard to case.
    [[nodiscard]] static TextMatcher identifier(std::string value);
    //! A regular expression, anywhere inside, with flags from "isx". The error is in its words.
    [[nodiscard]] static Expected<TextMatcher> regex(std::string pattern, std::string_view flags);

    [[nodiscard]] bool matches(std::string_view text) const;
    [[nodiscard]] bool isRegex() const { return m_kind == Kind::Regex; }

private:
    enum class Kind
    {
        Exact,
        Equal,
        Prefix,
        Contains,
        Glob,
        Identifier,
        Regex
    };

    TextMatcher(Kind kind, std::string value);
    [[nodiscard]] static TextMatcher folded(const std::string &pattern, std::string value);

    Kind m_kind;
    std::string m_value;
    std::optional<TextFinder> m_finder;
    std::shared_ptr<const re2::RE2> m_regex;
};

} // namespace trace
