// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/secrettext.h"

#include "core/config/secretnames.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace trace {

namespace {

constexpr std::string_view mark = "***";
constexpr std::size_t longestScheme = 24;
// Farther away, no end is looked for: the time taken must follow the size of the text.
constexpr std::size_t longestValue = 1 << 16;
constexpr std::size_t longestAddress = 1024;
constexpr std::size_t longestDate = 32;
constexpr std::size_t pairDistance = 200; // between a name and its value as members

bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

bool isSpace(char c)
{
    return isBlank(c) || c == '\n' || c == '\r';
}

bool isQuote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

bool isAlnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isNameChar(char c)
{
    return isAlnum(c) || c == '_' || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

std::string lowered(std::string_view text)
{
    std::string lower(text);
    for (char &c : lower)
        c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    return lower;
}

template <std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N> &words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

//! What no password is, or no password any more.
bool isNothing(std::string_view value)
{
    constexpr auto nothing = std::to_array<std::string_view>(
        {"null", "nil", "none", "undefined", "true", "false", "[redacted]", "<redacted>"});
    return value.find_first_not_of('*') == std::string_view::npos ||
           isOneOf(lowered(value), nothing);
}

bool isNumber(std::string_view value)
{
    return value.size() <= 6 &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

//! A quote with the backslashes before it.
struct Quote
{
    char mark = 0;
    std::size_t backslashes = 0;

    [[nodiscard]] std::size_t length() const { return mark == 0 ? 0 : backslashes + 1; }
};

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

//! Reads parts of a text from places in it.
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
    [[nodiscard]] std::size_t pastName(std::size_t place) const
    {
        while (place < size() && isNameChar(m_text[place]))
            ++place;
        return place;
    }
    [[nodiscard]] Quote quoteAt(std::size_t place) const
    {
        std::size_t end = place;
        while (at(end) == '\\')
            ++end;
        return isQuote(at(end)) ? Quote{at(end), end - place} : Quote();
    }
    //! Where the text that \a quote began ends: each escaping doubles the backslashes of the one
    //! before it. Without its end, the line's.
    [[nodiscard]] std::size_t endOfQuoted(std::size_t place, const Quote &quote) const
    {
        const std::size_t step = 2 * (quote.backslashes + 1);
        std::size_t backslashes = 0;
        for (std::size_t i = place; i < std::min(size(), place + longestValue); ++i) {
            if (m_text[i] == '\\') {
                ++backslashes;
                continue;
            }
            if (m_text[i] == quote.mark && backslashes % step == quote.backslashes)
                return i - quote.backslashes;
            backslashes = 0;
        }
        return std::min(m_text.find('\n', place), size());
    }
    [[nodiscard]] bool endsField(std::size_t place) const;
    [[nodiscard]] std::size_t endOfPlain(std::size_t place) const;
    [[nodiscard]] std::size_t endOfBrackets(std::size_t place);
    [[nodiscard]] std::size_t endOfPairs(std::size_t place, char separator) const;
    [[nodiscard]] std::size_t endOfAuthorization(std::size_t place) const;

private:
    std::string_view m_text;
    std::size_t m_openUntil = 0; // up to here, brackets were found not to end
};

//! Whether another field, or nothing, follows the separator at \a place.
bool TextReader::endsField(std::size_t place) const
{
    std::size_t next = place + 1;
    while (next < size() && isSpace(m_text[next]))
        ++next;
    if (next == size() || next > place + 1 || quoteAt(next).mark != 0)
        return true;
    const std::size_t end = pastName(next);
    return end > next && (at(end) == '=' || at(end) == ':');
}

//! Up to a blank, a quote or the next field, without the punctuation of a sentence.
std::size_t TextReader::endOfPlain(std::size_t place) const
{
    std::size_t end = place;
    for (; end < size(); ++end) {
        const char c = m_text[end];
        if (isSpace(c) || isQuote(c) || c == '&')
            break;
        if (c == '<' && (at(end + 1) == '/' || isAlnum(at(end + 1))))
            break;
        if ((c == ',' || c == ';' || c == '|') && endsField(end))
            break;
        if (c == '\\') { // of a quote around it, or of the end of a line
            std::size_t next = end;
            while (at(next) == '\\')
                ++next;
            if (isQuote(at(next)) || at(next) == 'n' || at(next) == 'r' || at(next) == 't')
                break;
            end = next - 1;
        }
    }
    constexpr std::string_view punctuation = ",;.)}]>\\";
    while (end > place && punctuation.find(m_text[end - 1]) != std::string_view::npos)
        --end;
    return end;
}

std::size_t TextReader::endOfBrackets(std::size_t place)
{
    const std::size_t line = std::min(m_text.find('\n', place), size());
    if (place < m_openUntil)
        return line;
    std::size_t depth = 0;
    const std::size_t most = std::min(size(), place + longestValue);
    for (std::size_t i = place; i < most; ++i) {
        const char c = m_text[i];
        if (const Quote quote = quoteAt(i); quote.mark != 0) {
            const std::size_t end = endOfQuoted(i + quote.length(), quote);
            i = std::min(end + quote.length(), size()) - 1;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    m_openUntil = most;
    return line;
}

//! Past name=value pairs with this separator between them, and words among them that have no value.
std::size_t TextReader::endOfPairs(std::size_t place, char separator) const
{
    constexpr auto flags =
        std::to_array<std::string_view>({"httponly", "secure", "partitioned"}); // of a cookie
    std::size_t end = place;
    while (true) {
        const std::size_t nameEnd = pastName(end);
        std::size_t next = nameEnd;
        if (at(nameEnd) == '=') {
            const Quote quote = quoteAt(nameEnd + 1);
            if (quote.mark != 0 && separator == ',') {
                next = endOfQuoted(nameEnd + 1 + quote.length(), quote);
                next = std::min(next + quote.length(), size());
            } else {
                next = nameEnd + 1;
                while (next < size() && !isSpace(at(next)) && !isQuote(at(next)) &&
                       at(next) != '\\' && at(next) != separator)
                    ++next;
            }
            if (lowered(part({end, nameEnd})) == "expires") { // Wed, 21 Oct 2015 07:28:00 GMT
                const std::size_t zone = m_text.substr(next, longestDate).find(" GMT");
                next += zone == std::string_view::npos ? 0 : zone + 4;
            }
        } else if (end == place || nameEnd == end) {
            return end;
        }
        end = next;
        const std::size_t following = pastBlanks(end + 1);
        if (at(end) != separator || !isNameChar(at(following)))
            return end;
        const std::size_t followingEnd = pastName(following);
        if (at(followingEnd) != '=' &&
            !(separator == ';' && isOneOf(lowered(part({following, followingEnd})), flags)))
            return end;
        end = following;
    }
}

//! A scheme, and what it wants.
std::size_t TextReader::endOfAuthorization(std::size_t place) const
{
    constexpr auto schemes = std::to_array<std::string_view>(
        {"bearer", "basic",  "token", "negotiate", "ntlm",          "apikey",          "api-key",
         "key",    "splunk", "dpop",  "jwt",       "github-bearer", "vapid",           "snowflake",
         "digest", "oauth",  "hawk",  "hmac",      "signature",     "aws4-hmac-sha256"});
    const std::size_t schemeEnd = pastName(place);
    const std::size_t next = pastBlanks(schemeEnd);
    const bool isScheme = next > schemeEnd && schemeEnd - place <= longestScheme &&
                          isOneOf(lowered(part({place, schemeEnd})), schemes);
    if (!isScheme)
        return endOfPlain(place);
    const std::size_t pairs = endOfPairs(next, ',');
    return std::max(pairs, endOfPlain(next));
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
    };

    [[nodiscard]] Separator separatorBehind(const Range &name) const;
    [[nodiscard]] std::optional<std::size_t> valueOfFlag(const Range &name) const;
    [[nodiscard]] NameKind kindOf(const Range &name) const;
    [[nodiscard]] Range valueAt(std::size_t place, NameKind kind, bool isTag);
    std::size_t take(const Range &name);
    std::size_t mask(const Range &value, const Quote &nameQuote);
    void lookForPair(const Range &value);

    TextReader m_reader;
    std::vector<Change> m_changes;
    std::size_t m_pairUntil = 0; // a member that tells the name of a secret was before
};

NamedValues::Separator NamedValues::separatorBehind(const Range &name) const
{
    Separator separator;
    std::size_t place = name.end;
    if (name.begin > 0 && m_reader.at(name.begin - 1) == '<') { // <name attribute="…">
        const std::size_t end = m_reader.text().find_first_of("<>", place);
        if (end != std::string_view::npos && m_reader.at(end) == '>' && m_reader.at(end - 1) != '/')
            return {.end = end + 1, .isTag = true};
    }
    separator.quote = m_reader.quoteAt(place);
    place += separator.quote.length();
    if (m_reader.at(place) == ']')
        ++place;
    place = m_reader.pastBlanks(place);
    const char first = m_reader.at(place);
    const char second = m_reader.at(place + 1);
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
    separator.end = m_reader.pastBlanks(place);
    return separator;
}

//! Where the value of `--name value` begins, in one text or as items of a list.
std::optional<std::size_t> NamedValues::valueOfFlag(const Range &name) const
{
    if (m_reader.at(name.begin) != '-' || name.end - name.begin < 4)
        return {};
    const Quote quote = m_reader.quoteAt(name.end);
    std::size_t place = name.end + quote.length();
    if (quote.mark != 0 && m_reader.at(place) == ',')
        ++place;
    const std::size_t next = m_reader.pastBlanks(place);
    if (next == place && quote.mark == 0)
        return {};
    const std::size_t value = next + m_reader.quoteAt(next).length();
    const bool isThere =
        value < m_reader.size() && m_reader.at(value) != '-' && !isSpace(m_reader.at(value));
    return isThere ? std::optional(next) : std::nullopt;
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
    if (lower == "key" && before == ' ') { // "API key: …"
        std::size_t begin = name.begin - 1;
        while (begin > 0 && isAlnum(m_reader.at(begin - 1)))
            --begin;
        std::string joined(m_reader.part({begin, name.end}));
        std::replace(joined.begin(), joined.end(), ' ', '_');
        return kindOfName(joined);
    }
    return kindOfName(text);
}

Range NamedValues::valueAt(std::size_t place, NameKind kind, bool isTag)
{
    if (isTag)
        return {place, std::min(m_reader.text().find('<', place), m_reader.size())};
    if (const Quote quote = m_reader.quoteAt(place); quote.mark != 0) {
        const std::size_t begin = place + quote.length();
        return {begin, m_reader.endOfQuoted(begin, quote)};
    }
    const char first = m_reader.at(place);
    if (first == '{' || first == '[')
        return {place, m_reader.endOfBrackets(place)};
    if (kind == NameKind::Cookie)
        return {place, std::max(m_reader.endOfPairs(place, ';'), m_reader.endOfPlain(place))};
    return {place, m_reader.endOfAuthorization(place)};
}

//! Gives where to go on.
std::size_t NamedValues::take(const Range &name)
{
    const Separator separator = separatorBehind(name);
    const bool isAssigned = separator.end > 0;
    const auto flag = isAssigned ? std::nullopt : valueOfFlag(name);
    if (!isAssigned && !flag)
        return name.end;
    NameKind kind = kindOf(name);
    const std::size_t place = flag.value_or(separator.end);
    const std::string_view text = m_reader.part(name);
    if (kind == NameKind::Harmless && isAssigned) {
        const bool isPairsValue = name.begin < m_pairUntil && isNameOfValue(text);
        if (!isPairsValue) {
            if (isNameOfName(text))
                lookForPair(valueAt(place, kind, separator.isTag));
            return separator.isTag ? name.end : place;
        }
        m_pairUntil = 0;
        kind = NameKind::Secret;
    }
    if (kind == NameKind::Harmless)
        return name.end;
    const Range value = valueAt(place, kind, separator.isTag);
    const std::string_view found = m_reader.part(value);
    const bool isFolder = text == "PWD" && found.starts_with('/'); // of a shell
    const bool isResult = (text == "pass" || text == "Pass" || text == "PASS") && isNumber(found);
    if (value.isEmpty() || isNothing(found) || isFolder || isResult)
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

//! {"name": "password", "value": …}
void NamedValues::lookForPair(const Range &value)
{
    m_pairUntil =
        kindOfName(m_reader.part(value)) == NameKind::Harmless ? 0 : value.end + pairDistance;
}

bool applied(std::string_view text, const std::vector<Change> &changes, std::string &out)
{
    if (changes.empty())
        return false;
    std::string result;
    std::size_t done = 0;
    for (const Change &change : changes) {
        result += text.substr(done, change.range.begin - done);
        result += change.text;
        done = change.range.end;
    }
    result += text.substr(done);
    out = std::move(result);
    return true;
}

bool isHostChar(char c)
{
    return isAlnum(c) || c == '.' || c == '-' || c == '_' || c == '[' || c == ']' || c == ':';
}

//! Whether a host, and then the rest of an address, stands at \a place.
bool isHostAt(std::string_view text, std::size_t place)
{
    std::size_t end = place;
    while (end < text.size() && isHostChar(text[end]))
        ++end;
    constexpr std::string_view behind = "/?#,;)\\";
    return end > place && (end == text.size() || behind.find(text[end]) != std::string_view::npos);
}

//! The password of the address whose part behind // is \a text.
Range passwordIn(std::string_view text)
{
    const std::size_t colon = text.find_first_of(":/@?#");
    if (colon == std::string_view::npos || text[colon] != ':')
        return {};
    const std::size_t begin = colon + 1;
    const std::size_t path = std::min(text.find_first_of("/?#\\", begin), text.size());
    const std::size_t last = text.substr(0, path).rfind('@');
    if (last != std::string_view::npos && last >= begin)
        return {begin, last};
    const std::string_view port = text.substr(begin, path - begin);
    if (std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    const std::size_t other = text.find("://", begin); // the next address of a list
    for (std::size_t at = text.find('@', path); at < other && at != std::string_view::npos;
         at = text.find('@', at + 1)) {
        if (isHostAt(text, at + 1))
            return {begin, at};
    }
    return {};
}

} // namespace

bool maskNamedValues(std::string_view text, std::string &out)
{
    return applied(text, NamedValues(text).find(), out);
}

bool maskUrlPasswords(std::string_view text, std::string &out)
{
    std::vector<Change> changes;
    for (std::size_t colon = text.find(':'); colon != std::string_view::npos;
         colon = text.find(':', colon + 1)) {
        std::size_t place = colon + 1;
        int slashes = 0;
        for (; place < text.size() && slashes < 2; ++place) {
            if (text[place] == '/')
                ++slashes;
            else if (text[place] != '\\')
                break;
        }
        if (slashes < 2 || colon == 0 || !isAlnum(text[colon - 1]))
            continue;
        const std::string_view rest = text.substr(place, longestAddress);
        const Range found = passwordIn(rest.substr(0, rest.find_first_of(" \t\r\n\"'`<>")));
        if (found.isEmpty() || isNothing(text.substr(place + found.begin, found.end - found.begin)))
            continue;
        changes.push_back({{place + found.begin, place + found.end}, std::string(mark)});
        colon = place + found.end;
    }
    return applied(text, changes, out);
}

} // namespace trace
