// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QMetaType>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trace {

//! How serious a record is, in rising order.
enum class Level : std::uint8_t { Debug, Info, Warning, Error, Critical };

inline constexpr std::array allLevels{Level::Debug, Level::Info, Level::Warning, Level::Error,
                                      Level::Critical};

//! The lower-case name that is used in JSON: "debug" … "critical".
[[nodiscard]] std::string_view levelName(Level level);

//! Reads a level from a name in any case, with blanks around it. Knows what widely used loggers
//! write, in full and in their short forms ("WARN", "fatal", "notice", "trace", "erro", "I" …);
//! nothing for other words.
[[nodiscard]] std::optional<Level> levelFromName(std::string_view name);

} // namespace trace

Q_DECLARE_METATYPE(trace::Level)
