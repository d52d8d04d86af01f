// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QByteArrayView>

namespace trace {

//! Whether the value of a Host header names this machine's loopback: `localhost` (also
//! `localhost.`), an address of 127.0.0.0/8 or `[::1]`, with or without a port. Keeps out web pages
//! that resolve their own name to 127.0.0.1.
[[nodiscard]] bool isLoopbackHost(QByteArrayView host);

//! Whether the value of an Origin header is a page from this machine's loopback.
[[nodiscard]] bool isLoopbackOrigin(QByteArrayView origin);

} // namespace trace
