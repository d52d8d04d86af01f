// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/redaction.h"

namespace trace {

//! `redaction.json` in the configuration folder:
//!
//!     { "version": 1, "enabled": true, "built_in": true,
//!       "rules": [ { "name": "customers", "pattern": "C-\\d{8}", "replacement": "C-***" } ] }
//!
//! `enabled` and `built_in` are true and `replacement` is "***" by default.
[[nodiscard]] QString redactionPath(const QString &folder);

//! The rules of that file; null where there is no file or it is not enabled. A file that is wrong
//! is refused as a whole, with file, place, what was found and what is allowed: nothing should be
//! accepted then, because secrets would go where they must not.
[[nodiscard]] Expected<std::shared_ptr<const Redaction>> loadRedaction(const QString &folder);

//! Likewise from the text of the file, without its name.
[[nodiscard]] Expected<std::shared_ptr<const Redaction>> redactionFromJson(const QByteArray &json);

} // namespace trace
