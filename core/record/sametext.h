// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace trace {

//! Whether two texts are the same, as == says. For names and ids of a record, of which there are
//! some forty comparisons in each: up to 16 bytes take two comparisons of words, half the time of
//! a call.
[[nodiscard]] inline bool isSameText(std::string_view left, std::string_view right)
{
    const std::size_t size = left.size();
    if (size != right.size())
        return false;
    if (size == 0) // most of a record's
        return true;
    // Both ends, which overlap unless the size is that of two words.
    const auto endsAreSame = [&]<typename Word>(Word) {
        Word words[4];
        const std::size_t tail = size - sizeof(Word);
        std::memcpy(&words[0], left.data(), sizeof(Word));
        std::memcpy(&words[1], right.data(), sizeof(Word));
        std::memcpy(&words[2], left.data() + tail, sizeof(Word));
        std::memcpy(&words[3], right.data() + tail, sizeof(Word));
        return ((words[0] ^ words[1]) | (words[2] ^ words[3])) == 0;
    };
    if (size >= 8 && size <= 16)
        return endsAreSame(std::uint64_t{});
    if (size >= 4 && size < 8)
        return endsAreSame(std::uint32_t{});
    return left == right;
}

} // namespace trace
