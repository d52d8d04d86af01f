// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/requestguard.h"

#include "core/receiver/loopbackname.h"

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

std::optional<Refusal> RequestGuard::check(const HttpRequest &head, int version,
                                           qint64 bodyBytes) const
{
    if (auto refusal = checkFraming(head, version))
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
    const QList<QByteArray> encodings = valuesOf(head.headers, "Transfer-Encoding");
    if (encodings.isEmpty())
        return {};
    // Beast reads "chunked, identity" as an empty body and takes the body for the next request.
    if (encodings.size() > 1 || encodings.first().compare("chunked", Qt::CaseInsensitive) != 0 ||
        version == 10)
        return Refusal{400, u"the only Transfer-Encoding understood here is one \"chunked\""_s, {}};
    if (!valuesOf(head.headers, "Content-Length").isEmpty())
        return Refusal{400, u"Content-Length and Transfer-Encoding: the length is ambiguous"_s, {}};
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
    if (bearerToken.isEmpty())
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

} // namespace trace
