// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace {

//! The times that a service takes, seen from a moment. A record outside would be dropped,
//! often without a word, so it is not sent.
class TimeWindow final
{
public:
    //! \a now is by the server's clock, in ns since the epoch; 0: unknown, everything is inside.
    TimeWindow(const Service &service, std::int64_t now);

    //! Why the record is outside, in the same words for the same cause; nothing when it is inside.
    [[nodiscard]] std::optional<QString> unfitReason(const RecordView &record) const;

    //! Whether a record was set aside for these words: perhaps it is inside by another clock.
    [[nodiscard]] static bool isReason(const QString &words, const Service &service);

private:
    const Service &m_service;
    Limits m_limits;
    std::int64_t m_now;
};

} // namespace trace
