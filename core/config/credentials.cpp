// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/credentials.h"

#include "core/config/awsprofile.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! What the variables hold that url and headers name. Nobody puts there what may be seen.
QByteArrayList variablesOf(const Endpoint &endpoint)
{
    QByteArrayList values;
    const auto add = [&](const QString &text) {
        if (isVariableReference(text))
            values.append(resolveVariable({}, text).value_or(QString()).toUtf8());
    };
    for (const auto &[name, value] : endpoint.options.headers)
        add(QString::fromUtf8(value));
    const qsizetype headers = values.size();
    add(endpoint.options.url.toString());
    if (values.size() > headers) { // services rather repeat the path
        const QUrl url(QString::fromUtf8(values.last()));
        values.append(url.toEncoded(QUrl::RemoveScheme | QUrl::RemoveAuthority));
        values.append(url.path(QUrl::FullyEncoded).toUtf8());
    }
    return values;
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
        credentials->hidden = variablesOf(endpoint);
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
    return options;
}

Expected<std::shared_ptr<const Service>> resolveService(const Endpoint &endpoint)
{
    return resolveOptions(endpoint).and_then(
        [&](const ServiceOptions &options) { return makeService(endpoint.service, options); });
}

} // namespace trace
