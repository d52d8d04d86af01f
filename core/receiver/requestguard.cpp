// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/requestguard.h"

#include "core/receiver/crossorigin.h"
#include "core/receiver/loopbackname.h"

#include <QUrl>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QList<QByteArray> valuesOf(const HttpHeaders &headers, QByteArrayView name)
{
    QList<QByteArray> values;
    for (const auto &[key, value] : headers) {
        if (name.compare(key, Qt::CaseInsensitive) == 0)
            values.append(value);
    }
    return values;
}

} // namespace

std::optional<Refusal> RequestGuard::check(const HttpRequest &head, const QByteArray &target,
                                           int version, qint64 bodyBytes) const
{
    if (auto refusal = checkFraming(head, version))
        return refusal;
    if (auto refusal = checkTarget(head, target))
        return refusal;
    if (auto refusal = checkNames(head, version))
        return refusal;
    if (auto refusal = checkToken(head))
        return refusal;
    if (bodyBytes > maxBodyBytes)
        return Refusal{413, u"the body is longer than %1 bytes"_s.arg(maxBodyBytes), {}};
    const QList<QByteArray> expectations = valuesOf(head.headers, "Expect");
    for (const QByteArray &expectation : expectations) {
        if (expectation.compare("100-continue", Qt::CaseInsensitive) != 0)
            return Refusal{417, u"the only expectation met here is 100-continue"_s, {}};
    }
    return {};
}

std::optional<Refusal> RequestGuard::checkFraming(const HttpRequest &head, int version) const
{
    // Also equal ones, and "5, 5": who stands between may take another one than we do.
    const QList<QByteArray> lengths = valuesOf(head.headers, "Content-Length");
    if (lengths.size() > 1 || (!lengths.isEmpty() && lengths.first().contains(',')))
        return Refusal{400, u"more than one Content-Length"_s, {}};
    const QList<QByteArray> encodings = valuesOf(head.headers, "Transfer-Encoding");
    if (encodings.isEmpty())
        return {};
    // Beast reads "chunked, identity" as an empty body and takes the body for the next request.
    if (encodings.size() > 1 || encodings.first().compare("chunked", Qt::CaseInsensitive) != 0 ||
        version == 10)
        return Refusal{400, u"the only Transfer-Encoding understood here is one \"chunked\""_s, {}};
    if (!lengths.isEmpty())
        return Refusal{400, u"Content-Length and Transfer-Encoding: the length is ambiguous"_s, {}};
    return {};
}

std::optional<Refusal> RequestGuard::checkTarget(const HttpRequest &head,
                                                 const QByteArray &target) const
{
    if (target.startsWith('/') || target == "*")
        return {};
    const qsizetype start = target.indexOf("://") + 3;
    const QByteArray scheme = target.first(std::max<qsizetype>(start - 3, 0)).toLower();
    if (scheme != "http" && scheme != "https")
        return Refusal{400, u"the target must be a path"_s, {}};
    const auto end = std::find_if(target.begin() + start, target.end(),
                                  [](char c) { return c == '/' || c == '?' || c == '#'; });
    // It stands in for the Host header (RFC 9112, 3.2.2).
    const QByteArray authority = target.mid(start, end - target.begin() - start);
    const bool isOurs =
        loopbackNamesOnly
            ? isLoopbackHost(authority)
            : headerValue(head.headers, "Host").compare(authority, Qt::CaseInsensitive) == 0;
    if (!isOurs)
        return Refusal{403, u"the target names another machine than this one"_s, {}};
    return {};
}

std::optional<Refusal> RequestGuard::checkNames(const HttpRequest &head, int version) const
{
    const QList<QByteArray> hosts = valuesOf(head.headers, "Host");
    if (hosts.size() > 1 || (hosts.isEmpty() && version != 10))
        return Refusal{400, u"a request needs exactly one Host header"_s, {}};
    if (loopbackNamesOnly && !hosts.isEmpty() && !isLoopbackHost(hosts.first()))
        return Refusal{403, u"the Host must be a name of this machine, as localhost"_s, {}};
    const QList<QByteArray> origins = valuesOf(head.headers, "Origin");
    if (!std::all_of(origins.begin(), origins.end(), isLoopbackOrigin))
        return Refusal{403, u"requests from web pages of other machines are refused"_s, {}};
    return {};
}

std::optional<Refusal> RequestGuard::checkToken(const HttpRequest &head) const
{
    if (bearerToken.isEmpty() || isPreflight(head))
        return {};
    const QByteArray given = headerValue(head.headers, "Authorization");
    const QByteArrayView scheme = QByteArrayView(given).first(std::min<qsizetype>(7, given.size()));
    const QByteArrayView value = QByteArrayView(given).sliced(scheme.size());
    int difference =
        scheme.compare("Bearer ", Qt::CaseInsensitive) == 0 && value.size() == bearerToken.size()
            ? 0
            : 1;
    // Every byte is looked at, so that the time does not tell how many are right.
    for (qsizetype i = 0; i < std::min(value.size(), bearerToken.size()); ++i)
        difference |= value[i] ^ bearerToken[i];
    if (difference == 0)
        return {};
    return Refusal{401,
                   u"this server needs its token: \"Authorization: Bearer TOKEN\""_s,
                   {{"WWW-Authenticate"_ba, "Bearer"_ba}}};
}

std::optional<Refusal> refusalOfQuery(const HttpRequest &head)
{
    // What the browser says itself, https://www.w3.org/TR/fetch-metadata; pages cannot change it.
    const QList<QByteArray> sites = valuesOf(head.headers, "Sec-Fetch-Site");
    const bool isForeign = std::any_of(sites.begin(), sites.end(), [](const QByteArray &site) {
        return site.compare("none", Qt::CaseInsensitive) != 0 &&
               site.compare("same-origin", Qt::CaseInsensitive) != 0;
    });
    const QString host =
        QUrl(u"http://"_s + QString::fromLatin1(headerValue(head.headers, "Host"))).host();
    const auto isElsewhere = [&](QByteArrayView header) {
        const QList<QByteArray> pages = valuesOf(head.headers, header);
        return std::any_of(pages.begin(), pages.end(), [&](const QByteArray &page) {
            return QUrl(QString::fromLatin1(page)).host() != host;
        });
    };
    if (isForeign || isElsewhere("Referer") || isElsewhere("Origin"))
        return Refusal{403, u"records from other pages are refused"_s, {}};
    return {};
}

} // namespace trace
