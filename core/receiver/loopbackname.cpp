// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/loopbackname.h"

#include <QHostAddress>

#include <algorithm>

namespace trace {

namespace {

bool isPort(QByteArrayView port)
{
    return port.size() <= 5 &&
           std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool isLoopbackHost(QByteArrayView host)
{
    const bool bracketed = host.startsWith('[');
    const qsizetype colon = bracketed ? host.indexOf(']') + 1 : host.indexOf(':');
    if (bracketed && colon == 0)
        return false;
    QByteArrayView name = host;
    if (colon >= 0 && colon < host.size()) {
        if (host[colon] != ':' || !isPort(host.sliced(colon + 1)))
            return false;
        name = host.first(colon);
    }
    if (name == "127.0.0.1")
        return true;
    // With the dot of a full name too, as some resolvers write it.
    const QByteArrayView bare = !bracketed && name.endsWith('.') ? name.chopped(1) : name;
    if (bare.compare("localhost", Qt::CaseInsensitive) == 0)
        return true;
    if (bracketed)
        name = name.sliced(1, name.size() - 2);
    const QHostAddress address(QString::fromLatin1(name));
    const auto family = bracketed ? QHostAddress::IPv6Protocol : QHostAddress::IPv4Protocol;
    return address.protocol() == family && address.isLoopback();
}

bool isLoopbackOrigin(QByteArrayView origin)
{
    for (const QByteArrayView scheme : {QByteArrayView("http://"), QByteArrayView("https://")}) {
        if (origin.startsWith(scheme))
            return isLoopbackHost(origin.sliced(scheme.size()));
    }
    return false;
}

} // namespace trace
