// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/credentials.h"

#include "core/config/secret.h"

namespace trace {

Expected<Credentials> resolveCredentials(const Endpoint &endpoint)
{
    return resolveSecret(endpoint.apiKey).map([](const QByteArray &key) {
        return Credentials{.key = key};
    });
}

} // namespace trace
