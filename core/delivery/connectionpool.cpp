// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/connectionpool.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// As many are kept that rest.
constexpr std::size_t mostResting = 16;

quint16 portOf(const QUrl &url)
{
    return quint16(url.port(url.scheme() == "https"_L1 ? 443 : 80));
}

} // namespace

Connection::Connection(TransportSettings settings, const QUrl &url)
    : m_settings(std::move(settings))
    , m_server(url)
    , m_manager(std::make_unique<QNetworkAccessManager>())
    , m_peerPort(m_settings.proxy->type() != QNetworkProxy::NoProxy ? m_settings.proxy->port()
                                                                    : portOf(url))
    , m_strangers(socketsTowards(m_peerPort))
{
    m_manager->setAutoDeleteReplies(false);
    m_manager->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    m_manager->setProxy(*m_settings.proxy);
}

bool Connection::leadsTo(const TransportSettings &settings, const QUrl &url) const
{
    return m_server.scheme() == url.scheme() && m_server.host() == url.host() &&
           portOf(m_server) == portOf(url) && m_settings == settings;
}

bool Connection::resume()
{
    m_wasUsed = true;
    if (!canListSockets())
        return true;
    if (m_socket)
        m_held = HeldSocket::hold(*m_socket);
    const auto now = state();
    // A byte more is an answer that nobody asked for, or the end.
    return now && now->isOpen && now->unread == 0 && now->received == m_received;
}

void Connection::look(const std::vector<std::shared_ptr<Connection>> &others)
{
    if (m_held)
        return;
    std::vector<HiddenSocket> found = socketsTowards(m_peerPort);
    std::erase_if(found, [&](const HiddenSocket &socket) {
        return std::find(m_strangers.begin(), m_strangers.end(), socket) != m_strangers.end() ||
               std::any_of(others.begin(), others.end(), [&](const auto &other) {
                   return other.get() != this && other->m_socket == socket;
               });
    });
    for (const HiddenSocket &socket : found) {
        if (const auto held = HeldSocket::hold(socket))
            held->setNoDelay();
    }
    // Of two that are opened at the same time it cannot be told which is whose.
    if (found.size() != 1)
        return;
    m_held = HeldSocket::hold(found.front());
    if (m_held)
        m_socket = found.front();
}

std::optional<HeldSocket::State> Connection::state() const
{
    return m_held ? std::optional(m_held->state()) : std::nullopt;
}

bool Connection::rest()
{
    const auto now = state();
    m_held.reset();
    if (!now)
        return !canListSockets();
    m_received = now->received;
    return now->isOpen && now->unread == 0;
}

std::shared_ptr<Connection> ConnectionPool::resting(const TransportSettings &settings,
                                                    const QUrl &url)
{
    for (auto place = m_resting.begin(); place != m_resting.end();) {
        if (!(*place)->leadsTo(settings, url)) {
            ++place;
            continue;
        }
        const auto connection = *place;
        place = m_resting.erase(place);
        if (connection->resume()) {
            m_busy.push_back(connection);
            return connection;
        }
    }
    return {};
}

std::shared_ptr<Connection> ConnectionPool::opened(const TransportSettings &settings,
                                                   const QUrl &url)
{
    std::erase_if(m_busy, [](const auto &busy) { return busy.expired(); });
    const auto connection = std::make_shared<Connection>(settings, url);
    m_busy.push_back(connection);
    return connection;
}

void ConnectionPool::giveBack(const std::shared_ptr<Connection> &connection)
{
    std::erase_if(m_busy, [&](const auto &busy) { return busy.lock() == connection; });
    if (!connection->rest())
        return;
    m_resting.push_front(connection);
    if (m_resting.size() > mostResting)
        m_resting.pop_back();
}

void ConnectionPool::look(Connection &connection)
{
    std::vector<std::shared_ptr<Connection>> others(m_resting.begin(), m_resting.end());
    for (const auto &busy : m_busy) {
        if (auto other = busy.lock())
            others.push_back(std::move(other));
    }
    connection.look(others);
}

} // namespace trace
