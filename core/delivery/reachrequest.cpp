// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/reachrequest.h"

#include "core/service/datadog/datadogaddress.h"
#include "core/service/options.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! The address without a path that ends like \a taking, with \a other instead.
QUrl besides(QUrl url, const QString &taking, const QString &other)
{
    const auto withoutSlashes = [](QString path) {
        while (path.endsWith(u'/'))
            path.chop(1);
        return path;
    };
    QString path = withoutSlashes(url.path());
    if (path.endsWith(taking))
        path = withoutSlashes(path.chopped(taking.size()));
    url.setPath(path + other);
    url.setQuery(QString());
    return url;
}

ReachRequest validationOf(const ServiceOptions &options)
{
    ReachRequest result{.request = requestFor(options), .checksKey = true};
    HttpRequest &request = result.request;
    request.method = "GET";
    if (options.url.isEmpty())
        request.url = datadog::siteUrl(options).value_or(QUrl());
    const QString site = datadog::siteOf(request.url);
    const bool isOld = request.url.path().startsWith(datadog::oldIntakePath);
    request.url = besides(request.url, isOld ? datadog::oldIntakePath : datadog::intakePath,
                          u"/api/v1/validate"_s);
    if (!site.isEmpty())
        request.url.setHost(u"api."_s + site);
    return result;
}

ReachRequest labelsOf(const ServiceOptions &options)
{
    ReachRequest result{.request = requestFor(options), .checksKey = true};
    result.request.method = "GET";
    result.request.url = besides(options.url, u"/loki/api/v1/push"_s, u"/loki/api/v1/labels"_s);
    const QString tenant = options.own.value("tenant"_L1).toString();
    if (!tenant.isEmpty())
        setHeader(result.request.headers, "X-Scope-OrgID"_ba, tenant.toUtf8());
    return result;
}

ReachRequest groupsOf(const ServiceOptions &options)
{
    ReachRequest result{.request = requestFor(options, u"/"_s), .checksKey = true};
    setHeader(result.request.headers, "Content-Type"_ba, "application/x-amz-json-1.1"_ba);
    setHeader(result.request.headers, "X-Amz-Target"_ba, "Logs_20140328.DescribeLogGroups"_ba);
    result.request.body = R"({"limit":1})"_ba;
    return result;
}

//! A message without records, which most receivers of OTLP take.
ReachRequest emptyExport(const ServiceOptions &options)
{
    ReachRequest result{.request = requestFor(options, u"/v1/logs"_s), .checksKey = true};
    const bool isJson = options.own.value("encoding"_L1).toString() == "json"_L1;
    setHeader(result.request.headers, "Content-Type"_ba,
              isJson ? "application/json"_ba : "application/x-protobuf"_ba);
    if (isJson)
        result.request.body = R"({"resourceLogs":[]})"_ba;
    return result;
}

bool mayNotRead(const HttpReply &reply)
{
    return reply.status == 403 || (reply.status == 401 && reply.body.contains("scope")) ||
           (reply.status == 400 && reply.body.contains("AccessDenied"));
}

} // namespace

ReachRequest reachRequest(const QString &service, const ServiceOptions &options)
{
    if (service == "datadog"_L1)
        return validationOf(options);
    if (service == "grafana"_L1)
        return labelsOf(options);
    if (service == "cloudwatch"_L1)
        return groupsOf(options);
    if (service == "otlp"_L1)
        return emptyExport(options);
    ReachRequest result{.request = requestFor(options), .checksKey = false};
    result.request.method = "OPTIONS";
    return result;
}

Outcome reachOutcome(const Service &service, const ReachRequest &asked, const HttpReply &reply)
{
    const bool isAws = service.name() == "cloudwatch"_L1; // its errors have no status of their own
    Outcome outcome =
        isAws ? service.interpretCreated(asked.request, reply) : outcomeOfStatus(reply);
    if (outcome.kind == Outcome::Kind::Delivered) {
        if (!asked.checksKey)
            outcome.reason = u"only the connection was checked"_s;
        return outcome;
    }
    if (reply.fault != TransportFault::None)
        return outcome;
    // It knows best what it misses, as Loki a tenant, and how OTLP tells its errors.
    if ((reply.status == 401 && !isAws) || service.name() == "otlp"_L1)
        outcome = service.interpret({.request = asked.request}, reply);
    return outcome;
}

bool saysNothing(const Service &service, const ReachRequest &asked, const HttpReply &reply)
{
    if (reply.fault != TransportFault::None || isWebPage(reply))
        return false;
    const auto isOneOf = [&](std::initializer_list<int> statuses) {
        return std::find(statuses.begin(), statuses.end(), reply.status) != statuses.end();
    };
    if (reply.status == 429)
        return true;
    if (!asked.checksKey)
        return isOneOf({400, 403, 404, 405, 406, 415, 422, 501});
    if (service.name() == "otlp"_L1) // asked by the very path that takes records
        return isOneOf({400, 415, 422}); // what delivery sends is compressed, or may be
    if (service.name() == "cloudwatch"_L1)
        return mayNotRead(reply) ||
               (reply.status == 400 && reply.body.contains("UnknownOperation"));
    if (service.name() == "grafana"_L1 && mayNotRead(reply))
        return true;
    return isOneOf({404, 405, 501});
}

} // namespace trace
