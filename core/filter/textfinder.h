// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace trace {

//! Whether a text has only ASCII characters.
[[nodiscard]] bool isAscii(std::string_view text);

//! Equal when the case of ASCII letters is ignored.
[[nodiscard]] bool equalFolded(std::string_view left, std::string_view right);

//! \a text begins with \a start when the case of ASCII letters is ignored.
[[nodiscard]] bool startsFolded(std::string_view text, std::string_view start);

//! `*` in \a pattern stands for any text, `?` for one character; ignores the case of ASCII letters.
[[nodiscard]] bool globFolded(std::string_view text, std::string_view pattern);

//! Searches texts for one word, without allocation. Ignores the case of ASCII letters unless told
//! otherwise; other characters are compared byte by byte.
class TextFinder final
{
public:
    explicit TextFinder(std::string word, bool isCaseSensitive = false);

    [[nodiscard]] bool isIn(std::string_view text) const;

private:
    [[nodiscard]] bool isAt(const char *place) const;
    [[nodiscard]] bool isInShort(std::string_view text, std::size_t from) const;

    std::string m_word; // in lower case unless case-sensitive
    bool m_isCaseSensitive;
    // Two places in the word whose characters are rare in logs: they are looked for first.
    std::size_t m_first = 0;
    std::size_t m_second = 0;
};

} // namespace trace
