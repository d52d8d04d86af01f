// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/secretmask.h"

#include "core/config/endpoint.h"
#include "core/config/knownsecrets.h"

namespace trace {

namespace {

void mask(const SecretFinder &finder, HttpReply &reply)
{
    reply.body = finder.masked(reply.body);
    for (auto &[name, value] : reply.headers) {
        name = finder.masked(name);
        value = finder.masked(value);
    }
    reply.faultText = finder.masked(reply.faultText);
    reply.faultAction = finder.masked(reply.faultAction);
    for (QString &argument : reply.faultProblem.arguments)
        argument = finder.masked(argument);
}

} // namespace

SecretMask::SecretMask(const HttpRequest &request)
{
    for (const auto &[name, value] : request.headers) {
        if (!isSecretHeader(name))
            continue;
        m_own.append(value);
        m_own.append(value.mid(value.indexOf(' ') + 1)); // without "Bearer" or "Basic"
    }
}

HttpReply SecretMask::masked(HttpReply reply) const
{
    const auto known = knownSecrets(SecretFinder::Mode::Pieces);
    if (known)
        mask(*known, reply);
    // A signature is of one request, so nobody remembers it.
    QList<SecretFinder::Secret> others;
    for (const QByteArray &value : m_own) {
        if (!known || !known->isIn({value.constData(), std::size_t(value.size())}))
            others.append({value, true});
    }
    if (!others.isEmpty())
        mask(SecretFinder(others, SecretFinder::Mode::Pieces), reply);
    return reply;
}

} // namespace trace
