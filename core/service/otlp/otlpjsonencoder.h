// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <span>
#include <string>

namespace trace::otlp {

//! The same request as encodeProtobuf() writes, in OTLP's JSON: ids in hex, 64-bit integers as
//! texts.
[[nodiscard]] std::string encodeJson(std::span<const RecordView> records);

} // namespace trace::otlp
