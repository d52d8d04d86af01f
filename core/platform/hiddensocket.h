// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <optional>
#include <vector>

namespace trace {

//! A TCP socket of this process that somebody else opened and hides, as Qt 6.4's
//! QNetworkAccessManager does. It may be closed at any moment, so it is only named here.
struct HiddenSocket
{
    int descriptor = -1;
    quint64 inode = 0; //!< Tells it from another one that got the same descriptor later.

    [[nodiscard]] bool operator==(const HiddenSocket &other) const { return inode == other.inode; }
};

//! Whether this system lets a process list its sockets.
[[nodiscard]] bool canListSockets();

//! Those that are connected to \a peerPort of some host. Empty where they cannot be listed.
[[nodiscard]] std::vector<HiddenSocket> socketsTowards(quint16 peerPort);

//! A hidden socket that stays as long as this object: when its owner closes it, the other side
//! hears of it only afterwards. To be held for the time of one request or one look.
class HeldSocket final
{
public:
    //! How its connection stands.
    struct State
    {
        bool isOpen = false;    //!< Neither side has closed it.
        qint64 unread = 0;      //!< Bytes that came and were not read by the owner.
        qint64 unconfirmed = 0; //!< Bytes that were written and the other side has not got.
        quint64 received = 0;   //!< Bytes that came since it was opened.
        quint64 confirmed = 0;  //!< Bytes that the other side has got.
    };

    //! Nothing when it is closed already.
    [[nodiscard]] static std::optional<HeldSocket> hold(const HiddenSocket &socket);

    HeldSocket(HeldSocket &&other) noexcept;
    HeldSocket &operator=(HeldSocket &&other) noexcept;
    HeldSocket(const HeldSocket &) = delete;
    HeldSocket &operator=(const HeldSocket &) = delete;
    ~HeldSocket();

    [[nodiscard]] State state() const;
    //! Qt never sets TCP_NODELAY, so that a body over 16 KiB stalls 44 ms between Nagle's delay
    //! here and the delayed acknowledgement there.
    void setNoDelay() const;

private:
    explicit HeldSocket(int descriptor)
        : m_descriptor(descriptor)
    {}

    int m_descriptor = -1;
};

} // namespace trace
