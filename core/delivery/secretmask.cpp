// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/secretmask.h"

#include "core/config/endpoint.h"

#include <algorithm>

namespace trace {

namespace {

constexpr qsizetype shortest = 6; // what is shorter stands in any text

} // namespace

SecretMask::SecretMask(const HttpRequest &request, const Credentials &credentials)
{
    add(credentials.key);
    // name:password, and AWS's id:secret:token, where the first is no secret
    const QByteArrayList parts = credentials.key.split(':');
    for (qsizetype i = 1; i < parts.size(); ++i)
        add(parts[i]);
    QByteArrayList values = credentials.hidden;
    for (const auto &[name, value] : request.headers) {
        if (isSecretHeader(name))
            values.append(value);
    }
    for (const QByteArray &value : std::as_const(values)) {
        add(value);
        add(value.mid(value.indexOf(' ') + 1)); // without "Bearer" or "Basic"
    }
    std::sort(m_secrets.begin(), m_secrets.end(),
              [](const QByteArray &a, const QByteArray &b) { return a.size() > b.size(); });
}

void SecretMask::add(const QByteArray &secret)
{
    if (secret.size() >= shortest && !m_secrets.contains(secret))
        m_secrets.append(secret);
}

HttpReply SecretMask::masked(HttpReply reply) const
{
    for (const QByteArray &secret : m_secrets) {
        if (reply.body.contains(secret))
            reply.body.replace(secret, "***");
        for (auto &[name, value] : reply.headers)
            value.replace(secret, "***");
    }
    return reply;
}

} // namespace trace
