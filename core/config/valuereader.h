// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trace {

inline bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

inline bool isSpace(char c)
{
    return isBlank(c) || c == '\n' || c == '\r';
}

inline bool isQuote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

inline bool isAlnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

inline bool isNameChar(char c)
{
    return isAlnum(c) || c == '_' || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

//! In small letters, of ASCII.
[[nodiscard]] std::string lowered(std::string_view text);

//! What no password is, or no password any more: null, true, ***, punctuation.
[[nodiscard]] bool isNothing(std::string_view value);
//! Whether it is a word of what is said of a password: "password: must have 8 characters".
[[nodiscard]] bool isOfSentence(std::string_view value);

//! A part of a text.
struct Range
{
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] bool isEmpty() const { return begin >= end; }
};

//! What is to be replaced, and by what.
struct Change
{
    Range range;
    std::string text;
};

using FindChanges = std::vector<Change> (*)(std::string_view text);

//! Makes the changes that \a find gives: for the text as it is, and with the escapes of URLs and
//! HTML and \u0041 resolved, up to three times over. False, and \a out untouched, when there are
//! none.
[[nodiscard]] bool applyInLayers(FindChanges find, std::string_view text, std::string &out);

//! A quote with the backslashes before it.
struct Quote
{
    char mark = 0;
    std::size_t backslashes = 0;

    [[nodiscard]] std::size_t length() const { return mark == 0 ? 0 : backslashes + 1; }
};

//! Knows where the parts of a text end that begin at a place in it.
class TextReader
{
public:
    explicit TextReader(std::string_view text)
        : m_text(text)
    {}

    [[nodiscard]] std::string_view text() const { return m_text; }
    [[nodiscard]] std::size_t size() const { return m_text.size(); }
    [[nodiscard]] char at(std::size_t place) const { return place < size() ? m_text[place] : '\0'; }
    [[nodiscard]] std::string_view part(Range range) const
    {
        return m_text.substr(range.begin, range.end - range.begin);
    }
    [[nodiscard]] std::size_t pastBlanks(std::size_t place) const
    {
        while (place < size() && isBlank(m_text[place]))
            ++place;
        return place;
    }
    [[nodiscard]] std::size_t pastSpaces(std::size_t place) const
    {
        while (place < size() && isSpace(m_text[place]))
            ++place;
        return place;
    }
    //! Also past the end of a line, when the next goes on with a blank: a header that is folded.
    [[nodiscard]] std::size_t pastFold(std::size_t place) const
    {
        const std::size_t end = pastBlanks(place);
        const std::size_t line = end + (at(end) == '\r' ? 1 : 0);
        return at(line) == '\n' && isBlank(at(line + 1)) ? pastBlanks(line + 1) : end;
    }
    [[nodiscard]] std::size_t pastName(std::size_t place) const
    {
        while (place < size() && isNameChar(m_text[place]))
            ++place;
        return place;
    }
    //! Whether name=value stands there; not if it may be the padding of base64.
    [[nodiscard]] bool isFieldAt(std::size_t place) const
    {
        const std::size_t end = pastName(place);
        const char value = at(end + 1);
        return end > place && at(end) == '=' && value != '=' && value != '\0' && !isSpace(value);
    }
    [[nodiscard]] Quote quoteAt(std::size_t place) const
    {
        std::size_t end = place;
        while (at(end) == '\\')
            ++end;
        return isQuote(at(end)) ? Quote{at(end), end - place} : Quote();
    }
    //! Past the items of a name, as in name[], [name] or name[a][0].
    [[nodiscard]] std::size_t pastItems(std::size_t place) const;
    //! What stands within quotes that are written two- or threefold, as in CSV and Python; nothing
    //! where none begin.
    [[nodiscard]] Range insideManyQuotes(std::size_t place) const;
    //! The value of YAML below its name, whose colon is before \a place: the word or quoted text of
    //! the next line or, behind | and >, all lines that are indented more.
    [[nodiscard]] Range valueBelow(std::size_t name, std::size_t place) const;
    //! Where the text that \a quote began ends: each escaping doubles the backslashes of the one
    //! before it. Without its end, the line's.
    [[nodiscard]] std::size_t endOfQuoted(std::size_t place, const Quote &quote) const;
    //! Up to a blank, a quote or the next field, without the punctuation of a sentence.
    [[nodiscard]] std::size_t endOfPlain(std::size_t place) const;
    [[nodiscard]] std::size_t endOfBrackets(std::size_t place);
    //! Past name=value pairs with this separator between them, and a cookie's words without value.
    [[nodiscard]] std::size_t endOfPairs(std::size_t place, char separator) const;
    //! Past a scheme and what it wants, or as endOfPlain(). With \a isAny, a scheme is also any
    //! word before what looks made by chance.
    [[nodiscard]] std::size_t endOfAuthorization(std::size_t place, bool isAny) const;

private:
    [[nodiscard]] bool endsField(std::size_t place) const;

    std::string_view m_text;
    std::size_t m_openUntil = 0; // up to here, brackets were found not to end
};

} // namespace trace
