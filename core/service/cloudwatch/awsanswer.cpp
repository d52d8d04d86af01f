// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/cloudwatch/awsanswer.h"

#include "core/service/cloudwatch/logsrequest.h"

#include <QJsonDocument>
#include <QRegularExpression>
#include <QUuid>

namespace trace::cloudwatch {

using namespace Qt::StringLiterals;

namespace {

// Deprecated, and the same for every stream: AWS takes any.
constexpr auto sequenceToken = "49545295115971876468408574808414755329919666212443258898"_L1;
constexpr auto arnPrefix = "arn:aws:logs:us-east-1:000000000000:log-group:"_L1;

struct TypedStatus
{
    int status;
    QLatin1StringView type;
    int sent; //!< The status that AWS sends with it.
};

constexpr std::array typesOfStatus{
    TypedStatus{401, "UnrecognizedClientException"_L1, 400},
    TypedStatus{403, "AccessDeniedException"_L1, 400},
    TypedStatus{404, "ResourceNotFoundException"_L1, 400},
    TypedStatus{408, "RequestTimeoutException"_L1, 408},
    TypedStatus{413, "RequestEntityTooLarge"_L1, 413},
    TypedStatus{429, "ThrottlingException"_L1, 400},
    TypedStatus{503, "ServiceUnavailableException"_L1, 503},
};

TypedStatus typeOf(int status)
{
    for (const TypedStatus &known : typesOfStatus) {
        if (known.status == status)
            return known;
    }
    if (status >= 500)
        return {status, "InternalFailure"_L1, status};
    return {status, "InvalidParameterException"_L1, status};
}

QByteArray jsonOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QString prefixOf(const QJsonObject &parameters, const QString &key)
{
    return parameters.value(key).toString();
}

} // namespace

ServiceAnswer errorAnswer(int status, const QString &text)
{
    static const QRegularExpression typed(u"^([A-Z][A-Za-z]{3,60}): "_s);
    const auto match = typed.match(text);
    const TypedStatus known = typeOf(status);
    const QJsonObject body{
        {u"__type"_s, match.hasMatch() ? match.captured(1) : QString(known.type)},
        {u"message"_s, match.hasMatch() ? text.mid(match.capturedLength()) : text}};
    return {
        match.hasMatch() ? status : known.sent, "application/x-amz-json-1.1"_ba, jsonOf(body), {}};
}

ServiceAnswer plainAnswer(const QJsonObject &body)
{
    return {200, "application/x-amz-json-1.1"_ba, body.isEmpty() ? QByteArray() : jsonOf(body), {}};
}

ServiceAnswer putAnswer(const QJsonObject &rejected)
{
    QJsonObject body{{u"nextSequenceToken"_s, sequenceToken}};
    if (!rejected.isEmpty())
        body.insert(u"rejectedLogEventsInfo"_s, rejected);
    return plainAnswer(body);
}

QJsonObject groupEntry(const QString &group, int retentionDays)
{
    QJsonObject entry{{u"logGroupName"_s, group},
                      {u"arn"_s, arnPrefix + group + u":*"_s},
                      {u"creationTime"_s, 0},
                      {u"metricFilterCount"_s, 0},
                      {u"storedBytes"_s, 0}};
    if (retentionDays > 0)
        entry.insert(u"retentionInDays"_s, retentionDays);
    return entry;
}

QJsonObject streamEntry(const QString &group, const QString &stream)
{
    return {{u"logStreamName"_s, stream},
            {u"arn"_s, arnPrefix + group + u":log-stream:"_s + stream},
            {u"creationTime"_s, 0},
            {u"storedBytes"_s, 0},
            {u"uploadSequenceToken"_s, sequenceToken}};
}

ServiceAnswer answerWithoutMemory(const HttpRequest &request)
{
    const QByteArray operation = operationOf(request);
    if (operation == "PutLogEvents")
        return putAnswer();
    const QJsonObject parameters = readParameters(request).value_or(QJsonObject());
    if (operation == "DescribeLogGroups") {
        QString group = prefixOf(parameters, u"logGroupNamePrefix"_s);
        if (group.isEmpty())
            group = prefixOf(parameters, u"logGroupNamePattern"_s);
        return plainAnswer(
            {{u"logGroups"_s, group.isEmpty() ? QJsonArray() : QJsonArray{groupEntry(group)}}});
    }
    if (operation == "DescribeLogStreams") {
        const QString group = prefixOf(parameters, u"logGroupName"_s);
        const QString stream = prefixOf(parameters, u"logStreamNamePrefix"_s);
        return plainAnswer(
            {{u"logStreams"_s,
              stream.isEmpty() ? QJsonArray() : QJsonArray{streamEntry(group, stream)}}});
    }
    return plainAnswer();
}

HttpHeaders requestIdHeader(const HttpRequest &request)
{
    // The signature is of this very request; a client that signs nothing is told apart by its body.
    const QByteArray own = headerValue(request.headers, "Authorization") +
                           headerValue(request.headers, "X-Amz-Date") + request.body.right(4096);
    const QUuid id = QUuid::createUuidV5(QUuid(), own);
    return {{"x-amzn-RequestId"_ba, id.toByteArray(QUuid::WithoutBraces)}};
}

} // namespace trace::cloudwatch
