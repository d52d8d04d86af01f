// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"

#include <QStringList>

namespace trace {

//! \a endpoint with settings as a person types them: "KEY=VALUE" with the keys of endpoints.json.
//! Members of objects have a dot: "headers.X-Team=a", "grafana.tenant=x", "grafana.labels.env=y". A
//! value is a number, true, false, an object or a list where the key takes one, else text. "KEY="
//! takes the key out, so that its default holds again. All or none: the error names the key, what
//! was found and what is allowed, and never an api_key. A renamed endpoint keeps its id, so that
//! what waits for it still does.
[[nodiscard]] Expected<Endpoint> withSettings(const Endpoint &endpoint,
                                              const QStringList &settings);

//! An endpoint of that name from settings alone.
[[nodiscard]] Expected<Endpoint> endpointFromSettings(const QString &name,
                                                      const QStringList &settings);

//! One endpoint as endpoints.json holds it, for people and programs to read: an api_key that is no
//! reference and headers that are likely to be secret are "***".
[[nodiscard]] QJsonObject endpointToShow(const Endpoint &endpoint);

} // namespace trace
