// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/cloudwatch/nametemplate.h"

#include <cstdint>
#include <span>

namespace trace::cloudwatch {

//! AWS's limits for one PutLogEvents.
inline constexpr std::size_t maxEvents = 10'000;
inline constexpr std::size_t maxBatchBytes = 1'048'576; //!< Of messages, with 26 more for each.
inline constexpr std::size_t eventOverhead = 26;
inline constexpr std::int64_t maxSpanMs = 24 * 60 * 60 * 1000;

//! Milliseconds since the epoch, rounded down.
[[nodiscard]] constexpr std::int64_t millisecondsOf(std::int64_t ns)
{
    return ns / 1'000'000 - (ns % 1'000'000 < 0 ? 1 : 0);
}

//! Writes records as the bodies of PutLogEvents: one stream each, in order of time, within AWS's
//! limits. A record's event depends on the record and these settings only.
struct Encoder
{
    NameTemplate group;
    NameTemplate stream;
    std::size_t maxEventBytes = 1'000'000; //!< Of a message; larger ones are not sent.

    //! One request.
    struct Put
    {
        std::string body;
        std::vector<std::uint32_t> events; //!< Places of the records, in the order of the events.
    };

    struct Result
    {
        std::vector<Put> puts;
        std::vector<std::uint32_t> tooLarge; //!< Places of records, ascending.
        std::vector<std::uint32_t> tooEarly; //!< Before 1970; ascending.
    };

    [[nodiscard]] Result encode(std::span<const RecordView> records) const;
};

} // namespace trace::cloudwatch
