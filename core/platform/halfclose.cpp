// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/halfclose.h"

#include <QTcpSocket>

#ifdef Q_OS_UNIX
#include <sys/socket.h>
#endif

namespace trace {

bool closeSending(const QTcpSocket &socket)
{
#ifdef Q_OS_UNIX
    return ::shutdown(int(socket.socketDescriptor()), SHUT_WR) == 0;
#else
    static_cast<void>(socket);
    return false;
#endif
}

} // namespace trace
