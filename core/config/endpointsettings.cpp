// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/endpointsettings.h"

#include "core/config/endpointstore.h"
#include "core/config/secret.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <optional>
#include <vector>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

struct Setting
{
    QStringList path;
    QString text;
    QJsonValue typed; //!< Undefined where the text is text in any case.
};

//! The part of a configuration's error that is about one endpoint alone.
Error withoutPlace(Error error)
{
    error.text.remove("endpoints[0]."_L1);
    return error;
}

QStringList pathOf(const QString &key)
{
    const qsizetype dot = key.indexOf(u'.');
    if (dot < 0)
        return {key};
    const QString first = key.left(dot);
    const QString rest = key.mid(dot + 1);
    if (first == "headers"_L1) // names of headers may have dots
        return {first, rest};
    return QStringList{first} + rest.split(u'.');
}

QJsonValue typedValue(const QString &text)
{
    // In an array, because a document is an object or an array.
    const QJsonDocument document = QJsonDocument::fromJson("[" + text.toUtf8() + "]");
    if (document.array().size() != 1 || document.array().first().isString())
        return QJsonValue(QJsonValue::Undefined);
    return document.array().first();
}

Expected<Setting> settingOf(const QString &argument)
{
    const qsizetype equals = argument.indexOf(u'=');
    if (equals <= 0) {
        // Not quoted: it may be a key that was pasted to the wrong place.
        return fail(u"a setting without \"=\""_s,
                    u"Write it as KEY=VALUE with a key of endpoints.json, such as buffer_size=100 "
                    u"or grafana.tenant=x."_s);
    }
    const QString key = argument.left(equals);
    Setting setting{.path = pathOf(key), .text = argument.mid(equals + 1), .typed = {}};
    if (setting.path.contains(QString()))
        return fail(u"%1: a part of the key is empty"_s.arg(key),
                    u"Write it as SERVICE.OPTION=VALUE."_s);
    if (key == "api_key"_L1 && !setting.text.isEmpty() && !isSecretReference(setting.text)) {
        return fail(u"api_key takes a reference, not the key itself: arguments can be read by "
                    u"other users"_s,
                    u"Put the key into a variable or file and name it: env:NAME or file:/path."_s);
    }
    const bool isSecret =
        setting.path.first() == "headers"_L1 && isSecretHeader(setting.path.last().toUtf8());
    if (isSecret && !setting.text.isEmpty() && !isVariableReference(setting.text)) {
        return fail(u"%1 takes a reference, not the secret itself: arguments can be read by other "
                    u"users"_s.arg(key),
                    u"Put the whole value into a variable and name it: env:NAME."_s);
    }
    setting.typed = typedValue(setting.text);
    return setting;
}

QJsonObject inserted(QJsonObject object, const QStringList &path, const QJsonValue &value)
{
    if (path.size() > 1) {
        QJsonObject below = object.value(path.first()).toObject();
        below = inserted(below, path.mid(1), value);
        if (below.isEmpty())
            object.remove(path.first());
        else
            object.insert(path.first(), below);
    } else if (value.isUndefined()) {
        object.remove(path.first());
    } else {
        object.insert(path.first(), value);
    }
    return object;
}

Expected<Endpoint> readOne(const QJsonObject &json)
{
    const QJsonObject document{{u"version"_s, 1}, {u"endpoints"_s, QJsonArray{json}}};
    return endpointsFromJson(QJsonDocument(document).toJson())
        .map([](const QList<Endpoint> &endpoints) { return endpoints.first(); })
        .map_error(withoutPlace);
}

QJsonObject jsonOf(const Endpoint &endpoint)
{
    const QJsonDocument document = QJsonDocument::fromJson(endpointsToJson({endpoint}));
    return document.object().value("endpoints"_L1).toArray().first().toObject();
}

Expected<Endpoint> applied(const QJsonObject &base, std::vector<Setting> settings)
{
    std::optional<Error> first;
    while (true) {
        QJsonObject json = base;
        for (const Setting &setting : settings) {
            const QJsonValue value = setting.text.isEmpty() ? QJsonValue(QJsonValue::Undefined)
                                     : setting.typed.isUndefined() ? QJsonValue(setting.text)
                                                                   : setting.typed;
            json = inserted(json, setting.path, value);
        }
        auto endpoint = readOne(json);
        if (endpoint)
            return endpoint;
        if (!first)
            first = endpoint.error();
        // "grafana.tenant=42" is meant as text. What the error is about, as text then.
        const auto refused = std::find_if(settings.begin(), settings.end(), [&](const Setting &s) {
            return !s.typed.isUndefined() && endpoint.error().text.contains(s.path.last());
        });
        if (refused == settings.end())
            return tl::make_unexpected(*first);
        refused->typed = QJsonValue(QJsonValue::Undefined);
    }
}

Expected<std::vector<Setting>> settingsOf(const QStringList &arguments)
{
    std::vector<Setting> settings;
    for (const QString &argument : arguments) {
        auto setting = settingOf(argument);
        if (!setting)
            return tl::make_unexpected(setting.error());
        settings.push_back(std::move(*setting));
    }
    return settings;
}

} // namespace

Expected<Endpoint> withSettings(const Endpoint &endpoint, const QStringList &settings)
{
    auto read = settingsOf(settings);
    if (!read)
        return tl::make_unexpected(read.error());
    QJsonObject json = jsonOf(endpoint);
    json.insert(u"id"_s, endpoint.id); // the default would follow a new name
    return applied(json, std::move(*read));
}

Expected<Endpoint> endpointFromSettings(const QString &name, const QStringList &settings)
{
    auto read = settingsOf(settings);
    if (!read)
        return tl::make_unexpected(read.error());
    return applied({{u"name"_s, name}}, std::move(*read));
}

QJsonObject endpointToShow(const Endpoint &endpoint)
{
    QJsonObject json = jsonOf(endpoint);
    if (!endpoint.apiKey.isEmpty() && !isSecretReference(endpoint.apiKey))
        json.insert(u"api_key"_s, u"***"_s);
    QJsonObject headers = json.value("headers"_L1).toObject();
    for (auto it = headers.begin(); it != headers.end(); ++it) {
        if (isSecretHeader(it.key().toUtf8()))
            it.value() = u"***"_s;
    }
    if (!headers.isEmpty())
        json.insert(u"headers"_s, headers);
    return json;
}

} // namespace trace
