// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/hiddensocket.h"

#include <utility>

#ifdef Q_OS_LINUX

#include <dirent.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h> // glibc's own knows less of tcp_info
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace trace {

namespace {

constexpr int established = 1; // as linux/tcp_states.h has it, which user space does not get

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

// 0 for what is none.
quint64 inodeOf(int descriptor)
{
    struct stat status = {};
    return ::fstat(descriptor, &status) == 0 ? quint64(status.st_ino) : 0;
}

qint64 pending(int descriptor, unsigned long request)
{
    int bytes = 0;
    return ::ioctl(descriptor, request, &bytes) == 0 ? bytes : 0;
}

} // namespace

bool canListSockets()
{
    return true;
}

std::vector<HiddenSocket> socketsTowards(quint16 peerPort)
{
    std::vector<HiddenSocket> sockets;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir("/proc/self/fd"));
    if (!folder || peerPort == 0)
        return sockets;
    while (const dirent *entry = ::readdir(folder.get())) {
        const char *name = entry->d_name;
        const char *end = name + std::strlen(name);
        int descriptor = -1;
        const auto [at, error] = std::from_chars(name, end, descriptor);
        if (error != std::errc() || at != end || !isTcpTowards(descriptor, peerPort))
            continue;
        const HiddenSocket socket{descriptor, inodeOf(descriptor)};
        bool isKnown = socket.inode == 0;
        for (const HiddenSocket &other : sockets)
            isKnown = isKnown || other == socket; // held, too
        if (!isKnown)
            sockets.push_back(socket);
    }
    return sockets;
}

std::optional<HeldSocket> HeldSocket::hold(const HiddenSocket &socket)
{
    const int copy = ::fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return {};
    HeldSocket held(copy);
    if (inodeOf(copy) != socket.inode)
        return {};
    return held;
}

HeldSocket::~HeldSocket()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

HeldSocket::State HeldSocket::state() const
{
    tcp_info info = {};
    socklen_t size = sizeof info;
    if (::getsockopt(m_descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return {};
    return {.isOpen = info.tcpi_state == established,
            .unread = pending(m_descriptor, SIOCINQ),
            .unconfirmed = pending(m_descriptor, SIOCOUTQ),
            .received = info.tcpi_bytes_received,
            .confirmed = info.tcpi_bytes_acked};
}

void HeldSocket::setNoDelay() const
{
    const int on = 1;
    ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace trace

#else

namespace trace {

// Elsewhere a process cannot list its sockets in a documented way.
bool canListSockets()
{
    return false;
}

std::vector<HiddenSocket> socketsTowards(quint16)
{
    return {};
}

std::optional<HeldSocket> HeldSocket::hold(const HiddenSocket &)
{
    return {};
}

HeldSocket::~HeldSocket() = default;

HeldSocket::State HeldSocket::state() const
{
    return {};
}

void HeldSocket::setNoDelay() const {}

} // namespace trace

#endif

namespace trace {

HeldSocket::HeldSocket(HeldSocket &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
{}

HeldSocket &HeldSocket::operator=(HeldSocket &&other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

} // namespace trace
