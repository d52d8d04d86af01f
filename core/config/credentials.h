// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/config/secret.h"

namespace trace {

//! The secrets with which requests to the endpoint are signed, looked up now; what is missing is
//! named, never the secret. \a lookup is for what lies in a keychain.
[[nodiscard]] Expected<Credentials> resolveCredentials(const Endpoint &endpoint,
                                                       const SecretLookup &lookup = resolveSecret);

//! The endpoint's options with what they leave to the environment: url and header values that name
//! a variable (env:NAME), AWS's region.
[[nodiscard]] Expected<ServiceOptions> resolveOptions(const Endpoint &endpoint);

//! The endpoint's service with these options.
[[nodiscard]] Expected<std::shared_ptr<const Service>> resolveService(const Endpoint &endpoint);

//! Looks up what is secret of these endpoints, so that it is known (knownsecrets.h) before records
//! that may hold it are taken in. What is missing is told by who needs it.
void rememberSecrets(const QList<Endpoint> &endpoints);

} // namespace trace
