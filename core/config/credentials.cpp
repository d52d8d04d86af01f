// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/credentials.h"

#include "core/config/awsprofile.h"
#include "core/config/secret.h"

namespace trace {

using namespace Qt::StringLiterals;

Expected<Credentials> resolveCredentials(const Endpoint &endpoint)
{
    if (endpoint.service == "cloudwatch"_L1)
        return awsCredentials(endpoint);
    return resolveSecret(endpoint.apiKey).map([](const QByteArray &key) {
        return Credentials{.key = key};
    });
}

Expected<std::shared_ptr<const Service>> resolveService(const Endpoint &endpoint)
{
    ServiceOptions options = endpoint.options;
    if (endpoint.service == "cloudwatch"_L1 && !options.own.contains("region"_L1)) {
        if (const QString region = awsRegion(endpoint); !region.isEmpty())
            options.own.insert("region"_L1, region);
    }
    return makeService(endpoint.service, options);
}

} // namespace trace
