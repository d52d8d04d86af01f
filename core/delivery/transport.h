// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/systemproxy.h"
#include "core/delivery/transportsettings.h"
#include "core/service/http.h"

#include <QNetworkAccessManager>
#include <QObject>

#include <chrono>
#include <functional>
#include <list>
#include <memory>

namespace trace {

//! Sends requests over QNetworkAccessManager with what Qt leaves out: TCP_NODELAY, no redirects, no
//! automatic login, TLS and proxy per request, and a deadline for the whole exchange that a
//! dripping server cannot move. No answer repeats a secret. Lives on one thread.
class Transport final : public QObject
{
    Q_OBJECT
public:
    //! The answer, or why there is none; \a sent counts how often the request went out, because
    //! QNetworkAccessManager sends a POST again when a kept-alive connection breaks.
    using Done = std::function<void(const HttpReply &reply, int sent)>;

    explicit Transport(QObject *parent = nullptr);
    ~Transport() override;

    //! Calls \a done exactly once, later, unless \a context goes first; then the request is
    //! aborted. Connections are kept for requests with equal \a settings only.
    void send(const HttpRequest &request, const TransportSettings &settings,
              std::chrono::milliseconds timeout, QObject *context, Done done);
    //! Likewise with the system's authorities and proxy.
    void send(const HttpRequest &request, std::chrono::milliseconds timeout, QObject *context,
              Done done)
    {
        send(request, TransportSettings(), timeout, context, std::move(done));
    }

private:
    struct Line; // the connections of requests with equal settings
    struct Exchange;

    [[nodiscard]] Line &lineFor(const TransportSettings &settings);
    [[nodiscard]] static HttpReply answerOf(const Exchange &exchange);
    [[nodiscard]] std::shared_ptr<Exchange> start(Line &line, const HttpRequest &request,
                                                  std::chrono::milliseconds timeout);

    SystemProxy m_systemProxy;
    std::list<Line> m_lines; // the last used first
};

} // namespace trace
