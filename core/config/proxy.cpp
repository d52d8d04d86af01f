// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/proxy.h"

#include "core/config/knownsecrets.h"
#include "core/config/secret.h"

#include <QUrl>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

tl::unexpected<Error> refusal(const QString &what)
{
    return fail(u"proxy: %1"_s.arg(what),
                u"Use system, none, http://host:port, socks5://host:port, or env:NAME for a "
                "variable that holds one of these."_s);
}

} // namespace

Expected<std::optional<QNetworkProxy>> parseProxy(const QString &text, ProxyPassword password)
{
    if (text == "system"_L1)
        return std::nullopt;
    if (text == "none"_L1)
        return QNetworkProxy(QNetworkProxy::NoProxy);
    if (text.trimmed().isEmpty())
        return refusal(u"is empty"_s);
    const QUrl url(text, QUrl::StrictMode);
    const bool isHttp = url.scheme() == "http"_L1;
    if (!url.isValid() || (!isHttp && url.scheme() != "socks5"_L1))
        return refusal(u"is no address of a proxy"_s);
    if (url.host().isEmpty() || url.port() <= 0)
        return refusal(url.host().isEmpty() ? u"has no host"_s : u"has no port"_s);
    if ((!url.path().isEmpty() && url.path() != "/"_L1) || url.hasQuery() || url.hasFragment())
        return refusal(u"has more than host and port"_s);
    const bool hasUser = !url.userInfo().isEmpty() || url.authority().contains(u'@');
    if (hasUser && password == ProxyPassword::Refused)
        return fail(u"proxy: holds a user name or password (host %1)"_s.arg(url.host()),
                    u"Put the whole address into a variable and name that: env:NAME."_s);
    return QNetworkProxy(isHttp ? QNetworkProxy::HttpProxy : QNetworkProxy::Socks5Proxy, url.host(),
                         quint16(url.port()), url.userName(QUrl::FullyDecoded),
                         url.password(QUrl::FullyDecoded));
}

Expected<std::optional<QNetworkProxy>> resolveProxy(const QString &text)
{
    if (!isVariableReference(text))
        return parseProxy(text, ProxyPassword::Refused);
    return resolveVariable(u"proxy"_s, text).and_then([&](const QString &value) {
        const QUrl url(value);
        const QString password = url.password(QUrl::FullyDecoded);
        if (!password.isEmpty())
            rememberSecret((url.userName(QUrl::FullyDecoded) + u':' + password).toUtf8());
        return parseProxy(value, ProxyPassword::Allowed).map_error([&](Error error) {
            error.text += u" (in %1)"_s.arg(text);
            return error;
        });
    });
}

QString placeOf(const QNetworkProxy &proxy)
{
    return u"%1:%2"_s.arg(proxy.hostName()).arg(proxy.port());
}

Error proxyPasswordProblem(const QNetworkProxy &proxy)
{
    const bool isSocks = proxy.type() == QNetworkProxy::Socks5Proxy;
    return {proxy.user().isEmpty()
                ? u"the proxy %1 wants a name and password"_s.arg(placeOf(proxy))
                : u"the proxy %1 does not accept the name and password"_s.arg(placeOf(proxy)),
            u"Put %1://name:password@host:port into a variable and set proxy to env:NAME."_s.arg(
                isSocks ? u"socks5"_s : u"http"_s)};
}

} // namespace trace
