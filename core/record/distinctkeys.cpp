// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/distinctkeys.h"

#include "core/record/jsonwriter.h"

#include <algorithm>

namespace trace {

namespace {

//! More than usual records have; from there on hashing is faster.
constexpr std::size_t mostCompared = 32;

} // namespace

void DistinctKeys::clear()
{
    m_seen = 0;
    m_places.clear();
    if (!m_names.empty())
        m_names.clear();
}

void DistinctKeys::append(std::string &object, std::string_view key)
{
    object += object.empty() ? '{' : ',';
    const std::size_t begin = object.size();
    appendJsonString(object, key);
    const std::string_view quoted = std::string_view(object).substr(begin);
    const auto first = static_cast<unsigned char>(quoted[1]);
    const auto last = static_cast<unsigned char>(quoted[quoted.size() - 2]);
    const std::uint64_t bit = std::uint64_t{1} << ((quoted.size() * 7 + first + last * 3U) % 64);
    if (!m_names.empty() ||
        ((m_seen & bit) && (m_places.size() > mostCompared || isGiven(object, quoted)))) {
        nameApart(object, begin);
    } else {
        m_seen |= bit;
        m_places.push_back({begin, quoted.size()});
    }
    object += ':';
}

bool DistinctKeys::isGiven(const std::string &object, std::string_view quoted) const
{
    return std::any_of(m_places.begin(), m_places.end(), [&](const Place &place) {
        return std::string_view(object).substr(place.begin, place.size) == quoted;
    });
}

//! Puts a number behind the last key, which begins at \a begin, if it is given.
void DistinctKeys::nameApart(std::string &object, std::size_t begin)
{
    for (const Place &place : m_places)
        m_names.try_emplace(object.substr(place.begin + 1, place.size - 2), 1);
    m_places.clear();
    const std::string key = object.substr(begin + 1, object.size() - begin - 2);
    const auto [found, isNew] = m_names.try_emplace(key, 1);
    if (isNew)
        return;
    std::size_t &number = found->second; // stays where it is
    std::string name;
    do
        name = key + '_' + std::to_string(++number);
    while (!m_names.try_emplace(name, 1).second);
    object.replace(begin + 1, key.size(), name);
}

} // namespace trace
