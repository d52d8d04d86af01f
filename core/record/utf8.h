// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace trace {

[[nodiscard]] bool isUtf8(std::string_view bytes);

//! \a bytes with each maximal invalid part replaced by U+FFFD, as the Unicode Standard recommends.
[[nodiscard]] std::string toUtf8(std::string_view bytes);

} // namespace trace
