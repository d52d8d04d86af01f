// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/proxy.h"

#include "core/config/knownsecrets.h"
#include "core/config/secret.h"

#include <QUrl>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

tl::unexpected<Error> refusal(const QString &fault)
{
    return fail(Problem{ProblemKind::AddressUnfit, {u"proxy"_s, fault}});
}

} // namespace

Expected<std::optional<QNetworkProxy>> parseProxy(const QString &text, ProxyPassword password)
{
    if (text == "system"_L1)
        return std::nullopt;
    if (text == "none"_L1)
        return QNetworkProxy(QNetworkProxy::NoProxy);
    if (text.trimmed().isEmpty())
        return refusal(u"no_proxy"_s);
    const QUrl url(text, QUrl::StrictMode);
    const bool isHttp = url.scheme() == "http"_L1;
    if (!url.isValid() || (!isHttp && url.scheme() != "socks5"_L1))
        return refusal(u"no_proxy_address"_s);
    if (url.host().isEmpty() || url.port() <= 0)
        return refusal(url.host().isEmpty() ? u"no_proxy_host"_s : u"no_proxy_port"_s);
    if ((!url.path().isEmpty() && url.path() != "/"_L1) || url.hasQuery() || url.hasFragment())
        return refusal(u"more_than_proxy"_s);
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
        return parseProxy(value, ProxyPassword::Allowed).map_error([&](const Error &error) {
            Problem problem = error.problem;
            problem.arguments.append(text);
            return wordingOf(problem);
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
    return wordingOf({proxy.user().isEmpty() ? ProblemKind::ProxyPasswordMissing
                                             : ProblemKind::ProxyPasswordRefused,
                      {placeOf(proxy), isSocks ? u"socks5"_s : u"http"_s}});
}

} // namespace trace
