// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/endpoint.h"

#include "core/config/proxy.h"
#include "core/config/secret.h"
#include "core/filter/filter.h"

#include <QDir>
#include <QLocale>

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr int maxBufferSize = 100'000;
constexpr int maxRetriesAllowed = 100;
constexpr int maxInFlightAllowed = 4;
constexpr std::chrono::milliseconds minFlushInterval{50};
constexpr std::chrono::milliseconds maxFlushInterval{3'600'000};
constexpr std::chrono::milliseconds minTimeout{100};
constexpr std::chrono::milliseconds maxTimeout{600'000};

Expected<void> checkCount(const QString &key, int value, int least, int most)
{
    if (value >= least && value <= most)
        return {};
    QLocale c = QLocale::c();
    c.setNumberOptions(QLocale::DefaultNumberOptions); // 100,000
    return fail(u"%1: %2 is out of range"_s.arg(key).arg(value),
                u"Use a whole number from %1 to %2."_s.arg(c.toString(least), c.toString(most)));
}

Expected<void> checkTime(const QString &key, std::chrono::milliseconds value,
                         std::chrono::milliseconds least, std::chrono::milliseconds most)
{
    if (value >= least && value <= most)
        return {};
    const auto seconds = [](std::chrono::milliseconds time) {
        return QString::number(static_cast<double>(time.count()) / 1000, 'g', 9);
    };
    return fail(u"%1: %2 s is out of range"_s.arg(key, seconds(value)),
                u"Use %1 to %2 seconds."_s.arg(seconds(least), seconds(most)));
}

bool hasControlCharacter(const QString &text)
{
    return std::any_of(text.begin(), text.end(),
                       [](QChar c) { return c.category() == QChar::Other_Control; });
}

Expected<void> checkNames(const Endpoint &endpoint)
{
    if (endpoint.name.trimmed().isEmpty())
        return fail(u"name: missing"_s, u"Give the endpoint a name."_s);
    if (hasControlCharacter(endpoint.name))
        return fail(u"name: has control characters"_s, u"Use printable characters."_s);
    if (endpoint.id.isEmpty())
        return fail(u"id: missing"_s, u"Give the endpoint an id that never changes."_s);
    if (!serviceNames().contains(endpoint.service))
        return fail(endpoint.service.isEmpty()
                        ? u"service: missing"_s
                        : u"service: \"%1\" is unknown"_s.arg(endpoint.service),
                    u"Use one of %1."_s.arg(serviceNames().join(u", "_s)));
    return {};
}

Expected<void> checkFilter(const QString &text)
{
    const auto filter = Filter::parse(text);
    if (!filter)
        return fail(u"filter: "_s + filter.error().text, filter.error().action);
    // The same record must be judged alike after a restart.
    if (filter->isRelative())
        return fail(u"filter: has a time that moves with the clock"_s,
                    u"Use fixed times, such as time>=2024-05-01."_s);
    return {};
}

Expected<void> checkTls(const TlsOptions &tls)
{
    for (const auto &[key, path] : {std::pair{u"tls.ca_file"_s, tls.caFile},
                                    std::pair{u"tls.client_certificate"_s, tls.clientCertificate},
                                    std::pair{u"tls.client_key"_s, tls.clientKey}}) {
        if (!path.isEmpty() && !QDir::isAbsolutePath(path))
            return fail(u"%1: \"%2\" is no absolute path"_s.arg(key, path),
                        u"Name a PEM file as /folder/file."_s);
    }
    if (!tls.clientKey.isEmpty() && tls.clientCertificate.isEmpty())
        return fail(u"tls.client_key: there is no tls.client_certificate for it"_s,
                    u"Name the certificate too, or remove the key."_s);
    return {};
}

Expected<void> checkProxy(const QString &proxy)
{
    if (isVariableReference(proxy))
        return {};
    return parseProxy(proxy, ProxyPassword::Refused).map([](const auto &) {});
}

// With something harmless in place of what only a variable knows.
ServiceOptions checkable(ServiceOptions options)
{
    if (isVariableReference(options.url.toString()))
        options.url = QUrl(u"https://variable.invalid"_s);
    return options;
}

} // namespace

bool isSecretHeader(const QByteArray &name)
{
    const QByteArray lower = name.toLower();
    constexpr std::array parts{"authorization", "token",  "secret", "password",
                               "cookie",        "apikey", "-key",   "credential"};
    const bool isAuth = lower.contains("auth") && !lower.contains("author"); // X-Auth, not X-Author
    return lower.endsWith("key") || isAuth ||
           std::any_of(parts.begin(), parts.end(),
                       [&](const char *part) { return lower.contains(part); });
}

QString literalSecret(const Endpoint &endpoint)
{
    if (!endpoint.apiKey.isEmpty() && !isSecretReference(endpoint.apiKey))
        return u"api_key"_s;
    for (const auto &[name, value] : endpoint.options.headers) {
        if (isSecretHeader(name) && !isVariableReference(QString::fromUtf8(value)))
            return u"headers."_s + QString::fromUtf8(name);
    }
    return {};
}

Endpoint withoutSecrets(const Endpoint &endpoint)
{
    Endpoint result = endpoint;
    if (!isSecretReference(result.apiKey))
        result.apiKey.clear();
    for (auto &[name, value] : result.options.headers) {
        if (isSecretHeader(name) && !isVariableReference(QString::fromUtf8(value)))
            value = "***"_ba;
    }
    return result;
}

Endpoint adHocEndpoint(const QString &service, const QUrl &url)
{
    Endpoint endpoint;
    endpoint.id = u"adhoc:%1|%2"_s.arg(service, url.toString(QUrl::FullyEncoded));
    endpoint.name = u"%1 at %2"_s.arg(service, url.host().isEmpty() ? url.toString() : url.host());
    if (url.port() >= 0)
        endpoint.name += u":%1"_s.arg(url.port());
    endpoint.service = service;
    endpoint.options.url = url;
    return endpoint;
}

Expected<void> validate(const Endpoint &endpoint)
{
    const auto bufferSize = [&] {
        return checkCount(u"buffer_size"_s, endpoint.bufferSize, 1, maxBufferSize);
    };
    const auto flushInterval = [&] {
        return checkTime(u"flush_interval"_s, endpoint.flushInterval, minFlushInterval,
                         maxFlushInterval);
    };
    const auto timeout = [&] {
        return checkTime(u"timeout"_s, endpoint.timeout, minTimeout, maxTimeout);
    };
    const auto retries = [&] {
        return checkCount(u"max_retries"_s, endpoint.maxRetries, 0, maxRetriesAllowed);
    };
    const auto inFlight = [&] {
        return checkCount(u"max_in_flight"_s, endpoint.maxInFlight, 1, maxInFlightAllowed);
    };
    const auto service = [&]() -> Expected<void> {
        const auto made = makeService(endpoint.service, checkable(endpoint.options));
        if (!made)
            return tl::make_unexpected(made.error());
        return {};
    };
    return checkNames(endpoint)
        .and_then(bufferSize)
        .and_then(flushInterval)
        .and_then(timeout)
        .and_then(retries)
        .and_then(inFlight)
        .and_then([&] { return checkFilter(endpoint.filter); })
        .and_then([&] { return checkTls(endpoint.tls); })
        .and_then([&] { return checkProxy(endpoint.proxy); })
        .and_then(service);
}

} // namespace trace
