// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/config/secret.h"

namespace trace {

//! The key of a CloudWatch endpoint as the service signs with it, `KEY_ID:SECRET[:TOKEN]`: from
//! its api_key; else from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, unless
//! the endpoint names a profile; else from that profile (AWS_PROFILE, "default") in
//! AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) or AWS_CONFIG_FILE (~/.aws/config). Reads the
//! files anew each time, so that it also serves to refresh. The error names the variable, or file
//! and profile, and what to do; never a secret. Profiles that ask for a role, single sign-on or a
//! program are refused with that reason.
[[nodiscard]] Expected<Credentials> awsCredentials(const Endpoint &endpoint,
                                                   const SecretLookup &lookup = resolveSecret);

//! The region of a CloudWatch endpoint: its option, else from its host, AWS_REGION,
//! AWS_DEFAULT_REGION, or the profile; empty where none tells.
[[nodiscard]] QString awsRegion(const Endpoint &endpoint);

} // namespace trace
