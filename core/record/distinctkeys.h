// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace trace {

//! Gives the keys of an object names that differ: readers of JSON keep one of two equal ones.
class DistinctKeys final
{
public:
    //! Begins another object.
    void clear();
    //! \a key, or where it was given before, it with `_2`, `_3` … behind it. Valid until the next
    //! call.
    [[nodiscard]] std::string_view add(std::string_view key);

private:
    //! While there are no m_names.
    [[nodiscard]] bool isGiven(std::string_view key) const;
    [[nodiscard]] std::string_view addBeside(std::string_view key);

    std::uint64_t m_seen = 0;        //!< A bit for each key, by its ends and length.
    std::string m_text;              //!< The keys, one behind the other.
    std::vector<std::size_t> m_ends; //!< Where each ends.
    //! Each name with the last number behind it; from the first key on that may be given already.
    std::unordered_map<std::string, std::size_t> m_names;
    std::string m_name;
};

} // namespace trace
