// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/valuereader.h"

#include "core/config/escapes.h"

#include <algorithm>
#include <array>

namespace trace {

namespace {

constexpr std::size_t longestScheme = 24;
constexpr std::size_t shortestKey = 8;
constexpr std::size_t longestDate = 32;
// Farther away, no end is looked for: the time taken must follow the size of the text.
constexpr std::size_t longestValue = 1 << 16;

template <std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N> &words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

// False, and out untouched, when there are none.
bool apply(const std::vector<Change> &changes, std::string_view text, std::string &out)
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

} // namespace

std::string lowered(std::string_view text)
{
    std::string lower(text);
    for (char &c : lower)
        c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    return lower;
}

bool isNothing(std::string_view value)
{
    constexpr auto nothing = std::to_array<std::string_view>(
        {"null", "nil", "none", "undefined", "true", "false", "[redacted]", "<redacted>"});
    const bool hasText = std::any_of(value.begin(), value.end(), isNameChar);
    return !hasText || value.starts_with("***") || isOneOf(lowered(value), nothing);
}

bool isOfSentence(std::string_view value)
{
    constexpr auto words = std::to_array<std::string_view>(
        {"must",     "should",  "cannot",  "can't",      "may",      "is",       "was",
         "are",      "has",     "does",    "do",         "not",      "no",       "this",
         "the",      "too",     "please",  "required",   "optional", "invalid",  "incorrect",
         "wrong",    "missing", "expired", "rejected",   "accepted", "changed",  "enabled",
         "disabled", "failed",  "empty",   "unchanged",  "field",    "expected", "unexpected",
         "granted",  "denied",  "success", "successful", "failure",  "for"});
    return isOneOf(lowered(value), words);
}

bool applyInLayers(FindChanges find, std::string_view text, std::string &out)
{
    constexpr int mostLayers = 3;
    std::string changed;
    bool isChanged = apply(find(text), text, changed);
    for (int depth = 1; depth <= mostLayers; ++depth) {
        const std::string_view current = isChanged ? changed : text;
        Unescaped layer(Unescaped::Kinds::Numbers);
        int taken = 0;
        while (taken < depth && layer.take(current))
            ++taken;
        if (taken < depth)
            break;
        std::vector<Change> changes = find(layer.text());
        for (Change &change : changes)
            change = {{layer.begin(change.range.begin), layer.end(change.range.end)}, "***"};
        isChanged |= apply(changes, std::string(current), changed);
    }
    if (isChanged)
        out = std::move(changed);
    return isChanged;
}

std::size_t TextReader::endOfQuoted(std::size_t place, const Quote &quote) const
{
    const std::size_t step = 2 * (quote.backslashes + 1);
    std::size_t backslashes = 0;
    for (std::size_t i = place; i < std::min(size(), place + longestValue); ++i) {
        if (m_text[i] == '\\') {
            ++backslashes;
            continue;
        }
        if (m_text[i] == quote.mark && backslashes % step == quote.backslashes) {
            const bool isDoubled = quote.backslashes == 0 && at(i + 1) == quote.mark && i > place &&
                                   isNameChar(at(i + 2)); // CSV's and SQL's way
            if (!isDoubled)
                return i - quote.backslashes;
            ++i;
        }
        backslashes = 0;
    }
    return std::min(m_text.find('\n', place), size());
}

std::size_t TextReader::pastItems(std::size_t place) const
{
    constexpr std::size_t longestItem = 16;
    if (at(place) == ']')
        ++place;
    while (at(place) == '[') {
        const std::size_t end = m_text.substr(place, longestItem).find(']');
        if (end == std::string_view::npos)
            return place;
        place += end + 1;
    }
    return place;
}

Range TextReader::insideManyQuotes(std::size_t place) const
{
    const char mark = at(place);
    std::size_t begin = place;
    while (isQuote(mark) && at(begin) == mark && begin < place + 4)
        ++begin;
    const std::size_t many = begin - place;
    constexpr std::string_view behindNothing = ",;:)]}>&|\\";
    const bool isEmpty = begin == size() || isSpace(at(begin)) ||
                         behindNothing.find(at(begin)) != std::string_view::npos;
    if (many != 3 && (many != 2 || isEmpty))
        return {};
    const std::size_t end = m_text.substr(begin, longestValue).find(part({place, begin}));
    return {begin, end == std::string_view::npos ? endOfPlain(begin) : begin + end};
}

Range TextReader::valueBelow(std::size_t name, std::size_t place) const
{
    std::size_t end = place;
    const bool isBlock = at(end) == '|' || at(end) == '>';
    constexpr std::string_view indicators = "-+123456789";
    while (isBlock && (end == place || indicators.find(at(end)) != std::string_view::npos))
        ++end;
    end = pastBlanks(end);
    end += at(end) == '\r' ? 1 : 0;
    if (at(end) != '\n')
        return {};
    const std::size_t before = m_text.rfind('\n', name);
    const std::size_t nameLine = before == std::string_view::npos ? 0 : before + 1;
    std::size_t indent = pastBlanks(nameLine) - nameLine;
    while (m_text.substr(nameLine + indent).starts_with("- "))
        indent += 2;
    Range value;
    for (std::size_t line = end + 1; line < size();) {
        const std::size_t next = std::min(m_text.find('\n', line), size());
        const std::size_t last = next > line && m_text[next - 1] == '\r' ? next - 1 : next;
        const std::size_t first = std::min(pastBlanks(line), last);
        const bool isWithin = first < last && first - line > indent;
        if (!isWithin && !(isBlock && first == last))
            break;
        if (isWithin)
            value = {value.end == 0 ? first : value.begin, last};
        if (!isBlock)
            break;
        line = next + 1;
    }
    const std::string_view text = part(value);
    const bool isOther = !isBlock && !text.starts_with('"') && !text.starts_with('\'') &&
                         (text.find_first_of(" \t") != std::string_view::npos || // a sentence
                          text.ends_with(':') || text.starts_with('#'));
    return isOther ? Range() : value;
}

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
            const std::size_t inside = nameEnd + 1 + quote.length();
            const std::size_t behind =
                quote.mark == 0 ? 0 : std::min(endOfQuoted(inside, quote) + quote.length(), size());
            // Of a cookie, it may also be the quote around all of them.
            const bool isLast = behind > inside && at(behind - 1) == quote.mark &&
                                (behind == size() || at(behind) == '\r' || at(behind) == '\n');
            if (behind > 0 && (separator == ',' || at(behind) == separator || isLast)) {
                next = behind;
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
        } else if (nameEnd == end || (end == place && !(separator == ';' && at(nameEnd) == ';'))) {
            return end;
        }
        end = next;
        const std::size_t following = pastFold(end + 1);
        if (at(end) != separator || !isNameChar(at(following)))
            return end;
        const std::size_t followingEnd = pastName(following);
        if (at(followingEnd) != '=' &&
            !(separator == ';' && isOneOf(lowered(part({following, followingEnd})), flags)))
            return end;
        end = following;
    }
}

std::size_t TextReader::endOfAuthorization(std::size_t place, bool isAny) const
{
    constexpr auto schemes = std::to_array<std::string_view>(
        {"bearer", "basic",  "token", "negotiate", "ntlm",          "apikey",          "api-key",
         "key",    "splunk", "dpop",  "jwt",       "github-bearer", "vapid",           "snowflake",
         "digest", "oauth",  "hawk",  "hmac",      "signature",     "aws4-hmac-sha256"});
    const std::size_t schemeEnd = pastName(place);
    const std::size_t next = pastFold(schemeEnd);
    const bool isWord = next > schemeEnd && schemeEnd - place <= longestScheme;
    const bool hasPairs =
        isAny && at(place) >= 'A' && at(place) <= 'Z' && at(pastName(next)) == '=';
    if (!isWord || !(hasPairs || isOneOf(lowered(part({place, schemeEnd})), schemes))) {
        const std::string_view word = part({next, std::max(next, endOfPlain(next))});
        const bool isMade = isWord && isAny && word.size() >= shortestKey &&
                            word.find_first_of("0123456789") != std::string_view::npos;
        return isMade ? next + word.size() : endOfPlain(place);
    }
    const std::size_t pairs = endOfPairs(next, ',');
    return std::max(pairs, endOfPlain(next));
}

} // namespace trace
