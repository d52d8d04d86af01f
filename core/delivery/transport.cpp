// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/transport.h"

#include "core/delivery/clientexchange.h"
#include "core/delivery/connectionpool.h"

namespace trace {

Transport::Transport(QObject *parent)
    : QObject(parent)
    , m_pool(std::make_shared<ConnectionPool>())
{}

Transport::~Transport() = default;

void Transport::send(const HttpRequest &request, const TransportSettings &settings,
                     std::chrono::milliseconds timeout, QObject *context, Done done)
{
    TransportSettings complete = settings;
    if (!complete.proxy)
        complete.proxy = m_systemProxy.towards(request.url);
    new ClientExchange(m_pool, request, std::move(complete), timeout, context, std::move(done),
                       this);
}

} // namespace trace
