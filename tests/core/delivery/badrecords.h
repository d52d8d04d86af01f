// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/delivery/trapsupport.h"

#include <functional>

namespace trace {

//! Which of records that are counted through a service is to refuse.
using IsBad = std::function<bool(int)>;

inline const IsBad all = [](int) { return true; };
inline const IsBad none = [](int) { return false; };

inline std::vector<Record> recordsOf(int count, const IsBad &isBad, int from = 0)
{
    std::vector<Record> records;
    for (int i = from; i < from + count; ++i)
        records.push_back(recordOf((isBad(i) ? "bad " : "good ") + std::to_string(i), nowNs() + i));
    return records;
}

inline std::optional<Answer> refuseBad(const SeenRequest &seen)
{
    const bool holdsBad =
        std::any_of(seen.messages.begin(), seen.messages.end(), [](const QString &message) {
            return message.startsWith(QLatin1StringView("bad"));
        });
    return holdsBad ? std::optional(Answer{400, "its words"}) : std::nullopt;
}

inline std::optional<Answer> refuseAll(const SeenRequest &seen)
{
    return seen.number > 0 ? std::optional(Answer{400, "its words"}) : std::nullopt;
}

} // namespace trace
