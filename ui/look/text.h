// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <string_view>

namespace trace {

//! Text from outside as plain text: what cannot be seen (control characters, direction overrides)
//! becomes a visible sign. Line ends and tabs stay.
[[nodiscard]] QString visibleText(std::string_view utf8);
[[nodiscard]] QString visibleText(const QString &text);

//! The first line of visibleText(), ended by "…" when there is more.
[[nodiscard]] QString visibleLine(std::string_view utf8);
[[nodiscard]] QString visibleLine(const QString &text);

//! \a text for a tool tip, which would take markup for markup.
[[nodiscard]] QString toolTipText(const QString &text);

//! "15:04:05.123" in local time; \a ns since the epoch.
[[nodiscard]] QString clockText(qint64 ns);
//! Date, time and offset from UTC, in local time.
[[nodiscard]] QString dateTimeText(qint64 ns);
//! "85 ms", "3.2 s", "4 min 07 s", "2 h 05 min".
[[nodiscard]] QString durationText(qint64 ns);
//! A whole number in the user's locale.
[[nodiscard]] QString countText(qint64 number);
//! A rate or time with one digit after the point, in the user's locale.
[[nodiscard]] QString decimalText(double number);

} // namespace trace
