// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <array>
#include <string>
#include <unordered_map>

namespace trace::datadog {

//! The `ddsource` of records whose endpoint names none.
inline constexpr std::string_view defaultSource = "trace-console";

//! Writes records as items of Datadog's intake. What Datadog has a name for stands under that name:
//! message, status, timestamp (ms), hostname, service, ddsource, ddtags, dd.*, error.*. All other
//! fields, and these where Datadog's form loses something of them, stand under `workflow` by our
//! own names. One request each: it keeps what it made of the contexts' addresses.
class Encoder final
{
public:
    //! \a service and \a source are the endpoint's, empty where it names none. They must outlive
    //! the encoder.
    Encoder(std::string_view service, std::string_view source);

    //! Appends one JSON object.
    void append(std::string &out, const RecordView &record);

private:
    //! What all records of a context share.
    struct Shared
    {
        std::array<std::string, 3> head; //!< By mode: hostname, service, source and tags.
        std::string workflow;            //!< Members of `workflow`, without its braces.
    };

    [[nodiscard]] const Shared &sharedOf(const RecordView &record);

    std::string_view m_service;
    std::string_view m_source;
    std::unordered_map<const RunContext *, Shared> m_shared;
    const RunContext *m_lastContext = nullptr;
    const Shared *m_last = nullptr;
};

} // namespace trace::datadog
