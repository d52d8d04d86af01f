// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace {

//! Reads a body of records: a JSON object, an array, objects one after the other, one per line, or
//! plain lines. \a type is the media type in lower case, without parameters. Fails only when
//! nothing could be read: in a body that is not called JSON every line is a record.
[[nodiscard]] tl::expected<void, DecodeError>
readDocuments(QByteArrayView body, QByteArrayView type, const RecordSink &sink);

} // namespace trace
