// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/service/service.h"

#include <QMetaType>

#include <chrono>

namespace trace {

//! What happens to a batch that was refused `maxRetries` times for a passing cause.
enum class OnExhausted
{
    Hold, //!< It stays at the head and is the probe; the endpoint is suspended.
    Park, //!< It becomes a failed batch and waits for a manual replay.
};

//! How an https server is known, and who we are to it. Files are PEM, by their absolute paths.
struct TlsOptions
{
    QString caFile;            //!< Trusted authorities, in place of the system's; empty: those.
    QString clientCertificate; //!< Ours, its own first, then what leads to its authority.
    QString clientKey;         //!< Empty: in the file of the certificate.
    bool verify = true;        //!< False: any server is believed, which every view shows in red.

    friend bool operator==(const TlsOptions &, const TlsOptions &) = default;
};

//! Where records go: one service at one address, with the rules for delivery. A plain value.
struct Endpoint
{
    QString id;      //!< Permanent; names the endpoint in the journal. See adHocEndpoint().
    QString name;    //!< For people, unique in a configuration.
    QString service; //!< One of serviceNames().
    ServiceOptions options;
    bool enabled = true;
    QString apiKey;      //!< A reference such as "env:NAME"; see secret.h.
    int bufferSize = 50; //!< Records that start a send, 1 to 100,000.
    std::chrono::milliseconds flushInterval{2000}; //!< Longest wait of a record, 50 ms to 1 h.
    std::chrono::milliseconds timeout{10000};      //!< Of one request, 0.1 s to 600 s.
    int maxRetries = 3;                            //!< Requests in all, 0 counts as 1.
    OnExhausted onExhausted = OnExhausted::Hold;
    int maxInFlight = 1; //!< Requests under way at once, 1 to 4.
    //! In the filter language: other records are discarded for this endpoint. Empty: none are.
    QString filter{};
    TlsOptions tls;
    QString proxy = QStringLiteral("system"); //!< See proxy.h.

    friend bool operator==(const Endpoint &, const Endpoint &) = default;
};

//! The endpoint of `--service S --url URL`: known by that pair, so that a later command with the
//! same pair finds what waits for it.
[[nodiscard]] Endpoint adHocEndpoint(const QString &service, const QUrl &url);

//! Whether the values of such a header are secrets as a rule, by how its name ends.
[[nodiscard]] bool isSecretHeader(const QByteArray &name);

//! The first key that holds a secret itself where it could name its place: "api_key",
//! "headers.Authorization"; empty when there is none.
[[nodiscard]] QString literalSecret(const Endpoint &endpoint);

//! The endpoint as it may be kept and shown: without an api_key that is no reference, and without
//! the values of headers that may be secrets.
[[nodiscard]] Endpoint withoutSecrets(const Endpoint &endpoint);

//! Nothing, or the first thing that is wrong, naming key, value and what is allowed. What a
//! variable (env:NAME) holds is looked at when it is used.
[[nodiscard]] Expected<void> validate(const Endpoint &endpoint);

} // namespace trace

Q_DECLARE_METATYPE(trace::Endpoint)
