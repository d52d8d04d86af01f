// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <simdjson.h>

#include <string>

namespace trace {

//! Appends a message template (https://messagetemplates.org, as Serilog writes it) with the members
//! of \a values in its holes: `{User}`, `{@User}`, `{Count:000}`, `{Count,8}`. Alignment and format
//! are left out; a hole without a member stays as it is; `{{` is a brace.
void appendFilled(std::string &out, std::string_view text, const simdjson::dom::object &values);

} // namespace trace
