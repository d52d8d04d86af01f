// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"

namespace trace {

//! The secrets with which requests to the endpoint are signed, looked up now; what is missing is
//! named, never the secret.
[[nodiscard]] Expected<Credentials> resolveCredentials(const Endpoint &endpoint);

//! The endpoint's service with what its options leave to the environment: url and header values
//! that name a variable (env:NAME), AWS's region.
[[nodiscard]] Expected<std::shared_ptr<const Service>> resolveService(const Endpoint &endpoint);

} // namespace trace
