// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/streamsocket.h"

#ifdef Q_OS_WIN
#include <winsock2.h>
#else
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#endif

#include <utility>

namespace trace {

namespace {

#ifdef Q_OS_WIN
using Handle = SOCKET;
constexpr int noSignal = 0;
constexpr int sendingSide = SD_SEND;

bool mayComeLater()
{
    return WSAGetLastError() == WSAEWOULDBLOCK;
}

void closeHandle(Handle handle)
{
    ::closesocket(handle);
}

void prepare(Handle handle)
{
    u_long on = 1;
    ::ioctlsocket(handle, FIONBIO, &on);
}

Handle acceptOn(Handle listener)
{
    return ::accept(listener, nullptr, nullptr);
}

bool isExhausted()
{
    const int error = WSAGetLastError();
    return error == WSAEMFILE || error == WSAENOBUFS;
}
#else
using Handle = int;
constexpr int noSignal = MSG_NOSIGNAL;
constexpr int sendingSide = SHUT_WR;

bool mayComeLater()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void closeHandle(Handle handle)
{
    ::close(handle);
}

void prepare(Handle handle)
{
    ::fcntl(handle, F_SETFL, ::fcntl(handle, F_GETFL) | O_NONBLOCK);
}

Handle acceptOn(Handle listener)
{
    const Handle handle = ::accept(listener, nullptr, nullptr);
    if (handle >= 0)
        ::fcntl(handle, F_SETFD, FD_CLOEXEC);
    return handle;
}

bool isExhausted()
{
    return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}
#endif

} // namespace

StreamSocket::StreamSocket(qintptr descriptor, QObject *parent)
    : QObject(parent)
    , m_descriptor(descriptor)
    , m_readNotifier(descriptor, QSocketNotifier::Read)
    , m_writeNotifier(descriptor, QSocketNotifier::Write)
{
    m_writeNotifier.setEnabled(false);
    prepare(Handle(descriptor));
    const int on = 1;
    ::setsockopt(Handle(descriptor), IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char *>(&on),
                 sizeof on);
    connect(&m_readNotifier, &QSocketNotifier::activated, this, &StreamSocket::readable);
    connect(&m_writeNotifier, &QSocketNotifier::activated, this, [this] {
        send();
        Q_EMIT written();
    });
}

StreamSocket::Arrival StreamSocket::accept(qintptr listener)
{
    const auto descriptor = qintptr(acceptOn(Handle(listener)));
    return {descriptor, descriptor < 0 && trace::isExhausted()};
}

StreamSocket::~StreamSocket()
{
    close();
}

qint64 StreamSocket::read(char *data, qint64 size)
{
    if (!isOpen() || m_hasInputEnded || size <= 0)
        return 0;
    const auto got = ::recv(Handle(m_descriptor), data, std::size_t(size), 0);
    if (got > 0)
        return got;
    m_hasInputEnded = got == 0;
    if (!m_hasInputEnded && !mayComeLater())
        close();
    else
        m_readNotifier.setEnabled(!m_hasInputEnded);
    return 0;
}

bool StreamSocket::watch()
{
    char byte = 0;
    if (!isOpen() || m_hasInputEnded)
        return true;
    const auto there = ::recv(Handle(m_descriptor), &byte, 1, MSG_PEEK);
    if (there > 0) {
        pauseReading();
        return false;
    }
    return read(&byte, 1) == 0;
}

void StreamSocket::write(const QByteArray &bytes)
{
    if (!isOpen() || bytes.isEmpty())
        return;
    if (bytesToWrite() == 0) {
        m_unsent = bytes;
        m_sent = 0;
    } else {
        m_unsent += bytes;
    }
    if (!m_writeNotifier.isEnabled())
        send();
}

void StreamSocket::send()
{
    while (isOpen() && bytesToWrite() > 0) {
        const auto gone = ::send(Handle(m_descriptor), m_unsent.constData() + m_sent,
                                 std::size_t(bytesToWrite()), noSignal);
        if (gone > 0) {
            m_sent += gone;
        } else if (mayComeLater()) {
            m_writeNotifier.setEnabled(true);
            return;
        } else {
            close();
        }
    }
    m_writeNotifier.setEnabled(false);
    m_unsent.clear();
    m_sent = 0;
}

bool StreamSocket::endSending()
{
    return isOpen() && ::shutdown(Handle(m_descriptor), sendingSide) == 0;
}

void StreamSocket::close()
{
    if (!isOpen())
        return;
    m_readNotifier.setEnabled(false);
    m_writeNotifier.setEnabled(false);
    closeHandle(Handle(std::exchange(m_descriptor, -1)));
    m_unsent.clear();
    m_sent = 0;
}

} // namespace trace
