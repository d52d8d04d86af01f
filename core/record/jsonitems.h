// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

//! The texts of the items of an array, or of objects one after the other, as they stand in \a json,
//! whether they can be read or not. None when \a json is neither.
[[nodiscard]] std::vector<std::string_view> jsonItems(std::string_view json);

//! Follows one JSON object byte by byte, over as many lines as it takes, and knows at the first byte
//! that no JSON has there, bent or not (jsonrepair.h), that it is none. Constant memory but for a
//! bit per level.
class JsonObjectScanner final
{
public:
    enum class State : std::uint8_t
    {
        Inside,   //!< All of \a text may belong to an object that goes on.
        Complete, //!< It ends in \a text.
        Broken,   //!< It is none.
    };

    //! The next object begins.
    void restart();
    //! Scans the next bytes. \a used becomes how many of them belong to the object.
    [[nodiscard]] State scan(std::string_view text, std::size_t &used);

private:
    enum class Expect : std::uint8_t { Start, KeyOrEnd, Colon, Value, CommaOrEnd };

    [[nodiscard]] bool takeMark(char c);

    std::vector<bool> m_isObject; // of the levels
    Expect m_expect = Expect::Start;
    bool m_inString = false;
    bool m_isEscaped = false;
    bool m_inWord = false;
};

} // namespace trace
