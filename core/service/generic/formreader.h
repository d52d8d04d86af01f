// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace {

//! Reads one record from a form (application/x-www-form-urlencoded), as Python's
//! logging.handlers.HTTPHandler sends the attributes of its LogRecord. Fields that the record does
//! not have go to its metadata.
[[nodiscard]] tl::expected<void, DecodeError> readForm(QByteArrayView form, const RecordSink &sink);

} // namespace trace
