// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

namespace trace {

using namespace Qt::StringLiterals;
using Kind = Outcome::Kind;

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t hour = 3600 * second;
inline constexpr std::int64_t start = 1'700'000'000 * second;

inline Expected<std::shared_ptr<const Service>>
tryMake(const QJsonObject &own = {}, const QString &url = u"http://127.0.0.1:4566"_s,
        const HttpHeaders &headers = {})
{
    ServiceOptions options;
    options.url = QUrl(url);
    options.own = own;
    options.headers = headers;
    return makeService(u"cloudwatch"_s, options);
}

inline std::shared_ptr<const Service> make(const QJsonObject &own = {},
                                           const QString &url = u"http://127.0.0.1:4566"_s)
{
    return tryMake(own, url).value_or(nullptr);
}

inline Record recordAt(std::int64_t time, const std::string &message = "m",
                       const std::string &run = "r1")
{
    Record record;
    record.timestamp = time;
    record.message = message;
    record.context.runId = run;
    record.context.workflowName = "import";
    return record;
}

inline Plan planOf(const std::vector<Record> &records, const QJsonObject &own = {})
{
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    return make(own)->plan(views);
}

inline QJsonObject bodyOf(const HttpRequest &request)
{
    return QJsonDocument::fromJson(request.body).object();
}

inline QJsonArray eventsOf(const Share &share)
{
    return bodyOf(share.request).value(u"logEvents"_s).toArray();
}

inline QJsonObject messageOf(const QJsonValue &event)
{
    return QJsonDocument::fromJson(event.toObject().value(u"message"_s).toString().toUtf8())
        .object();
}

//! What AWS counts.
inline qint64 countedBytes(const Share &share)
{
    qint64 bytes = 0;
    for (const QJsonValue &event : eventsOf(share))
        bytes += event.toObject().value(u"message"_s).toString().toUtf8().size() + 26;
    return bytes;
}

inline QString streamOf(const Share &share)
{
    return bodyOf(share.request).value(u"logStreamName"_s).toString();
}

inline HttpReply answer(int status, const QByteArray &body = {}, const HttpHeaders &headers = {})
{
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    reply.headers = headers;
    return reply;
}

inline HttpReply awsError(const QByteArray &type, const QByteArray &message = "words"_ba)
{
    return answer(400, "{\"__type\":\"" + type + "\",\"message\":\"" + message + "\"}");
}

inline Share shareOf(std::size_t count)
{
    std::vector<Record> records;
    for (std::size_t i = 0; i < count; ++i)
        records.push_back(recordAt(start + static_cast<std::int64_t>(i) * second));
    return planOf(records).shares.at(0);
}

inline HttpReply rejecting(const QByteArray &info)
{
    return answer(200, "{\"rejectedLogEventsInfo\":" + info + '}');
}

} // namespace trace
