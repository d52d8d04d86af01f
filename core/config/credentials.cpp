// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/credentials.h"

#include "core/config/awsprofile.h"
#include "core/config/knownsecrets.h"
#include "core/config/proxy.h"

#include <tuple>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! What the variables hold that url and headers name: nobody puts there what may be seen. And what
//! headers hold themselves, when their names tell that it is secret.
void rememberOptions(const Endpoint &configured, const ServiceOptions &resolved)
{
    if (isVariableReference(configured.options.url.toString()))
        rememberAddress(resolved.url.toEncoded());
    for (qsizetype i = 0; i < resolved.headers.size(); ++i) {
        const auto &[name, value] = resolved.headers[i];
        if (!isSecretHeader(name) &&
            !isVariableReference(QString::fromUtf8(configured.options.headers[i].second)))
            continue;
        rememberSecret(value);
        rememberSecret(value.mid(value.indexOf(' ') + 1)); // without "Bearer"
    }
}

} // namespace

Expected<Credentials> resolveCredentials(const Endpoint &endpoint, const SecretLookup &lookup)
{
    auto credentials = endpoint.service == "cloudwatch"_L1
                           ? awsCredentials(endpoint, lookup)
                           : lookup(endpoint.apiKey).map([](const QByteArray &key) {
                                 return Credentials{.key = key};
                             });
    if (credentials)
        rememberSecret(credentials->key); // AWS's files and variables have their own ways
    return credentials;
}

Expected<ServiceOptions> resolveOptions(const Endpoint &endpoint)
{
    ServiceOptions options = endpoint.options;
    const auto url = resolveVariable(u"url"_s, options.url.toString());
    if (!url)
        return tl::make_unexpected(url.error());
    if (isVariableReference(options.url.toString()))
        options.url = QUrl(*url, QUrl::StrictMode);
    for (auto &[name, value] : options.headers) {
        const auto resolved =
            resolveVariable(u"headers.%1"_s.arg(QString::fromUtf8(name)), QString::fromUtf8(value));
        if (!resolved)
            return tl::make_unexpected(resolved.error());
        value = resolved->toUtf8();
    }
    if (endpoint.service == "cloudwatch"_L1 && !options.own.contains("region"_L1)) {
        Endpoint resolved = endpoint; // the host may tell the region
        resolved.options.url = options.url;
        if (const QString region = awsRegion(resolved); !region.isEmpty())
            options.own.insert("region"_L1, region);
    }
    rememberOptions(endpoint, options);
    return options;
}

Expected<std::shared_ptr<const Service>> resolveService(const Endpoint &endpoint)
{
    return resolveOptions(endpoint).and_then(
        [&](const ServiceOptions &options) { return makeService(endpoint.service, options); });
}

void rememberSecrets(const QList<Endpoint> &endpoints)
{
    for (const Endpoint &endpoint : endpoints) {
        if (canBeReadAgain(endpoint.apiKey))
            std::ignore = resolveCredentials(endpoint);
        std::ignore = resolveOptions(endpoint);
        std::ignore = resolveProxy(endpoint.proxy);
    }
}

} // namespace trace
