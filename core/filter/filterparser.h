// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/filter/filterterm.h"

namespace trace {

//! Reads a filter by recursive descent:
//!
//!     or    = and { OR and }                 "OR" or "||"
//!     and   = unary { [AND] unary }          "AND", "&&" or a blank
//!     unary = { NOT } primary                "NOT", or "-" or "!" directly before a token
//!     primary = "(" or ")" | field op value | field op "(" values ")" | "text" | /regex/ | word
//!
//! Keywords are upper case. A field is a name directly followed by an operator and not by "://".
class FilterParser final
{
public:
    FilterParser(QStringView text, FilterBuild &build)
        : m_text(text)
        , m_build(build)
    {}

    //! All of the text; null for an empty one.
    [[nodiscard]] Parsed<FilterNodePtr> parse();

private:
    [[nodiscard]] Parsed<FilterNodePtr> parseOr();
    [[nodiscard]] Parsed<FilterNodePtr> parseAnd();
    [[nodiscard]] Parsed<FilterNodePtr> parseUnary();
    [[nodiscard]] Parsed<FilterNodePtr> parseNested(qsizetype opening);
    [[nodiscard]] Parsed<FilterNodePtr> parsePrimary();
    [[nodiscard]] Parsed<FilterNodePtr> parseField(qsizetype fieldEnd);
    [[nodiscard]] Parsed<std::vector<FilterValue>> parseValues(const QString &field);
    [[nodiscard]] Parsed<FilterValue> parseValue(bool isInList);
    [[nodiscard]] Parsed<FilterValue> parseQuoted();
    [[nodiscard]] std::optional<FilterValue> takeRegex(bool isInList);

    [[nodiscard]] QChar at(qsizetype place) const;
    [[nodiscard]] bool isEnd() const { return m_place >= m_text.size(); }
    void skipBlanks();
    //! Whether \a keyword or \a sign stands here as a token of its own; then it is taken.
    bool takeKeyword(QStringView keyword, QStringView sign);
    [[nodiscard]] bool isKeyword(QStringView keyword) const;
    //! The end of a field name that an operator follows; -1 for none.
    [[nodiscard]] qsizetype fieldEnd() const;
    void skipSeparators();

    QStringView m_text;
    FilterBuild &m_build;
    qsizetype m_place = 0;
    int m_depth = 0;
};

} // namespace trace
