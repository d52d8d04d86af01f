// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/textfinder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace trace {

namespace {

constexpr std::array<char, 256> makeLower()
{
    std::array<char, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = static_cast<char>(i >= 'A' && i <= 'Z' ? i + ('a' - 'A') : i);
    return table;
}

constexpr std::array<char, 256> lowerTable = makeLower();

char lower(char c)
{
    return lowerTable[static_cast<unsigned char>(c)];
}

bool isLetter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

// From frequent to rare, in logs; what is not listed is rarest.
constexpr std::string_view frequent = " etaoinsrdlcu0mh1p-fg:2/.ybw_vk3=5479868\"xjqz";

std::size_t rarity(char c)
{
    return std::min(frequent.find(lower(c)), frequent.size());
}

} // namespace

bool isAscii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool equalFolded(std::string_view left, std::string_view right)
{
    return left.size() == right.size() && startsFolded(left, right);
}

bool startsFolded(std::string_view text, std::string_view start)
{
    return text.size() >= start.size() &&
           std::equal(start.begin(), start.end(), text.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

bool globFolded(std::string_view text, std::string_view pattern)
{
    // After a mismatch the last star takes one character more; earlier ones never have to.
    std::size_t t = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t afterStar = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            afterStar = t;
        } else if (p < pattern.size() && pattern[p] == '?') {
            ++p;
            ++t;
            while (t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80)
                ++t; // the rest of a UTF-8 character
        } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star;
            t = ++afterStar;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

TextFinder::TextFinder(std::string word, bool isCaseSensitive)
    : m_word(std::move(word))
    , m_isCaseSensitive(isCaseSensitive)
{
    if (!isCaseSensitive)
        std::transform(m_word.begin(), m_word.end(), m_word.begin(), lower);
    for (std::size_t i = 1; i < m_word.size(); ++i) {
        if (rarity(m_word[i]) > rarity(m_word[m_first])) {
            m_second = m_first;
            m_first = i;
        } else if (m_second == m_first || rarity(m_word[i]) > rarity(m_word[m_second])) {
            m_second = i;
        }
    }
}

bool TextFinder::isAt(const char *place) const
{
    if (m_isCaseSensitive)
        return std::memcmp(place, m_word.data(), m_word.size()) == 0;
    return std::equal(m_word.begin(), m_word.end(), place,
                      [](char a, char b) { return a == lower(b); });
}

bool TextFinder::isInShort(std::string_view text, std::size_t from) const
{
    for (std::size_t i = from; i + m_word.size() <= text.size(); ++i) {
        if (isAt(text.data() + i))
            return true;
    }
    return false;
}

bool TextFinder::isIn(std::string_view text) const
{
    if (m_word.empty())
        return true;
    if (text.size() < m_word.size())
        return false;
#if defined(__SSE2__)
    constexpr std::size_t width = 16;
    const std::size_t starts = text.size() - m_word.size() + 1;
    if (starts < width)
        return isInShort(text, 0);
    // A letter equals another one but for bit 5; no other byte becomes that letter with it.
    const auto foldOf = [&](std::size_t place) {
        return _mm_set1_epi8(!m_isCaseSensitive && isLetter(m_word[place]) ? 0x20 : 0);
    };
    const __m128i foldFirst = foldOf(m_first);
    const __m128i foldSecond = foldOf(m_second);
    const __m128i first = _mm_set1_epi8(m_word[m_first]);
    const __m128i second = _mm_set1_epi8(m_word[m_second]);
    const auto load = [&](std::size_t place) {
        __m128i bytes;
        std::memcpy(&bytes, text.data() + place, sizeof bytes);
        return bytes;
    };
    std::size_t i = 0;
    while (true) {
        const __m128i one = _mm_cmpeq_epi8(_mm_or_si128(load(i + m_first), foldFirst), first);
        const __m128i two = _mm_cmpeq_epi8(_mm_or_si128(load(i + m_second), foldSecond), second);
        auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(one, two)));
        for (; hits != 0; hits &= hits - 1) {
            if (isAt(text.data() + i + static_cast<std::size_t>(std::countr_zero(hits))))
                return true;
        }
        if (i + width >= starts)
            return false;
        i = std::min(i + width, starts - width); // the last step overlaps the one before
    }
#else
    return isInShort(text, 0);
#endif
}

} // namespace trace
