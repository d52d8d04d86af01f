// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/service/service.h"

#include <QStringList>

//! Checks of options that every service makes alike. The errors name the option, what was found and
//! what is allowed.
namespace trace {

//! That \a own has no keys but \a allowed.
[[nodiscard]] Expected<void> checkOptionNames(const QString &service, const QJsonObject &own,
                                              const QStringList &allowed);

//! The option \a name, a string; \a fallback when it is absent or null.
[[nodiscard]] Expected<QString> textOption(const QJsonObject &own, const QString &name,
                                           const QString &fallback = {});

//! The option \a name, one of \a allowed; the first of them when it is absent, null or empty.
[[nodiscard]] Expected<QString> choiceOption(const QJsonObject &own, const QString &name,
                                             const QStringList &allowed);

//! ServiceOptions::compression, one of \a allowed; the first of them when it is empty.
[[nodiscard]] Expected<QString> compressionOption(const ServiceOptions &options,
                                                  const QStringList &allowed);

//! Whether \a name may be the name of an HTTP header.
[[nodiscard]] bool isHeaderName(QByteArrayView name);

//! A request to the endpoint's URL with its headers. \a ownPath is used where the URL has no path.
[[nodiscard]] HttpRequest requestFor(const ServiceOptions &options, const QString &ownPath = {});

//! `Basic` with "user:password", `Bearer` with another key; nothing for an empty one.
[[nodiscard]] QByteArray basicAuthorization(const Credentials &credentials);
[[nodiscard]] QByteArray bearerAuthorization(const Credentials &credentials);

} // namespace trace
