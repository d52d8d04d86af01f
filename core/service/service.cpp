// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/service.h"

#include "core/service/cloudwatch/cloudwatchservice.h"
#include "core/service/compression.h"
#include "core/service/datadog/datadogaddress.h"
#include "core/service/datadog/datadogservice.h"
#include "core/service/generic/genericservice.h"
#include "core/service/grafana/grafanaservice.h"
#include "core/service/options.h"
#include "core/service/otlp/otlpservice.h"

#include <QUrlQuery>

#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

using MadeService = Expected<std::shared_ptr<const Service>>;

struct KnownService
{
    QLatin1StringView name;
    MadeService (*make)(const ServiceOptions &options);
    //! The address that follows from the options where no url is given.
    Expected<QUrl> (*ownUrl)(const ServiceOptions &options) = nullptr;
};

// One line per service, in the order in which a user is offered them.
constexpr std::array knownServices{
    KnownService{"datadog"_L1, DatadogService::make, datadog::siteUrl},
    KnownService{"grafana"_L1, GrafanaService::make},
    KnownService{"cloudwatch"_L1, CloudWatchService::make},
    KnownService{"generic"_L1, GenericService::make},
    KnownService{"otlp"_L1, OtlpService::make},
};

bool isSecretName(const QString &name)
{
    static const QStringList names{u"api_key"_s,  u"apikey"_s,       u"api-key"_s, u"token"_s,
                                   u"password"_s, u"access_token"_s, u"key"_s,     u"dd-api-key"_s,
                                   u"secret"_s,   u"auth_token"_s,   u"passwd"_s};
    return names.contains(name, Qt::CaseInsensitive);
}

Expected<void> checkHeaders(const HttpHeaders &headers)
{
    for (const auto &[name, value] : headers) {
        const QString shown = QString::fromUtf8(name);
        if (!isHeaderName(name))
            return fail(u"headers: \"%1\" is no header name"_s.arg(shown));
        for (const char c : value) {
            if ((c >= 0 && c < ' ' && c != '\t') || c == 127)
                return fail(u"headers: the value of \"%1\" has control characters"_s.arg(shown));
        }
        for (const auto own : {"Content-Length", "Transfer-Encoding", "Content-Encoding", "Host"}) {
            if (name.compare(own, Qt::CaseInsensitive) == 0)
                return fail(u"headers: \"%1\" cannot be set"_s.arg(shown),
                            u"it follows from the url, the compression and the records"_s);
        }
    }
    return {};
}

} // namespace

QString Service::readable(const HttpRequest &request) const
{
    const Decompressed body =
        decodeBody(request.body, headerValue(request.headers, "Content-Encoding"));
    return body ? QString::fromUtf8(*body) : body.error().text;
}

QStringList serviceNames()
{
    QStringList names;
    for (const KnownService &service : knownServices)
        names.append(service.name);
    return names;
}

Expected<std::shared_ptr<const Service>> makeService(const QString &name,
                                                     const ServiceOptions &options)
{
    for (const KnownService &service : knownServices) {
        if (name != service.name)
            continue;
        ServiceOptions complete = options;
        if (complete.url.isEmpty() && service.ownUrl) {
            const auto url = service.ownUrl(options);
            if (!url)
                return tl::make_unexpected(url.error());
            complete.url = *url;
        }
        return checkUrl(complete.url)
            .and_then([&] { return checkHeaders(complete.headers); })
            .and_then([&] { return service.make(complete); });
    }
    return fail(u"unknown service \"%1\""_s.arg(name),
                u"use one of "_s + serviceNames().join(u", "_s));
}

// The texts never quote the URL itself: what is wrong with it may be a secret.
Expected<void> checkUrl(const QUrl &url)
{
    const auto unfit = [](const QStringList &fault) {
        return fail(Problem{ProblemKind::AddressUnfit, QStringList{u"url"_s} + fault});
    };
    if (url.isEmpty())
        return unfit({u"no_url"_s});
    if (!url.isValid())
        return unfit({u"malformed"_s});
    if (url.scheme().isEmpty())
        return unfit({u"no_scheme"_s});
    if (url.scheme() != "http"_L1 && url.scheme() != "https"_L1)
        return unfit({u"scheme"_s, url.scheme()});
    if (url.host().isEmpty())
        return unfit({u"no_host"_s});
    if (!url.userInfo().isEmpty() || url.authority().contains(u'@'))
        return unfit({u"user"_s, url.host()});
    if (url.hasFragment())
        return unfit({u"fragment"_s, url.host()});
    const auto items = QUrlQuery(url).queryItems();
    for (const auto &item : items) {
        if (isSecretName(item.first))
            return unfit({u"secret"_s, item.first, url.host()});
    }
    return {};
}

} // namespace trace
