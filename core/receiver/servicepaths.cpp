// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/servicepaths.h"

#include "core/service/cloudwatch/logsrequest.h"

#include <algorithm>
#include <array>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

struct ServicePath
{
    QLatin1StringView path;
    QLatin1StringView service;
};

// The first path of a service is the one that pathOfService names.
constexpr std::array paths{
    ServicePath{"/api/v2/logs"_L1, "datadog"_L1},
    ServicePath{"/v1/input"_L1, "datadog"_L1},
    ServicePath{"/logs"_L1, "generic"_L1},
    ServicePath{"/loki/api/v1/push"_L1, "grafana"_L1},
    ServicePath{"/api/prom/push"_L1, "grafana"_L1},
    ServicePath{"/v1/logs"_L1, "otlp"_L1},
    ServicePath{"/otlp/v1/logs"_L1, "otlp"_L1},
};

// Behind it Datadog's older clients put their key.
constexpr auto keyPath = "/v1/input/"_L1;
// At the root only with its header, since others may POST there too.
constexpr ServicePath targetedPath{"/"_L1, "cloudwatch"_L1};

struct Probe
{
    QLatin1StringView path;
    const char *contentType;
    const char *body;
};

constexpr std::array probes{
    Probe{"/healthz"_L1, "text/plain; charset=utf-8", "ok\n"},
    Probe{"/api/v1/validate"_L1, "application/json", R"({"valid":true})"},
    Probe{"/ready"_L1, "text/plain; charset=utf-8", "ready\n"},
    Probe{"/loki/api/v1/status/buildinfo"_L1, "application/json",
          R"({"version":"2.9.4","revision":"","branch":"","buildUser":"","buildDate":"",)"
          R"("goVersion":""})"},
    Probe{"/loki/api/v1/labels"_L1, "application/json", R"({"status":"success","data":[]})"},
};

} // namespace

QString serviceForPath(const QString &path)
{
    // Some clients put a slash behind what they were given: Prefect's `/logs/`.
    const qsizetype slash = path.endsWith(u'/') ? 1 : 0;
    for (const ServicePath &entry : paths) {
        if (entry.path == QStringView(path).chopped(slash))
            return entry.service;
    }
    if (path.startsWith(keyPath))
        return u"datadog"_s;
    return {};
}

QString shownPath(const QString &path)
{
    if (path.startsWith(keyPath) && path.size() > keyPath.size())
        return keyPath + u"***"_s;
    return path;
}

QString serviceForRequest(const HttpRequest &request)
{
    if (request.url.path() == targetedPath.path && !cloudwatch::operationOf(request).isEmpty())
        return targetedPath.service;
    return serviceForPath(request.url.path());
}

QString pathOfService(const QString &service)
{
    if (service == targetedPath.service)
        return targetedPath.path;
    for (const ServicePath &entry : paths) {
        if (entry.service == service)
            return entry.path;
    }
    return {};
}

QStringList servicePaths()
{
    QStringList all;
    for (const ServicePath &entry : paths)
        all.append(entry.path);
    return all;
}

std::shared_ptr<const Service> servedService(const QString &name)
{
    static const auto services = [] {
        QHash<QString, std::shared_ptr<const Service>> made;
        const auto add = [&](const ServicePath &entry) {
            ServiceOptions options;
            options.url = QUrl(u"http://127.0.0.1"_s + entry.path);
            if (auto service = makeService(entry.service, options))
                made.insert(entry.service, *service);
        };
        std::for_each(paths.begin(), paths.end(), add);
        add(targetedPath);
        return made;
    }();
    return services.value(name);
}

std::optional<HttpAnswer> probeAnswer(const QString &path)
{
    for (const Probe &probe : probes) {
        if (probe.path == path)
            return HttpAnswer{200, probe.contentType, probe.body, {}};
    }
    return {};
}

HttpAnswer unknownPathAnswer(const QByteArray &method, const QString &path)
{
    const auto text = "text/plain; charset=utf-8"_ba;
    if (probeAnswer(path))
        return {405, text, method + " does not go here; use GET\n", {{"Allow"_ba, "GET, HEAD"_ba}}};
    if (!serviceForPath(path).isEmpty())
        return {405, text, method + " does not go here; use POST\n", {{"Allow"_ba, "POST"_ba}}};
    const QString known = servicePaths().join(u", "_s);
    return {404, text, u"no such path; records go by POST to %1\n"_s.arg(known).toUtf8(), {}};
}

} // namespace trace
