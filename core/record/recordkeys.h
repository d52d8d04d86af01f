// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

namespace trace {

//! A key of a record in JSON and what it sets.
struct RecordKey
{
    enum class Kind : std::uint8_t
    {
        Timestamp,
        Level,
        Message,
        Mode,
        Tags,
        Metadata,
        Context, //!< contextFields[index]
        Text,    //!< textFields[index]
        Integer, //!< integerFields[index]
        Number,  //!< numberFields[index]
    };

    std::string_view name;
    Kind kind = Kind::Metadata;
    std::uint8_t index = 0; //!< Within its kind.
    std::uint8_t place = 0; //!< Among all keys, below 32; an alias has that of its key.
};

//! Null for a key that records do not have.
[[nodiscard]] const RecordKey *findRecordKey(std::string_view name);

} // namespace trace
