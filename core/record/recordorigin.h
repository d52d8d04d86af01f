// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <string>
#include <string_view>
#include <vector>

namespace trace {

//! Where a field of a record came from.
struct FieldOrigin
{
    std::string field; //!< Its own name.
    std::string key;   //!< In the object, members of objects behind a dot.
};

//! Which keys of the object \a json became fields of \a record, which was read from it. A field
//! without any was not told.
[[nodiscard]] std::vector<FieldOrigin> originsOf(std::string_view json, const RecordView &record);

} // namespace trace
