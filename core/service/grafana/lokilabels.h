// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trace::loki {

//! Names and values of a stream, in the order in which they are written.
using Labels = std::vector<std::pair<std::string, std::string>>;

//! Of streams with old records that are sent again: the hour of their times.
inline constexpr std::string_view backfillLabel = "backfill";

//! The labels of a record: service_name, workflow_name, environment, level, then those of
//! \a fixed that are not among them. Few on purpose: each set is a stream of its own in Loki.
[[nodiscard]] Labels labelsOf(const RunContext &context, Level level, const Labels &fixed);

//! `{a="b",c="d"}`
[[nodiscard]] std::string labelText(const Labels &labels);

//! Reads `{a="b", c="d"}` with quotes as Go writes them; nothing when it is malformed.
[[nodiscard]] std::optional<Labels> parseLabels(std::string_view text);

//! Whether \a name may be the name of a label that a user sets.
[[nodiscard]] bool isLabelName(std::string_view name);

} // namespace trace::loki
