// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/transportsettings.h"
#include "core/platform/hiddensocket.h"

#include <QNetworkAccessManager>
#include <QUrl>

#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace trace {

//! A way to one server that takes one request at a time: a manager of its own, because that is what
//! keeps a connection, and because of what comes over a connection Qt takes the next bytes for the
//! answer, whatever they are.
class Connection final
{
public:
    Connection(TransportSettings settings, const QUrl &url);

    [[nodiscard]] bool leadsTo(const TransportSettings &settings, const QUrl &url) const;
    [[nodiscard]] const TransportSettings &settings() const { return m_settings; }
    [[nodiscard]] QNetworkAccessManager &manager() { return *m_manager; }

    //! Something is on its way: looks for the socket, which is held as long as the request lasts.
    void look(const std::vector<std::shared_ptr<Connection>> &others);
    //! Of the socket while a request is under way; nothing when it was not found.
    [[nodiscard]] std::optional<HeldSocket::State> state() const;
    //! After an answer. False when it must not be used again.
    [[nodiscard]] bool rest();
    //! For another request. False when something came since the last answer, or the other side
    //! closed.
    [[nodiscard]] bool resume();
    [[nodiscard]] bool wasUsed() const { return m_wasUsed; }

private:
    TransportSettings m_settings;
    QUrl m_server;
    std::unique_ptr<QNetworkAccessManager> m_manager;
    quint16 m_peerPort = 0;
    std::vector<HiddenSocket> m_strangers; // were there before ours
    std::optional<HiddenSocket> m_socket;
    std::optional<HeldSocket> m_held;
    quint64 m_received = 0; // until the last answer's end
    bool m_wasUsed = false;
};

//! Connections by where they lead to.
class ConnectionPool final
{
public:
    //! One that rests; nothing when there is none. \a settings have a proxy in any case.
    [[nodiscard]] std::shared_ptr<Connection> resting(const TransportSettings &settings,
                                                      const QUrl &url);
    //! A new one, which opens with its first request.
    [[nodiscard]] std::shared_ptr<Connection> opened(const TransportSettings &settings,
                                                     const QUrl &url);
    //! Gives one back whose request is answered. Any other is just let go.
    void giveBack(const std::shared_ptr<Connection> &connection);
    //! Looks for the socket of one whose request is under way.
    void look(Connection &connection);

private:
    std::list<std::shared_ptr<Connection>> m_resting; // the last used first
    std::vector<std::weak_ptr<Connection>> m_busy;
};

} // namespace trace
