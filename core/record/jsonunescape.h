// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace trace {

//! Appends what stands between the quotes of a JSON string, with its escapes resolved. A lone
//! surrogate becomes U+FFFD; a broken escape ends the text and harms nothing.
void appendUnescaped(std::string &out, std::string_view text);

} // namespace trace
