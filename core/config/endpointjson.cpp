// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/endpointstore.h"
#include "core/config/jsonobjectreader.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr int formatVersion = 1;

// In the order of OnExhausted.
QStringList exhaustedWords()
{
    return {u"hold"_s, u"park"_s};
}

QString defaultId(const QString &name)
{
    return u"name:"_s + name;
}

double secondsOf(std::chrono::milliseconds time)
{
    return static_cast<double>(time.count()) / 1000;
}

QJsonObject toJson(const TlsOptions &tls)
{
    QJsonObject json;
    for (const auto &[key, path] : {std::pair{u"ca_file"_s, tls.caFile},
                                    std::pair{u"client_certificate"_s, tls.clientCertificate},
                                    std::pair{u"client_key"_s, tls.clientKey}}) {
        if (!path.isEmpty())
            json[key] = path;
    }
    if (!tls.verify)
        json[u"verify"_s] = false;
    return json;
}

QJsonObject toJson(const Endpoint &endpoint)
{
    QJsonObject json{
        {u"name"_s, endpoint.name},
        {u"service"_s, endpoint.service},
        {u"url"_s, endpoint.options.url.toString(QUrl::FullyEncoded)},
        {u"enabled"_s, endpoint.enabled},
        {u"buffer_size"_s, endpoint.bufferSize},
        {u"flush_interval"_s, secondsOf(endpoint.flushInterval)},
        {u"timeout"_s, secondsOf(endpoint.timeout)},
        {u"max_retries"_s, endpoint.maxRetries},
        {u"on_exhausted"_s, exhaustedWords().at(static_cast<int>(endpoint.onExhausted))},
        {u"max_in_flight"_s, endpoint.maxInFlight},
    };
    if (endpoint.id != defaultId(endpoint.name))
        json[u"id"_s] = endpoint.id;
    if (!endpoint.apiKey.isEmpty())
        json[u"api_key"_s] = endpoint.apiKey;
    if (!endpoint.options.compression.isEmpty())
        json[u"compression"_s] = endpoint.options.compression;
    if (!endpoint.filter.isEmpty())
        json[u"filter"_s] = endpoint.filter;
    QJsonObject headers;
    for (const auto &[name, value] : endpoint.options.headers)
        headers[QString::fromUtf8(name)] = QString::fromUtf8(value);
    if (!headers.isEmpty())
        json[u"headers"_s] = headers;
    if (const QJsonObject tls = toJson(endpoint.tls); !tls.isEmpty())
        json[u"tls"_s] = tls;
    if (endpoint.proxy != Endpoint().proxy)
        json[u"proxy"_s] = endpoint.proxy;
    if (!endpoint.options.own.isEmpty())
        json[endpoint.service] = endpoint.options.own;
    return json;
}

void readHeaders(JsonObjectReader &reader, HttpHeaders &headers)
{
    QJsonObject object;
    reader.object(u"headers"_s, object);
    JsonObjectReader members(reader.pathOf(u"headers"_s), object);
    for (auto it = object.begin(); it != object.end(); ++it) {
        QString value;
        members.text(it.key(), value);
        setHeader(headers, it.key().toUtf8(), value.toUtf8());
    }
    reader.adopt(members);
}

void readTls(JsonObjectReader &reader, TlsOptions &tls)
{
    QJsonObject object;
    reader.object(u"tls"_s, object);
    JsonObjectReader members(reader.pathOf(u"tls"_s), object);
    members.text(u"ca_file"_s, tls.caFile);
    members.text(u"client_certificate"_s, tls.clientCertificate);
    members.text(u"client_key"_s, tls.clientKey);
    members.boolean(u"verify"_s, tls.verify);
    members.refuseOthers();
    reader.adopt(members);
}

// What validate() says, with the path: the service's own options lie in the object of its name.
Error located(const Error &error, const QString &path, const Endpoint &endpoint)
{
    QString place = path + u'.';
    if (endpoint.options.own.contains(error.text.section(u':', 0, 0)))
        place += endpoint.service + u'.';
    return {place + error.text, error.action};
}

Expected<Endpoint> readEndpoint(const QString &path, const QJsonValue &json)
{
    JsonObjectReader reader(path, json);
    Endpoint endpoint;
    QString url;
    reader.text(u"name"_s, endpoint.name);
    reader.text(u"service"_s, endpoint.service);
    reader.text(u"url"_s, url);
    reader.text(u"id"_s, endpoint.id);
    reader.boolean(u"enabled"_s, endpoint.enabled);
    reader.text(u"api_key"_s, endpoint.apiKey);
    reader.integer(u"buffer_size"_s, endpoint.bufferSize);
    reader.seconds(u"flush_interval"_s, endpoint.flushInterval);
    reader.seconds(u"timeout"_s, endpoint.timeout);
    reader.integer(u"max_retries"_s, endpoint.maxRetries);
    const int exhausted = reader.choice(u"on_exhausted"_s, exhaustedWords());
    if (exhausted >= 0)
        endpoint.onExhausted = static_cast<OnExhausted>(exhausted);
    reader.integer(u"max_in_flight"_s, endpoint.maxInFlight);
    reader.text(u"filter"_s, endpoint.filter);
    reader.text(u"compression"_s, endpoint.options.compression);
    readHeaders(reader, endpoint.options.headers);
    readTls(reader, endpoint.tls);
    reader.text(u"proxy"_s, endpoint.proxy);
    if (serviceNames().contains(endpoint.service)) {
        reader.object(endpoint.service, endpoint.options.own);
        reader.refuseOthers();
    }
    if (!reader.isOk())
        return tl::make_unexpected(reader.result().error());
    endpoint.options.url = QUrl(url, QUrl::StrictMode);
    if (endpoint.id.isEmpty())
        endpoint.id = defaultId(endpoint.name);
    if (const auto valid = validate(endpoint); !valid)
        return tl::make_unexpected(located(valid.error(), path, endpoint));
    return endpoint;
}

Expected<void> checkUnique(const QList<Endpoint> &endpoints)
{
    for (qsizetype i = 0; i < endpoints.size(); ++i) {
        for (qsizetype j = 0; j < i; ++j) {
            const bool sameName = endpoints[i].name == endpoints[j].name;
            if (!sameName && endpoints[i].id != endpoints[j].id)
                continue;
            const QString key = sameName ? u"name"_s : u"id"_s;
            return fail(u"endpoints[%1].%2: \"%3\" is also that of endpoints[%4]"_s.arg(
                            QString::number(i), key, sameName ? endpoints[i].name : endpoints[i].id,
                            QString::number(j)),
                        u"Give each endpoint its own %1."_s.arg(key));
        }
    }
    return {};
}

} // namespace

QByteArray endpointsToJson(const QList<Endpoint> &endpoints)
{
    QJsonArray list;
    for (const Endpoint &endpoint : endpoints)
        list.append(toJson(endpoint));
    return QJsonDocument({{u"version"_s, formatVersion}, {u"endpoints"_s, list}}).toJson();
}

Expected<QList<Endpoint>> endpointsFromJson(const QByteArray &json)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError)
        return tl::make_unexpected(
            jsonSyntaxError(json, error, u"{\"version\": 1, \"endpoints\": []}"_s));
    JsonObjectReader reader(QString(), document.isObject() ? QJsonValue(document.object())
                                                           : QJsonValue(document.array()));
    int version = 0;
    reader.integer(u"version"_s, version);
    const QJsonArray list = reader.list(u"endpoints"_s).toArray();
    if (reader.isOk() && version != formatVersion)
        reader.refuse(u"version"_s, version == 0 ? u"none"_s : QString::number(version),
                      QString::number(formatVersion));
    reader.refuseOthers();
    if (!reader.isOk())
        return tl::make_unexpected(reader.result().error());
    QList<Endpoint> endpoints;
    for (qsizetype i = 0; i < list.size(); ++i) {
        const auto endpoint = readEndpoint(u"endpoints[%1]"_s.arg(i), list[i]);
        if (!endpoint)
            return tl::make_unexpected(endpoint.error());
        endpoints.append(*endpoint);
    }
    if (const auto unique = checkUnique(endpoints); !unique)
        return tl::make_unexpected(unique.error());
    return endpoints;
}

} // namespace trace
