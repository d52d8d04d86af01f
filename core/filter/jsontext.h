// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace trace {

//! The string that begins with the quote at \a place of \a json, without its quotes and with its
//! escapes; \a place is then behind it, or at the end when the string does not end.
[[nodiscard]] std::string_view takeJsonString(std::string_view json, std::size_t &place);

//! What a JSON string means; \a text itself when it has no escapes, else in \a buffer.
[[nodiscard]] std::string_view unescapedJson(std::string_view text, std::string &buffer);

} // namespace trace
