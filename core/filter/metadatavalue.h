// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trace {

//! A value inside a record's metadata.
struct MetadataValue
{
    std::string_view text; //!< A string's characters, or the JSON of another value.
    bool isText = false;   //!< It is a string.
};

//! The value of \a key in the JSON object \a metadata, minified as records keep it. A dotted key is
//! looked for as it stands, then as a path ("a.b" in {"a":{"b":1}}). Nothing where there is none,
//! or null. A string with escapes is written to \a buffer.
[[nodiscard]] std::optional<MetadataValue> findMetadata(std::string_view metadata,
                                                        std::string_view key, std::string &buffer);

} // namespace trace
