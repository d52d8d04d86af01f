// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trace {

//! Whether a `\uD800` … `\uDFFF` escape stands without its other half: no valid UTF-8 can come of
//! it.
[[nodiscard]] bool hasLoneSurrogate(std::string_view json);

//! What lenient readers of JSON take and strict ones do not, as bits.
enum class Bent : std::uint8_t
{
    Nothing = 0,
    NotANumber = 1, //!< NaN, Infinity, -Infinity, as Python's json writes them; now texts.
    Control = 2,    //!< Control characters inside of a string, now escaped.
    Comma = 4,      //!< Behind the last value.
    Nul = 8,        //!< NULs around values, left out.
};

[[nodiscard]] constexpr Bent operator|(Bent left, Bent right)
{
    return static_cast<Bent>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}
constexpr Bent &operator|=(Bent &left, Bent right)
{
    return left = left | right;
}
[[nodiscard]] constexpr bool has(Bent all, Bent one)
{
    return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

//! \a json with each lone surrogate escape replaced by U+FFFD, each number that fits no 64-bit type
//! as a text, and without what is in Bent; nothing where there was nothing to repair. What was bent
//! is added to \a bent.
[[nodiscard]] std::optional<std::string> repairedJson(std::string_view json, Bent &bent);
[[nodiscard]] std::optional<std::string> repairedJson(std::string_view json);

} // namespace trace
