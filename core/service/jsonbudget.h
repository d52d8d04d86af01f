// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <optional>
#include <string_view>

namespace trace {

//! The most values that the JSON of one request may hold: parsed, each takes some 40 bytes, however
//! few it has in the text.
inline constexpr qsizetype maxJsonValues = 4'000'000;

//! Why \a json is not to be parsed: status 413 when it holds more values than that.
[[nodiscard]] std::optional<DecodeError> tooManyValues(std::string_view json);

} // namespace trace
