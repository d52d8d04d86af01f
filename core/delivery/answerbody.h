// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

namespace trace {

//! No more is read of an answer's body: it is error text, or a server gone mad.
inline constexpr qint64 maxReplyBytes = 4 * 1024 * 1024;

//! Undoes the compression of the body; false where that cannot be done. Nothing is left then, nor
//! of one that is too long. Under an encoding that nobody knows a body of plain text stays as it
//! is, since some call its character set so.
[[nodiscard]] bool decompress(HttpReply &answer);

//! Whether the body, as it came, is as long as the answer says. Qt takes a length that it cannot
//! read for none, and then the end of the connection for that of the body.
[[nodiscard]] bool hasItsLength(const HttpReply &answer);

} // namespace trace
