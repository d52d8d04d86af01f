// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"

#include <QNetworkProxy>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>

#include <optional>

namespace trace {

//! How one endpoint's connections are made. A plain value: requests with equal ones may share a
//! connection, others never do.
struct TransportSettings
{
    bool verify = true;                  //!< Whether the server must prove who it is.
    QList<QSslCertificate> authorities;  //!< Trusted in place of the system's; empty: those.
    QList<QSslCertificate> certificates; //!< Ours, its own first, then what leads to its authority.
    QSslKey key;
    std::optional<QNetworkProxy> proxy; //!< Nothing: what the system says, see systemproxy.h.

    friend bool operator==(const TransportSettings &, const TransportSettings &) = default;
};

//! What an endpoint's `tls` and `proxy` name, read now. The error names the key, and the file or
//! variable that is wrong.
[[nodiscard]] Expected<TransportSettings> resolveTransport(const Endpoint &endpoint);

//! TLS 1.2 or newer with these certificates.
[[nodiscard]] QSslConfiguration tlsConfiguration(const TransportSettings &settings);

} // namespace trace
