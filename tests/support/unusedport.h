// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QHostAddress>
#include <QTcpServer>

namespace trace {

//! A port of this computer at which nobody listens; a program gets the same one again after 32
//! calls at the earliest. Those above 32767 the system gives to whoever asks for any, so one of them
//! may be taken before the test listens there. These are below, and of the test programs that run at
//! the same time hardly ever two have the same.
inline quint16 unusedPort()
{
    constexpr int lowest = 10'000;
    constexpr int slices = 700;
    constexpr int perSlice = 32;
    static int calls = 0;
    const int slice = int(QCoreApplication::applicationPid() % slices);
    for (int i = 0; i < perSlice; ++i) {
        QTcpServer server;
        const auto port = quint16(lowest + slice * perSlice + calls++ % perSlice);
        if (server.listen(QHostAddress::LocalHost, port))
            return port;
    }
    qFatal("no port is left for this test");
}

} // namespace trace
