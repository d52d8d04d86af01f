// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/transportsettings.h"
#include "core/service/http.h"

#include <QSslError>

#include <optional>

namespace trace {

//! Why a server's certificate was not accepted, in words for the person who must act. Names each
//! reason once: expired, another host, unknown authority.
[[nodiscard]] Error certificateProblem(const QList<QSslError> &errors, const QString &host);

//! Why a handshake failed of which OpenSSL says \a text, where somebody must act: the server wants
//! a client certificate or refuses ours, or the two have no version of TLS in common. Nothing for a
//! connection that broke.
[[nodiscard]] std::optional<Error> handshakeProblem(const QString &text,
                                                    const TransportSettings &settings);

//! Likewise from an answer over TLS: nginx does not refuse a client without a certificate before it
//! has read the request, and then answers 400.
[[nodiscard]] std::optional<Error> handshakeProblem(const HttpReply &reply,
                                                    const TransportSettings &settings);

} // namespace trace
