// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/filterparser.h"

#include <QScopedValueRollback>

#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

struct OperatorSign
{
    QStringView sign;
    FilterOperator op;
};

// Longer signs first.
constexpr std::array<OperatorSign, 8> operators{{
    {u"!=", FilterOperator::IsNot},
    {u"<=", FilterOperator::LessOrEqual},
    {u">=", FilterOperator::GreaterOrEqual},
    {u":", FilterOperator::Has},
    {u"=", FilterOperator::Is},
    {u"~", FilterOperator::Matches},
    {u"<", FilterOperator::Less},
    {u">", FilterOperator::Greater},
}};

bool isAsciiLetter(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z');
}

auto refuse(qsizetype position, qsizetype length, QString text, QString action)
{
    return tl::make_unexpected(FilterProblem{position, length, std::move(text), std::move(action)});
}

} // namespace

QChar FilterParser::at(qsizetype place) const
{
    return place < m_text.size() ? m_text[place] : QChar();
}

void FilterParser::skipBlanks()
{
    while (!isEnd() && at(m_place).isSpace())
        ++m_place;
}

bool FilterParser::isKeyword(QStringView keyword) const
{
    if (!m_text.mid(m_place).startsWith(keyword))
        return false;
    const qsizetype end = m_place + keyword.size();
    return end >= m_text.size() || at(end).isSpace() || at(end) == u'(' || at(end) == u')' ||
           at(end) == u'"';
}

bool FilterParser::takeKeyword(QStringView keyword, QStringView sign)
{
    skipBlanks();
    for (const QStringView word : {keyword, sign}) {
        if (!isKeyword(word))
            continue;
        m_place += word.size();
        return true;
    }
    return false;
}

Parsed<FilterNodePtr> FilterParser::parse()
{
    skipBlanks();
    if (isEnd())
        return FilterNodePtr();
    auto node = parseOr();
    if (node && !isEnd())
        return refuse(m_place, 1, u"\")\" closes nothing"_s,
                      u"Remove it, or quote the text that it belongs to."_s);
    return node;
}

Parsed<FilterNodePtr> FilterParser::parseOr()
{
    std::vector<FilterNodePtr> parts;
    do {
        auto part = parseAnd();
        if (!part)
            return part;
        parts.push_back(std::move(*part));
    } while (takeKeyword(u"OR", u"||"));
    return anyOf(std::move(parts));
}

Parsed<FilterNodePtr> FilterParser::parseAnd()
{
    std::vector<FilterNodePtr> parts;
    while (true) {
        auto part = parseUnary();
        if (!part)
            return part;
        parts.push_back(std::move(*part));
        if (takeKeyword(u"AND", u"&&"))
            continue;
        if (isEnd() || at(m_place) == u')' || isKeyword(u"OR") || isKeyword(u"||"))
            return allOf(std::move(parts));
    }
}

Parsed<FilterNodePtr> FilterParser::parseUnary()
{
    skipBlanks();
    const qsizetype start = m_place;
    const QChar next = at(m_place + 1);
    const bool isSign = (at(m_place) == u'-' || at(m_place) == u'!') && !next.isNull() &&
                        !next.isSpace() && next != u')';
    if (!isSign && !takeKeyword(u"NOT", u"NOT"))
        return parsePrimary();
    m_place += isSign ? 1 : 0;
    if (m_depth >= Filter::maxDepth)
        return refuse(start, 1, u"nested too deeply"_s,
                      u"%1 levels are allowed."_s.arg(Filter::maxDepth));
    const QScopedValueRollback guard(m_depth, m_depth + 1);
    auto part = parseUnary();
    if (!part)
        return part;
    return negationOf(std::move(*part));
}

Parsed<FilterNodePtr> FilterParser::parseNested(qsizetype opening)
{
    if (m_depth >= Filter::maxDepth)
        return refuse(opening, 1, u"nested too deeply"_s,
                      u"%1 levels are allowed."_s.arg(Filter::maxDepth));
    const QScopedValueRollback guard(m_depth, m_depth + 1);
    ++m_place;
    auto node = parseOr();
    if (!node)
        return node;
    if (at(m_place) != u')')
        return refuse(opening, 1, u"\"(\" is not closed"_s, u"Add the missing \")\"."_s);
    ++m_place;
    return node;
}

Parsed<FilterNodePtr> FilterParser::parsePrimary()
{
    skipBlanks();
    const qsizetype start = m_place;
    const QString wanted = u"Expected is a word, \"text\", /regex/, field:value or (…)."_s;
    if (isEnd())
        return refuse(start, 0, u"the filter ends too early"_s, wanted);
    if (at(start) == u'(')
        return parseNested(start);
    if (at(start) == u')')
        return refuse(start, 1, u"\")\" stands where a condition should"_s, wanted);
    for (const QStringView word : {u"OR", u"||", u"AND", u"&&"}) {
        if (isKeyword(word))
            return refuse(start, word.size(), u"nothing stands before \"%1\""_s.arg(word),
                          wanted + u" To search for the word, put it in quotes."_s);
    }
    if (at(start) == u'"') {
        const auto value = parseQuoted();
        return value ? makeTextCondition(*value, m_build) : tl::make_unexpected(value.error());
    }
    if (const qsizetype end = fieldEnd(); end > start)
        return parseField(end);
    if (const auto regex = takeRegex(false))
        return makeTextCondition(*regex, m_build);
    const auto isPartOfWord = [](QChar c) {
        return !c.isSpace() && c != u'(' && c != u')' && c != u'"';
    };
    while (!isEnd() && isPartOfWord(at(m_place)))
        ++m_place;
    return makeTextCondition({FilterValue::Kind::Bare,
                              m_text.mid(start, m_place - start).toString(),
                              {},
                              start,
                              m_place - start},
                             m_build);
}

qsizetype FilterParser::fieldEnd() const
{
    if (!isAsciiLetter(at(m_place)))
        return -1;
    const bool isMetadata = m_text.mid(m_place).startsWith(u"meta", Qt::CaseInsensitive);
    qsizetype end = m_place;
    while (end < m_text.size() &&
           (isAsciiLetter(at(end)) || (at(end) >= u'0' && at(end) <= u'9') || at(end) == u'_' ||
            at(end) == u'.' || (isMetadata && at(end) == u'-')))
        ++end;
    const QStringView rest = m_text.mid(end);
    if (rest.startsWith(u"://")) // the text of an address
        return -1;
    for (const OperatorSign &sign : operators) {
        if (rest.startsWith(sign.sign))
            return end;
    }
    return -1;
}

Parsed<FilterNodePtr> FilterParser::parseField(qsizetype end)
{
    FilterTerm term;
    term.position = m_place;
    term.field = m_text.mid(m_place, end - m_place).toString();
    m_place = end;
    for (const OperatorSign &sign : operators) {
        if (m_text.mid(m_place).startsWith(sign.sign)) {
            term.op = sign.op;
            m_place += sign.sign.size();
            break;
        }
    }
    auto values = parseValues(term.field);
    if (!values)
        return tl::make_unexpected(values.error());
    term.values = std::move(*values);
    return makeCondition(term, m_build);
}

void FilterParser::skipSeparators()
{
    while (!isEnd()) {
        const QChar c = at(m_place);
        if (c.isSpace() || c == u',' || c == u'|')
            ++m_place;
        else if (isKeyword(u"OR") || isKeyword(u"or"))
            m_place += 2;
        else
            return;
    }
}

Parsed<std::vector<FilterValue>> FilterParser::parseValues(const QString &field)
{
    std::vector<FilterValue> values;
    const bool isList = at(m_place) == u'(';
    const qsizetype opening = m_place;
    const QString advice =
        u"Write the value directly behind, as in %1:value or %1:\"two words\"."_s;
    if (!isList) {
        if (isEnd() || at(m_place).isSpace() || at(m_place) == u')')
            return refuse(m_place, 0, u"%1 has no value"_s.arg(field), advice.arg(field));
        auto value = parseValue(false);
        if (!value)
            return tl::make_unexpected(value.error());
        values.push_back(std::move(*value));
        return values;
    }
    ++m_place;
    while (true) {
        skipSeparators();
        if (isEnd())
            return refuse(opening, 1, u"the list of %1 is not closed"_s.arg(field),
                          u"Add the missing \")\"."_s);
        if (at(m_place) == u')')
            break;
        auto value = parseValue(true);
        if (!value)
            return tl::make_unexpected(value.error());
        values.push_back(std::move(*value));
    }
    ++m_place;
    if (values.empty())
        return refuse(opening, m_place - opening, u"the list of %1 is empty"_s.arg(field),
                      u"Name one value at least, as in level:(error,critical)."_s);
    return values;
}

Parsed<FilterValue> FilterParser::parseValue(bool isInList)
{
    if (at(m_place) == u'"')
        return parseQuoted();
    if (auto regex = takeRegex(isInList))
        return *regex;
    const qsizetype start = m_place;
    int open = 0; // brackets of a regular expression, as in stage~^(load|clean)
    for (; !isEnd(); ++m_place) {
        const QChar c = at(m_place);
        if (c.isSpace() || c == u'"' || (c == u')' && open == 0) ||
            (isInList && (c == u',' || c == u'|' || c == u'(')))
            break;
        open += c == u'(' ? 1 : c == u')' ? -1 : 0;
    }
    if (m_place == start)
        return refuse(start, 1, u"\"%1\" is no value"_s.arg(at(start)),
                      u"Put values with such characters in quotes."_s);
    return FilterValue{FilterValue::Kind::Bare,
                       m_text.mid(start, m_place - start).toString(),
                       {},
                       start,
                       m_place - start};
}

Parsed<FilterValue> FilterParser::parseQuoted()
{
    const qsizetype start = m_place++;
    QString text;
    while (!isEnd() && at(m_place) != u'"') {
        const QChar next = at(m_place + 1);
        if (at(m_place) == u'\\' && (next == u'"' || next == u'\\'))
            ++m_place; // other escapes are kept as written, for regular expressions
        text += at(m_place++);
    }
    if (isEnd())
        return refuse(start, m_place - start, u"the quoted text does not end"_s,
                      u"Add the missing quote; write \\\" for a quote inside."_s);
    ++m_place;
    return FilterValue{FilterValue::Kind::Quoted, std::move(text), {}, start, m_place - start};
}

std::optional<FilterValue> FilterParser::takeRegex(bool isInList)
{
    // "/ " is a slash, and a path such as /var/log only ends as a regular expression would by
    // ending in a slash.
    if (at(m_place) != u'/' || at(m_place + 1).isNull() || at(m_place + 1).isSpace())
        return std::nullopt;
    for (qsizetype end = m_place + 1; end < m_text.size(); ++end) {
        if (at(end) == u'\\') {
            ++end;
            continue;
        }
        if (at(end) != u'/' || end == m_place + 1)
            continue;
        qsizetype behind = end + 1;
        while (at(behind) == u'i' || at(behind) == u's' || at(behind) == u'x')
            ++behind;
        const QChar next = at(behind);
        const bool isSeparator = isInList && (next == u',' || next == u'|');
        if (behind < m_text.size() && !next.isSpace() && next != u')' && !isSeparator)
            continue;
        FilterValue value{
            FilterValue::Kind::Regex, m_text.mid(m_place + 1, end - m_place - 1).toString(),
            m_text.mid(end + 1, behind - end - 1).toString(), m_place, behind - m_place};
        m_place = behind;
        return value;
    }
    return std::nullopt;
}

} // namespace trace
