// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace trace {

//! Sets TCP_NODELAY on every TCP socket of this process that is connected to \a peerPort of some
//! host; touches no other. Qt 6.4's QNetworkAccessManager never sets it and hides its socket, so
//! that a body over 16 KiB stalls 44 ms between Nagle's delay here and the delayed acknowledgement
//! there. Does nothing where a process cannot list its sockets.
void setTcpNoDelayTowards(quint16 peerPort);

} // namespace trace
