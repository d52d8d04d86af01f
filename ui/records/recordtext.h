// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <QList>
#include <QString>

#include <utility>

namespace trace {

//! The fields of a record that are set, by their names in JSON, as visible plain text. The message
//! comes first, the stack trace and the metadata last.
[[nodiscard]] QList<std::pair<QString, QString>> recordFields(const Record &record);

} // namespace trace
