// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trace {

//! Whether a `\uD800` … `\uDFFF` escape stands without its other half: no valid UTF-8 can come of
//! it.
[[nodiscard]] bool hasLoneSurrogate(std::string_view json);

//! \a json with each lone surrogate escape replaced by U+FFFD and each number that fits no 64-bit
//! type as a text; nothing where there was nothing to repair.
[[nodiscard]] std::optional<std::string> repairedJson(std::string_view json);

} // namespace trace
