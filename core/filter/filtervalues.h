// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/filter/filterfields.h"

#include <QTimeZone>

namespace trace {

//! A time as it is written means a span: a date its whole day, a minute its sixty seconds.
struct TimeSpan
{
    std::int64_t first = 0; //!< ns since the epoch.
    std::int64_t last = 0;  //!< Inclusive.
};

//! "15m", "1h30m", "250ms" in ns; nothing without a unit.
[[nodiscard]] std::optional<double> durationFromText(QStringView text);

//! A number with what unit the kind of field takes, in that field's own unit.
[[nodiscard]] std::optional<double> numberFromText(QStringView text, FieldKind kind);

//! What units the kind of field takes, as advice.
[[nodiscard]] QString numberAdvice(FieldKind kind);

//! ISO 8601 down to the date alone, numbers as timestampFromInteger() reads them, `now`, `today`,
//! `yesterday`, and `now-15m`. \a isRelative is set when \a now had a part in it.
[[nodiscard]] std::optional<TimeSpan> timeFromText(QStringView text, const QTimeZone &zone,
                                                   std::int64_t now, bool &isRelative);

} // namespace trace
