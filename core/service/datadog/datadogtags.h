// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <string>
#include <string_view>

//! Datadog has one text of tags, "name:value" joined by commas; here a record has a list of them.
namespace trace::datadog {

//! What the tags of a record's own fields begin with.
inline constexpr std::string_view environmentTag = "env:";
inline constexpr std::string_view runTag = "run_id:";
inline constexpr std::string_view parentRunTag = "parent_run_id:";
inline constexpr std::string_view modeTag = "mode:";
inline constexpr std::string_view serviceTag = "service:";

//! A tag as it can stand among others: without blanks around it, commas replaced by `_`.
[[nodiscard]] std::string plainTag(std::string_view tag);

//! `env:`, `run_id:`, `parent_run_id:` and `mode:` of what is set, then the context's tags.
[[nodiscard]] std::string tagText(const RunContext &context, Mode mode);

//! Whether the tags come back from tagText() as they are. Where not, they need a list of their own.
[[nodiscard]] bool areTagsPlain(const std::vector<std::string> &tags);

//! The value of the first `service:` tag; empty where there is none.
[[nodiscard]] std::string_view serviceOf(const std::vector<std::string> &tags);
[[nodiscard]] std::string_view serviceOf(const std::vector<std::string_view> &tags);

} // namespace trace::datadog
