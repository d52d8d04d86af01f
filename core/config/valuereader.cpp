// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/valuereader.h"

#include <algorithm>
#include <array>

namespace trace {

namespace {

constexpr std::size_t longestScheme = 24;
constexpr std::size_t longestDate = 32;
// Farther away, no end is looked for: the time taken must follow the size of the text.
constexpr std::size_t longestValue = 1 << 16;

template <std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N> &words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
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
        {"must",     "should",  "cannot",  "can't",     "may",      "is",       "was",
         "are",      "has",     "does",    "do",        "not",      "no",       "this",
         "the",      "too",     "please",  "required",  "optional", "invalid",  "incorrect",
         "wrong",    "missing", "expired", "rejected",  "accepted", "changed",  "enabled",
         "disabled", "failed",  "empty",   "unchanged", "field",    "expected", "unexpected"});
    return isOneOf(lowered(value), words);
}

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

std::size_t TextReader::endOfQuoted(std::size_t place, const Quote &quote) const
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

} // namespace trace
