// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/secrettext.h"

#include "core/config/secretnames.h"
#include "core/config/valuereader.h"

#include <algorithm>
#include <optional>

namespace trace {

namespace {

constexpr std::string_view mark = "***";
constexpr std::size_t longestContent = 4096; // of <property name="password">
constexpr std::size_t pairDistance = 200;    // between a name and its value as members

bool isNumber(std::string_view value)
{
    return value.size() <= 6 &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

//! Finds the names in a text one after the other, and the values of those that are secret.
class NamedValues
{
public:
    explicit NamedValues(std::string_view text)
        : m_reader(text)
    {}

    [[nodiscard]] std::vector<Change> find()
    {
        for (std::size_t place = 0; place < m_reader.size();) {
            if (!isNameChar(m_reader.at(place))) {
                ++place;
                continue;
            }
            const Range name{place, m_reader.pastName(place)};
            place = std::max(take(name), name.end);
        }
        return std::move(m_changes);
    }

private:
    //! What stands between a name and its value.
    struct Separator
    {
        std::size_t end = 0; // 0: it is no name of a value
        Quote quote{};       // behind the name
        bool isTag = false;
        Range value{}; // when it is known with it
    };

    [[nodiscard]] bool isTag(const Range &name) const;
    [[nodiscard]] bool hasContent(std::size_t place) const;
    [[nodiscard]] Separator separatorBehind(const Range &name) const;
    [[nodiscard]] std::optional<std::size_t> valueOfItem(const Range &name) const;
    [[nodiscard]] NameKind kindOf(const Range &name) const;
    [[nodiscard]] Range valueAt(std::size_t place, NameKind kind, bool isTag);
    std::size_t take(const Range &name);
    std::size_t mask(const Range &value, const Quote &nameQuote);
    std::size_t lookForPair(const Range &value);

    TextReader m_reader;
    std::vector<Change> m_changes;
    std::size_t m_pairUntil = 0; // a member that tells the name of a secret was before
};

//! Whether <name or <space:name stands there.
bool NamedValues::isTag(const Range &name) const
{
    std::size_t begin = name.begin;
    if (begin > 0 && m_reader.at(begin - 1) == ':') {
        --begin;
        while (begin > 0 && isNameChar(m_reader.at(begin - 1)))
            --begin;
    }
    return begin > 0 && m_reader.at(begin - 1) == '<';
}

//! Whether the content of an element begins there: not where <name> stands for something.
bool NamedValues::hasContent(std::size_t place) const
{
    const std::size_t next = m_reader.text().find('<', place);
    const char behind = next == std::string_view::npos ? '\0' : m_reader.at(next + 1);
    return behind == '/' || behind == '!' || !isSpace(m_reader.at(place));
}

NamedValues::Separator NamedValues::separatorBehind(const Range &name) const
{
    Separator separator;
    std::size_t place = name.end;
    if (isTag(name)) { // <name attribute="…">
        const std::size_t end = m_reader.text().find_first_of("<>", place);
        const bool isOpen =
            end != std::string_view::npos && m_reader.at(end) == '>' && m_reader.at(end - 1) != '/';
        if (isOpen && hasContent(end + 1))
            return {.end = end + 1, .isTag = true};
    }
    separator.quote = m_reader.quoteAt(place);
    const Quote quote = separator.quote;
    place += quote.length();
    if (quote.length() == 1 && m_reader.at(place) == quote.mark) // of CSV
        ++place;
    place = m_reader.pastItems(place);
    place = quote.mark != 0 ? m_reader.pastSpaces(place) : m_reader.pastBlanks(place);
    const char first = m_reader.at(place);
    const char second = m_reader.at(place + 1);
    const bool isBehindBlank = isBlank(m_reader.at(place - 1));
    if (first == ':') {
        const bool isOther =
            second == ':' || second == '/' || (second == '\\' && m_reader.at(place + 2) == '/');
        place += second == '=' ? 2 : 1;
        if (isOther)
            return {};
    } else if (first == '=') {
        if (second == '=' || second == '~')
            return {};
        place += second == '>' ? 2 : 1;
    } else {
        return {};
    }
    separator.end = quote.mark != 0 ? m_reader.pastSpaces(place) : m_reader.pastBlanks(place);
    if (first == ':' && quote.mark == 0)
        separator.value = m_reader.valueBelow(name.begin, separator.end);
    if (!separator.value.isEmpty() && isQuote(m_reader.at(separator.value.begin))) {
        separator.end = separator.value.begin;
        separator.value = {};
    }
    if (first == '=' && !isBehindBlank && separator.end > place &&
        m_reader.isFieldAt(separator.end))
        return {}; // password= user=joe
    return separator;
}

//! Where the value of `--name value` begins, in one text or as items of a list, or that of a header
//! in a list, `"Name", "value"`.
std::optional<std::size_t> NamedValues::valueOfItem(const Range &name) const
{
    const std::string_view text = m_reader.part(name);
    const bool isFlag = text.starts_with("--") || (text.size() > 3 && text.front() == '-' &&
                                                   !(text[2] >= 'A' && text[2] <= 'Z'));
    const Quote quote = m_reader.quoteAt(name.end);
    std::size_t place = name.end + quote.length();
    const bool isInList = quote.mark != 0 && m_reader.at(place) == ',';
    place += isInList ? 1 : 0;
    const std::size_t next = m_reader.pastBlanks(place);
    const std::size_t valueQuote = m_reader.quoteAt(next).length();
    const char first = m_reader.at(next + valueQuote);
    if (first == '\0' || isSpace(first))
        return {};
    if (isFlag && first != '-' && (quote.mark == 0 ? next > place : isInList || valueQuote > 0))
        return next;
    return isInList && valueQuote > 0 && isSecretHeaderName(text) ? std::optional(next)
                                                                  : std::nullopt;
}

NameKind NamedValues::kindOf(const Range &name) const
{
    std::string_view text = m_reader.part(name);
    while (!text.empty() && text.back() == '.')
        text.remove_suffix(1);
    const std::string lower = lowered(text);
    const char before = name.begin > 0 ? m_reader.at(name.begin - 1) : '\0';
    if (before == '?' || before == '&') {
        if (lower == "sig" || lower.ends_with("signature"))
            return NameKind::Secret;
    }
    if (before != ' ')
        return kindOfName(text);
    std::size_t begin = name.begin - 1;
    while (begin > 0 && isAlnum(m_reader.at(begin - 1)))
        --begin;
    return kindOfName(text, m_reader.part({begin, name.begin - 1}));
}

Range NamedValues::valueAt(std::size_t place, NameKind kind, bool isTag)
{
    if (isTag) {
        constexpr std::string_view data = "<![CDATA[";
        const std::size_t begin = m_reader.pastSpaces(place);
        const bool isData = m_reader.text().substr(begin).starts_with(data);
        const std::size_t from = isData ? begin + data.size() : place;
        return {from, std::min(m_reader.text().find(isData ? "]]>" : "<", from), m_reader.size())};
    }
    if (const Range inside = m_reader.insideManyQuotes(place); !inside.isEmpty())
        return inside;
    if (const Quote quote = m_reader.quoteAt(place); quote.mark != 0) {
        const std::size_t begin = place + quote.length();
        return {begin, m_reader.endOfQuoted(begin, quote)};
    }
    const char first = m_reader.at(place);
    if (first == '{' || first == '[')
        return {place, m_reader.endOfBrackets(place)};
    if (kind == NameKind::Cookie)
        return {place, std::max(m_reader.endOfPairs(place, ';'), m_reader.endOfPlain(place))};
    return {place, m_reader.endOfAuthorization(place, kind == NameKind::Authorization)};
}

//! Gives where to go on.
std::size_t NamedValues::take(const Range &name)
{
    const Separator separator = separatorBehind(name);
    const bool isAssigned = separator.end > 0;
    const auto item = isAssigned ? std::nullopt : valueOfItem(name);
    if (!isAssigned && !item)
        return name.end;
    NameKind kind = kindOf(name);
    const std::size_t place = item.value_or(separator.end);
    const std::string_view text = m_reader.part(name);
    if (kind == NameKind::Harmless && isAssigned) {
        const bool isPairsValue = name.begin < m_pairUntil && isNameOfValue(text);
        if (!isPairsValue) {
            const std::size_t end =
                isNameOfName(text) ? lookForPair(valueAt(place, kind, separator.isTag)) : 0;
            const bool hasItems = m_reader.at(name.end) == '['; // which may be names, as in a[name]
            return std::max(end, separator.isTag || hasItems ? name.end : place);
        }
        m_pairUntil = 0;
        kind = NameKind::Secret;
    }
    if (kind == NameKind::Harmless)
        return name.end;
    const Range value =
        separator.value.isEmpty() ? valueAt(place, kind, separator.isTag) : separator.value;
    const std::string_view found = m_reader.part(value);
    const bool isFolder = text == "PWD" && found.starts_with('/'); // of a shell
    const bool isResult = (text == "pass" || text == "Pass" || text == "PASS") && isNumber(found);
    const bool isSentence = !isQuote(m_reader.at(value.begin - 1)) &&
                            isSpace(m_reader.at(value.begin - 1)) &&
                            isOfSentence(found.substr(0, found.find_first_of(" ;,")));
    if (value.isEmpty() || isNothing(found) || isFolder || isResult || isSentence)
        return std::max(value.end, place);
    return mask(value, separator.quote);
}

//! What was a number or brackets where names are quoted becomes a text.
std::size_t NamedValues::mask(const Range &value, const Quote &nameQuote)
{
    std::string text(mark);
    const char before = value.begin > 0 ? m_reader.at(value.begin - 1) : '\0';
    if (nameQuote.mark != 0 && !isQuote(before)) {
        const std::string quote = std::string(nameQuote.backslashes, '\\') + nameQuote.mark;
        text = quote + text + quote;
    }
    m_changes.push_back({value, std::move(text)});
    return value.end;
}

//! {"name": "password", "value": …} and <property name="password">value</property>; gives where to
//! go on behind the latter.
std::size_t NamedValues::lookForPair(const Range &value)
{
    m_pairUntil = 0;
    if (kindOfName(m_reader.part(value)) == NameKind::Harmless)
        return 0;
    m_pairUntil = value.end + pairDistance;
    const std::size_t end = m_reader.pastBlanks(value.end + m_reader.quoteAt(value.end).length());
    if (m_reader.at(end) != '>')
        return 0;
    const std::size_t length = m_reader.text().substr(end + 1, longestContent).find('<');
    if (length == std::string_view::npos)
        return 0;
    const Range inside{end + 1, end + 1 + length};
    if (isNothing(m_reader.part(inside)))
        return 0;
    m_pairUntil = 0;
    return mask(inside, {});
}

} // namespace

bool maskNamedValues(std::string_view text, std::string &out)
{
    return applyInLayers([](std::string_view layer) { return NamedValues(layer).find(); }, text,
                         out);
}

} // namespace trace
