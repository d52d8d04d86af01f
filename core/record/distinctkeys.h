// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace trace {

//! Writes the keys of a JSON object so that no two are equal: readers keep one value of such.
class DistinctKeys final
{
public:
    //! Begins another object.
    void clear();
    //! Appends the brace or the comma before it, \a key, and the colon behind it. A key that
    //! \a object has already gets `_2`, `_3` … behind it. From clear() on, \a object is the same,
    //! begins empty and is written to at its end only.
    void append(std::string &object, std::string_view key);

private:
    struct Place
    {
        std::size_t begin;
        std::size_t size;
    };

    [[nodiscard]] bool isGiven(const std::string &object, std::string_view quoted) const;
    void nameApart(std::string &object, std::size_t begin);

    std::uint64_t m_seen = 0;    //!< A bit for each key, by its ends and length.
    std::vector<Place> m_places; //!< Of the quoted keys, while there are no m_names.
    //! Each name as it stands between its quotes, with the last number behind it; from the first
    //! key on that may be given already.
    std::unordered_map<std::string, std::size_t> m_names;
};

} // namespace trace
