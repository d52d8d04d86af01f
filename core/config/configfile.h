// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QByteArray>

#include <optional>

namespace trace {

//! The text of a configuration file that need not exist; nothing when it does not.
[[nodiscard]] Expected<std::optional<QByteArray>> readConfiguration(const QString &path);

} // namespace trace
