// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/options.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString quotedList(const QStringList &names)
{
    return u'"' + names.join(u"\", \""_s) + u'"';
}

Expected<QString> oneOf(const QString &name, const QString &value, const QStringList &allowed)
{
    if (value.isEmpty())
        return allowed.first();
    if (allowed.contains(value))
        return value;
    return fail(u"%1: unknown value \"%2\""_s.arg(name, value),
                u"use one of "_s + quotedList(allowed));
}

} // namespace

Expected<void> checkOptionNames(const QString &service, const QJsonObject &own,
                                const QStringList &allowed)
{
    for (auto it = own.begin(); it != own.end(); ++it) {
        if (allowed.contains(it.key()))
            continue;
        return fail(u"%1: unknown option \"%2\""_s.arg(service, it.key()),
                    allowed.isEmpty() ? u"the service has no options of its own"_s
                                      : u"its own options are "_s + quotedList(allowed));
    }
    return {};
}

Expected<QString> textOption(const QJsonObject &own, const QString &name, const QString &fallback)
{
    const QJsonValue value = own.value(name);
    if (value.isUndefined() || value.isNull())
        return fallback;
    if (!value.isString())
        return fail(name + u": not a string"_s);
    return value.toString();
}

Expected<QString> choiceOption(const QJsonObject &own, const QString &name,
                               const QStringList &allowed)
{
    return textOption(own, name).and_then(
        [&](const QString &value) { return oneOf(name, value, allowed); });
}

Expected<QString> compressionOption(const ServiceOptions &options, const QStringList &allowed)
{
    return oneOf(u"compression"_s, options.compression, allowed);
}

bool isHeaderName(QByteArrayView name)
{
    const auto isToken = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
    };
    return !name.isEmpty() && std::all_of(name.begin(), name.end(), isToken);
}

HttpRequest requestFor(const ServiceOptions &options, const QString &ownPath)
{
    HttpRequest request;
    request.url = options.url;
    if (!ownPath.isEmpty() && (options.url.path().isEmpty() || options.url.path() == "/"_L1))
        request.url.setPath(ownPath);
    for (const auto &[name, value] : options.headers)
        setHeader(request.headers, name, value);
    return request;
}

QByteArray basicAuthorization(const Credentials &credentials)
{
    return credentials.key.isEmpty() ? QByteArray() : "Basic " + credentials.key.toBase64();
}

QByteArray bearerAuthorization(const Credentials &credentials)
{
    return credentials.key.isEmpty() ? QByteArray() : "Bearer " + credentials.key;
}

} // namespace trace
