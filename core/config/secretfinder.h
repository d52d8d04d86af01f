// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

//! Finds known secrets in text, however they are written there: plain and in either case; escaped
//! as JSON, in a URL or as HTML, up to three times over and in part only; in hexadecimal digits,
//! also with blanks, colons, dashes or 0x between them; in base64 of either alphabet, with whatever
//! stands before and behind them in what was encoded.
//! A secret of fewer than 6 characters stands in too many texts to be looked for. Immutable; may be
//! used by many threads.
class SecretFinder final
{
public:
    enum class Mode
    {
        Whole, //!< Whole secrets only: in records, where a part of one is mostly another word.
        //! Also the first or last characters of one, 8 at least, where a word begins or ends, as
        //! in "key abcdefgh****"; and, as a word of its own, one of 4 or 5: in a service's answers.
        //! 12 are enough within a word. And what is encoded twice: base64 or hexadecimal digits of
        //! JSON, of a URL, of base64 and of each other.
        Pieces,
    };
    struct Secret
    {
        QByteArray value{};
        bool inPieces = true; //!< False for an address, whose beginning is that of others.

        friend bool operator==(const Secret &, const Secret &) = default;
    };

    SecretFinder(const QList<Secret> &secrets, Mode mode);

    //! False, and \a out untouched, when there is none in \a text; else \a out is \a text with ***
    //! in place of each.
    [[nodiscard]] bool mask(std::string_view text, std::string &out) const;
    [[nodiscard]] bool isIn(std::string_view text) const { return !find(text).empty(); }
    //! \a text, masked.
    [[nodiscard]] QByteArray masked(const QByteArray &text) const;
    [[nodiscard]] QString masked(const QString &text) const;

private:
    class FormMaker;
    //! A way of writing a secret.
    struct Form
    {
        enum class Kind
        {
            Plain,
            Hex,
            Base64,
        };
        Kind kind = Kind::Plain;
        std::string text{};    // folded
        std::size_t least = 0; // so many characters are enough; its size: all
        bool isEnd = false;    // text ends the secret, and what is before it is beforeEnd
        std::string beforeEnd{};
        bool isWordOnly = false;
        bool isCutBefore = false; // of base64: the character before it is the secret's in part
        bool isCutBehind = false; // likewise
    };
    struct Span
    {
        std::size_t begin;
        std::size_t end;
    };
    using Spans = std::vector<Span>;

    void makeTables();
    [[nodiscard]] Spans find(std::string_view text) const;
    void scan(std::string_view text, Spans &spans) const;
    void match(const Form &form, std::string_view text, std::size_t place, Spans &spans) const;

    std::vector<Form> m_forms;
    std::size_t m_window = 0; // as many characters at the begin of each form are looked at
    std::array<std::uint64_t, 512> m_grams{};  // a bit for each four characters of a window
    std::array<std::uint16_t, 4096> m_first{}; // a form, from 1, by its first characters
    std::vector<std::uint16_t> m_next;         // likewise, after each
};

} // namespace trace
