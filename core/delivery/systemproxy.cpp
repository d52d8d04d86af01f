// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/systemproxy.h"

#include "core/config/knownsecrets.h"

#include <QHostAddress>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds memory{10};
constexpr qsizetype mostAnswers = 100;

bool isThisComputer(const QString &host)
{
    return host == "localhost"_L1 || host.endsWith(".localhost"_L1) ||
           QHostAddress(host).isLoopback();
}

} // namespace

QNetworkProxy SystemProxy::towards(const QUrl &url)
{
    const QNetworkProxy none(QNetworkProxy::NoProxy);
    if (isThisComputer(url.host()))
        return none;
    const QString place = url.toString(QUrl::RemovePath | QUrl::RemoveQuery);
    const auto known = m_answers.constFind(place);
    if (known != m_answers.constEnd() && !known->until.hasExpired())
        return known->proxy;
    if (m_answers.size() >= mostAnswers)
        m_answers.clear();
    // Only the first: those behind it are for when it fails, and often mean "without one then".
    const auto proxies = QNetworkProxyFactory::systemProxyForQuery(QNetworkProxyQuery(url));
    const QNetworkProxy proxy = proxies.isEmpty() ? none : proxies.first();
    if (!proxy.password().isEmpty())
        rememberSecret((proxy.user() + u':' + proxy.password()).toUtf8());
    m_answers.insert(place, {proxy, QDeadlineTimer(memory)});
    return proxy;
}

} // namespace trace
