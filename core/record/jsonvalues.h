// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <simdjson.h>

namespace trace {

//! Parses \a json, also where it holds lone surrogates or numbers beyond 64 bits.
[[nodiscard]] bool parseJson(simdjson::dom::parser &parser, std::string_view json,
                             simdjson::dom::element &element);

//! Appends \a element as minified JSON.
void appendElement(std::string &out, const simdjson::dom::element &element);

// The values of a record. False, and nothing set, for a value that such a key does not take.

//! A string.
bool readText(const simdjson::dom::element &value, std::string_view &text);
//! Whatever timestamp.h reads.
bool readTimestamp(const simdjson::dom::element &value, std::int64_t &timestamp);
//! A known name; an empty one says nothing.
bool readLevel(const simdjson::dom::element &value, Level &level);
//! An integer, or one as text.
[[nodiscard]] std::optional<std::int64_t> wholeNumber(const simdjson::dom::element &value);
//! "stdout" or "stderr".
bool readMode(const simdjson::dom::element &value, Mode &mode);
//! An array of strings; null is left out.
bool readTags(const simdjson::dom::element &value, std::vector<std::string_view> &tags);
bool readInteger(const simdjson::dom::element &value, std::optional<std::int64_t> &integer);
bool readNumber(const simdjson::dom::element &value, std::optional<double> &number);

} // namespace trace
