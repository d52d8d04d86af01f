// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QNetworkProxy>

#include <optional>

namespace trace {

//! Whether the address of a proxy may hold a user and password: only where it is no part of a file.
enum class ProxyPassword
{
    Refused,
    Allowed
};

//! What an endpoint's `proxy` says: "system" gives nothing, "none" a proxy of type NoProxy, and
//! `http://host:port` or `socks5://host:port` that one. The error names key, fault and what is
//! allowed, never the text itself: it may hold a password.
[[nodiscard]] Expected<std::optional<QNetworkProxy>> parseProxy(const QString &text,
                                                                ProxyPassword password);

//! Likewise, looking up "env:NAME" now; a variable may hold `http://user:password@host:port`.
[[nodiscard]] Expected<std::optional<QNetworkProxy>> resolveProxy(const QString &text);

//! Host and port, as a person is told of a proxy.
[[nodiscard]] QString placeOf(const QNetworkProxy &proxy);

//! That the proxy lets nobody through without a name and password, or without others.
[[nodiscard]] Error proxyPasswordProblem(const QNetworkProxy &proxy);

} // namespace trace
