// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/distinctkeys.h"

#include <algorithm>
#include <utility>

namespace trace {

namespace {

//! More than usual records have; from there on hashing is faster.
constexpr std::size_t mostCompared = 32;

} // namespace

void DistinctKeys::clear()
{
    m_seen = 0;
    m_text.clear();
    m_ends.clear();
    if (!m_names.empty())
        m_names.clear();
}

std::string_view DistinctKeys::add(std::string_view key)
{
    const auto byte = [key](std::size_t i) {
        return key.empty() ? 0U : static_cast<unsigned char>(key[i]);
    };
    const std::size_t last = key.empty() ? 0 : key.size() - 1;
    const std::uint64_t bit = std::uint64_t{1}
                              << ((key.size() * 7 + byte(0) + byte(last) * 3) % 64);
    if (!m_names.empty() || ((m_seen & bit) && (m_ends.size() > mostCompared || isGiven(key))))
        return addBeside(key);
    m_seen |= bit;
    m_text += key;
    m_ends.push_back(m_text.size());
    return key;
}

bool DistinctKeys::isGiven(std::string_view key) const
{
    std::size_t start = 0;
    return std::any_of(m_ends.begin(), m_ends.end(), [&](std::size_t end) {
        const std::size_t begin = std::exchange(start, end);
        return std::string_view(m_text).substr(begin, end - begin) == key;
    });
}

std::string_view DistinctKeys::addBeside(std::string_view key)
{
    std::size_t start = 0;
    for (const std::size_t end : m_ends) {
        m_names.try_emplace(m_text.substr(start, end - start), 1);
        start = end;
    }
    m_ends.clear();
    m_text.clear();
    m_name = key;
    const auto [found, isNew] = m_names.try_emplace(m_name, 1);
    if (isNew)
        return m_name;
    std::size_t &number = found->second; // stays where it is
    do
        m_name.assign(key).append(1, '_').append(std::to_string(++number));
    while (!m_names.try_emplace(m_name, 1).second);
    return m_name;
}

} // namespace trace
