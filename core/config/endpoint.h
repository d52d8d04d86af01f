// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/service/service.h"

#include <QMetaType>

#include <chrono>

namespace trace {

//! What happens to a batch that was refused `maxRetries` times for a passing cause.
enum class OnExhausted {
    Hold, //!< It stays at the head and is the probe; the endpoint is suspended.
    Park, //!< It becomes a failed batch and waits for a manual replay.
};

//! Where records go: one service at one address, with the rules for delivery. A plain value.
struct Endpoint
{
    QString id;      //!< Permanent; names the endpoint in the journal. See adHocEndpoint().
    QString name;    //!< For people, unique in a configuration.
    QString service; //!< One of serviceNames().
    ServiceOptions options;
    bool enabled = true;
    QString apiKey;                           //!< A reference, "env:NAME" or "file:/path"; see secret.h.
    int bufferSize = 50;                      //!< Records that start a send, 1 to 100,000.
    std::chrono::milliseconds flushInterval{2000}; //!< Longest wait of a record, 50 ms to 1 h.
    std::chrono::milliseconds timeout{10000}; //!< Of one request, 0.1 s to 600 s.
    int maxRetries = 3;                       //!< Requests in all, 0 counts as 1.
    OnExhausted onExhausted = OnExhausted::Hold;
    int maxInFlight = 1; //!< Requests under way at once, 1 to 4.
    //! In the filter language: other records are discarded for this endpoint. Empty: none are.
    QString filter{};

    friend bool operator==(const Endpoint &, const Endpoint &) = default;
};

//! The endpoint of `--service S --url URL`: known by that pair, so that a later command with the
//! same pair finds what waits for it.
[[nodiscard]] Endpoint adHocEndpoint(const QString &service, const QUrl &url);

//! Nothing, or the first thing that is wrong, naming key, value and what is allowed.
[[nodiscard]] Expected<void> validate(const Endpoint &endpoint);

} // namespace trace

Q_DECLARE_METATYPE(trace::Endpoint)
