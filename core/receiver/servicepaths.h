// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/receiver/httpanswer.h"
#include "core/service/service.h"

#include <QString>
#include <QStringList>

#include <memory>
#include <optional>

namespace trace {

//! The service whose clients POST to \a path; empty for other paths.
[[nodiscard]] QString serviceForPath(const QString &path);

//! \a path as it may be shown: without the key that some clients put into it.
[[nodiscard]] QString shownPath(const QString &path);

//! The service that a POST is for: by its path, and at "/" by the header X-Amz-Target, which names
//! CloudWatch Logs; empty for others.
[[nodiscard]] QString serviceForRequest(const HttpRequest &request);

//! Where the clients of \a service POST to; empty for an unknown one.
[[nodiscard]] QString pathOfService(const QString &service);

//! All paths that take records.
[[nodiscard]] QStringList servicePaths();

//! The service as it reads what its clients send here; null for an unknown one. Shared.
[[nodiscard]] std::shared_ptr<const Service> servedService(const QString &name);

//! The answer to a GET by which clients find out whether the service is there and what it can.
[[nodiscard]] std::optional<HttpAnswer> probeAnswer(const QString &path);

//! What a client is told that asked for a path which is not there, or with a method that it does
//! not take: 404 or 405.
[[nodiscard]] HttpAnswer unknownPathAnswer(const QByteArray &method, const QString &path);

} // namespace trace
