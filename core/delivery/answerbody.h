// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

namespace trace {

//! No more is read of an answer's body: it is error text, or a server gone mad.
inline constexpr qint64 maxReplyBytes = 4 * 1024 * 1024;

//! Undoes the compression of the body; false where that cannot be done. Nothing is left then, nor
//! of one that is too long. Under an encoding that nobody knows the body stays as it is.
[[nodiscard]] bool decompress(HttpReply &answer);

} // namespace trace
