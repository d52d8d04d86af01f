// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::datadog {

//! Where records go at a URL without a path.
inline constexpr auto intakePath = QLatin1StringView("/api/v2/logs");
//! The same of the API before.
inline constexpr auto oldIntakePath = QLatin1StringView("/v1/input");

//! The address of the intake at the site that the option `site` names, such as "datadoghq.eu"; an
//! empty URL without the option.
[[nodiscard]] Expected<QUrl> siteUrl(const ServiceOptions &options);

//! That the path holds no key, and that a URL at Datadog fits the option `site`. The error does not
//! quote the path.
[[nodiscard]] Expected<void> checkAddress(const ServiceOptions &options);

//! The site of one of Datadog's own hosts; empty for other hosts.
[[nodiscard]] QString siteOf(const QUrl &url);

} // namespace trace::datadog
