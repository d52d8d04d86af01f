// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trace {

//! What a terminal shows at the end of a line that was written over, as progress bars do.
struct LastState
{
    std::string_view text;    //!< Behind the last carriage return that something follows.
    std::uint64_t before = 0; //!< How many states went before.
};

[[nodiscard]] LastState lastStateOf(std::string_view line);

//! Whether \a text has an escape, which begins what a terminal takes as a command.
[[nodiscard]] inline bool hasTerminalCodes(std::string_view text)
{
    return text.find('\x1b') != std::string_view::npos;
}

//! \a text without the escape sequences of ECMA-48: colours, movements, titles, links.
[[nodiscard]] std::string withoutTerminalCodes(std::string_view text);

} // namespace trace
