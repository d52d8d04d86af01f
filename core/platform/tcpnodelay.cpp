// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/tcpnodelay.h"

#ifdef Q_OS_LINUX

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace trace {

namespace {

struct CloseFolder
{
    void operator()(DIR *folder) const { ::closedir(folder); }
};

// -1 for what is no socket.
int socketOption(int descriptor, int option)
{
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

bool isTcpTowards(int descriptor, quint16 peerPort)
{
    if (socketOption(descriptor, SO_TYPE) != SOCK_STREAM ||
        socketOption(descriptor, SO_PROTOCOL) != IPPROTO_TCP)
        return false;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr *>(&peer), &size) != 0)
        return false;
    in_port_t port = 0;
    if (peer.ss_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &peer, sizeof address);
        port = address.sin_port;
    } else if (peer.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &peer, sizeof address);
        port = address.sin6_port;
    }
    return port == htons(peerPort);
}

} // namespace

void setTcpNoDelayTowards(quint16 peerPort)
{
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir("/proc/self/fd"));
    if (!folder || peerPort == 0)
        return;
    while (const dirent *entry = ::readdir(folder.get())) {
        const char *name = entry->d_name;
        const char *end = name + std::strlen(name);
        int descriptor = -1;
        const auto [at, error] = std::from_chars(name, end, descriptor);
        if (error != std::errc() || at != end || !isTcpTowards(descriptor, peerPort))
            continue;
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

} // namespace trace

#else

namespace trace {

// Elsewhere a process cannot list its sockets in a documented way: slower, but right.
void setTcpNoDelayTowards(quint16) {}

} // namespace trace

#endif
