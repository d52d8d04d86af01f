// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/systemproxy.h"
#include "core/delivery/transportsettings.h"
#include "core/service/http.h"

#include <QObject>

#include <chrono>
#include <functional>
#include <memory>

namespace trace {

class ConnectionPool;

//! Sends requests over QNetworkAccessManager with what Qt leaves out: TCP_NODELAY, no redirects, no
//! automatic login, TLS and proxy per request, no waiting for the resolver, only answers that can
//! be the request's own, and a deadline for the whole exchange that a dripping server cannot move.
//! No answer repeats a secret. Lives on one thread.
class Transport final : public QObject
{
    Q_OBJECT
public:
    //! The answer, or why there is none; \a sent counts how often the request went out: once more
    //! when a kept-alive connection broke.
    using Done = std::function<void(const HttpReply &reply, int sent)>;

    explicit Transport(QObject *parent = nullptr);
    ~Transport() override;

    //! Calls \a done exactly once, later, unless \a context goes first; then the request is
    //! aborted. Connections are kept for requests with equal \a settings only. Without a byte for
    //! \a timeout, or an answer within three of it, there is none; ten times as long while the
    //! request is being sent.
    void send(const HttpRequest &request, const TransportSettings &settings,
              std::chrono::milliseconds timeout, QObject *context, Done done);
    //! Likewise with the system's authorities and proxy.
    void send(const HttpRequest &request, std::chrono::milliseconds timeout, QObject *context,
              Done done)
    {
        send(request, TransportSettings(), timeout, context, std::move(done));
    }

private:
    SystemProxy m_systemProxy;
    std::shared_ptr<ConnectionPool> m_pool;
};

} // namespace trace
