// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

#include <QNetworkAccessManager>
#include <QObject>

#include <chrono>
#include <functional>

namespace trace {

//! Sends requests over QNetworkAccessManager with what Qt leaves out: TCP_NODELAY, no redirects, no
//! automatic login, and a deadline for the whole exchange that a dripping server cannot move.
//! Lives on one thread.
class Transport final : public QObject
{
    Q_OBJECT
public:
    //! The answer, or why there is none; \a sent counts how often the request went out, because
    //! QNetworkAccessManager sends a POST again when a kept-alive connection breaks.
    using Done = std::function<void(const HttpReply &reply, int sent)>;

    explicit Transport(QObject *parent = nullptr);

    //! Calls \a done exactly once, later, unless \a context goes first; then the request is
    //! aborted.
    void send(const HttpRequest &request, std::chrono::milliseconds timeout, QObject *context,
              Done done);

private:
    QNetworkAccessManager m_manager;
};

} // namespace trace
