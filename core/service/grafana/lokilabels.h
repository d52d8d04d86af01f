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

//! Of streams with records that Loki refused because they were far behind their stream: the hour
//! of their times, "2026-01-31T23Z".
inline constexpr std::string_view backfillLabel = "backfill_hour";

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
