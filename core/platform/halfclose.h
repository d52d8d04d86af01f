// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

class QTcpSocket;

namespace trace {

//! Ends the sending side of \a socket and nothing else: the peer reads the end of the stream, and
//! what it still sends arrives. QTcpSocket can only close both sides. What is written already must
//! have left the socket's buffer. False where the system cannot.
[[nodiscard]] bool closeSending(const QTcpSocket &socket);

} // namespace trace
