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

//! Why the server does not let us in, of which OpenSSL says \a text, where somebody must act: it
//! wants a client certificate or refuses ours, which TLS 1.3 tells after the handshake, or ours is
//! none. Nothing for a connection that broke.
[[nodiscard]] std::optional<Error> clientProblem(const QString &text,
                                                 const TransportSettings &settings);

//! Likewise of a handshake that failed; also that the two have no version of TLS in common.
[[nodiscard]] std::optional<Error> handshakeProblem(const QString &text,
                                                    const TransportSettings &settings);

//! Whether a handshake failed, of which OpenSSL says \a text, since the server does not speak TLS.
[[nodiscard]] std::optional<Error> noTlsProblem(const QString &text);

//! What to say of a connection with TLS that broke after the handshake, of which OpenSSL says
//! \a text. Nothing where it says nothing.
[[nodiscard]] std::optional<Error> brokenTls(const QString &text);

//! Likewise from an answer over TLS: nginx does not refuse a client without a certificate before it
//! has read the request, and then answers 400.
[[nodiscard]] std::optional<Error> handshakeProblem(const HttpReply &reply,
                                                    const TransportSettings &settings);

} // namespace trace
