// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/cloudwatch/cloudwatchoutcome.h"

#include "core/platform/error.h"
#include "core/service/cloudwatch/logsrequest.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>

namespace trace::cloudwatch {

using namespace Qt::StringLiterals;

namespace {

using Kind = Outcome::Kind;

constexpr std::chrono::milliseconds longestHint{15 * 60 * 1000};
constexpr qsizetype largestErrorBody = 64 * 1024;

//! What a type of error asks for. Each name stands for itself and with "Exception" behind it.
enum class Class
{
    Throttled,
    Passing,
    Missing,
    Exists,
    Stored,
    Invalid,
    TooLarge,
    Expired,
    Clock,
    Signature,
    Credentials,
    Rights,
    Limit,
    Address
};

struct KnownType
{
    QByteArrayView name;
    Class kind;
};

constexpr std::array knownTypes{
    KnownType{"Throttling", Class::Throttled},
    KnownType{"Throttled", Class::Throttled},
    KnownType{"RequestThrottled", Class::Throttled},
    KnownType{"RequestLimitExceeded", Class::Throttled},
    KnownType{"TooManyRequests", Class::Throttled},
    KnownType{"SlowDown", Class::Throttled},
    KnownType{"ServiceUnavailable", Class::Passing},
    KnownType{"InternalFailure", Class::Passing},
    KnownType{"InternalServerError", Class::Passing},
    KnownType{"InternalServer", Class::Passing},
    KnownType{"RequestTimeout", Class::Passing},
    KnownType{"OperationAborted", Class::Passing},
    KnownType{"InvalidSequenceToken", Class::Passing}, // none is sent, so the next try is right
    KnownType{"ResourceNotFound", Class::Missing},
    KnownType{"ResourceAlreadyExists", Class::Exists},
    KnownType{"DataAlreadyAccepted", Class::Stored},
    KnownType{"InvalidParameter", Class::Invalid},
    KnownType{"InvalidParameterValue", Class::Invalid},
    KnownType{"Serialization", Class::Invalid},
    KnownType{"Validation", Class::Invalid},
    KnownType{"ValidationError", Class::Invalid},
    KnownType{"MalformedHttpRequest", Class::Invalid},
    KnownType{"RequestEntityTooLarge", Class::TooLarge},
    KnownType{"ExpiredToken", Class::Expired},
    KnownType{"UnrecognizedClient", Class::Expired},
    KnownType{"RequestExpired", Class::Clock},
    KnownType{"RequestTimeTooSkewed", Class::Clock},
    KnownType{"RequestInTheFuture", Class::Clock},
    KnownType{"SignatureDoesNotMatch", Class::Clock},
    KnownType{"InvalidSignature", Class::Signature},
    KnownType{"AuthFailure", Class::Signature},
    KnownType{"IncompleteSignature", Class::Credentials},
    KnownType{"MissingAuthenticationToken", Class::Credentials},
    KnownType{"InvalidClientTokenId", Class::Credentials},
    KnownType{"AccessDenied", Class::Rights},
    KnownType{"OptInRequired", Class::Rights},
    KnownType{"NotAuthorized", Class::Rights},
    KnownType{"LimitExceeded", Class::Limit},
    KnownType{"UnknownOperation", Class::Address},
};

std::optional<Class> classOf(QByteArrayView type)
{
    for (const KnownType &known : knownTypes) {
        if (type == known.name ||
            (type.startsWith(known.name) && type.sliced(known.name.size()) == "Exception"))
            return known.kind;
    }
    return {};
}

QJsonObject bodyOf(const HttpReply &reply)
{
    return reply.body.size() > largestErrorBody ? QJsonObject()
                                                : QJsonDocument::fromJson(reply.body).object();
}

//! "ns#Name", "Name:url" and the like.
QByteArray bareType(QByteArray type)
{
    const qsizetype colon = type.indexOf(':');
    if (colon >= 0)
        type.truncate(colon);
    type = type.mid(type.lastIndexOf('#') + 1).trimmed();
    const bool isName = type.size() <= 100 && std::all_of(type.begin(), type.end(), [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                   (c >= '0' && c <= '9') || c == '.' || c == '_';
                        });
    return isName ? type : QByteArray();
}

std::optional<std::chrono::milliseconds> hintOf(const HttpReply &reply)
{
    bool isNumber = false;
    const qint64 ms = headerValue(reply.headers, "x-amz-retry-after").toLongLong(&isNumber);
    if (isNumber && ms > 0)
        return std::min(std::chrono::milliseconds(ms), longestHint);
    HttpReply passing = reply; // Only such an answer's hint is looked at.
    passing.status = 503;
    return outcomeOfStatus(passing).hint;
}

//! By the words, or by the clocks: AWS takes signatures that are less than 5 minutes off.
bool isAboutClock(const HttpReply &reply)
{
    constexpr qint64 tolerableMs = 4 * 60 * 1000;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const auto there = httpDate(headerValue(reply.headers, "Date"), now);
    return reply.body.contains("Signature expired") || reply.body.contains("not yet current") ||
           (there && std::abs(*there - now) >= tolerableMs);
}

Outcome authentication(Outcome outcome, Kind kind, const QStringList &remedy)
{
    outcome.kind = kind;
    outcome.heldForAuthentication = true;
    advise(outcome, remedy);
    return outcome;
}

//! \a permission is the right that the request needs.
Outcome outcomeOf(Class what, Outcome outcome, const HttpReply &reply, const QString &permission)
{
    const auto as = [&](Kind kind, const QStringList &remedy = {}) {
        outcome.kind = kind;
        advise(outcome, remedy);
        return outcome;
    };
    const QStringList key{u"aws_key"_s};
    const QStringList clock{u"aws_clock"_s};
    switch (what) {
    case Class::Throttled:
        outcome.hint = hintOf(reply);
        return as(Kind::Slower);
    case Class::Passing:
        outcome.hint = hintOf(reply);
        return as(Kind::RetryLater);
    case Class::Missing:
        return as(Kind::CreateResource);
    case Class::Exists:
    case Class::Stored:
        return as(Kind::Delivered);
    case Class::Invalid:
        return as(reply.body.contains("Upload too large") ? Kind::Split : Kind::Rejected);
    case Class::TooLarge:
        return as(Kind::Split);
    case Class::Expired:
        return authentication(outcome, Kind::RefreshCredentials, key);
    case Class::Clock:
        return authentication(outcome, Kind::RefreshCredentials, clock);
    case Class::Signature:
        return isAboutClock(reply) ? authentication(outcome, Kind::RefreshCredentials, clock)
                                   : authentication(outcome, Kind::Hold, key);
    case Class::Credentials:
        return authentication(outcome, Kind::Hold, key);
    case Class::Rights:
        return authentication(outcome, Kind::Hold, {u"aws_grant"_s, permission});
    case Class::Limit:
        return as(Kind::Hold, {u"aws_quota"_s});
    case Class::Address:
        return as(Kind::Hold, {u"aws_address"_s});
    }
    return outcome;
}

Outcome outcomeOfError(const HttpReply &reply, const QString &permission)
{
    Outcome outcome = outcomeOfStatus(reply);
    if (reply.fault != TransportFault::None)
        return outcome;
    const QByteArray type = errorTypeOf(reply);
    const auto known = classOf(type);
    if (!type.isEmpty()) {
        const QString words =
            bodyOf(reply).isEmpty() ? bodyExcerpt(reply.body) : answerWords(reply.body);
        outcome.reason = QString::fromLatin1(type);
        if (!words.isEmpty())
            outcome.reason += u": "_s + words;
    }
    if (known)
        return outcomeOf(*known, outcome, reply, permission);
    // Without a type it may be the answer of what stands before AWS.
    if (reply.status == 401 || reply.status == 403)
        outcome.kind = Kind::RefreshCredentials;
    return outcome;
}

//! Where in the events as sent AWS stopped or began to store: exclusive ends, inclusive start.
struct RejectedEvents
{
    bool isReadable = true;
    std::size_t tooOld = 0;
    std::size_t expired = 0;
    std::size_t tooNew = 0;
};

RejectedEvents rejectedOf(const QJsonObject &info, std::size_t count)
{
    RejectedEvents refused;
    const auto place = [&](const QString &key, std::size_t fallback) {
        const QJsonValue value = info.value(key);
        if (value.isUndefined() || value.isNull())
            return fallback;
        bool isIndex = value.isString() || value.isDouble();
        const qint64 index =
            value.isString() ? value.toString().toLongLong(&isIndex) : value.toInteger();
        isIndex = isIndex && (value.isString() || value.toDouble() == double(index));
        refused.isReadable = refused.isReadable && isIndex;
        return isIndex ? static_cast<std::size_t>(
                             std::clamp<qint64>(index, 0, static_cast<qint64>(count)))
                       : fallback;
    };
    refused.tooOld = place(u"tooOldLogEventEndIndex"_s, 0);
    refused.expired = place(u"expiredLogEventEndIndex"_s, 0);
    refused.tooNew = place(u"tooNewLogEventStartIndex"_s, count);
    return refused;
}

Outcome partly(const Share &share, const RejectedEvents &refused, const QString &words)
{
    const std::size_t count = share.indices.size();
    const std::size_t old = std::min(std::max(refused.tooOld, refused.expired), count);
    const std::size_t future = std::max(refused.tooNew, old);
    Outcome outcome;
    for (std::size_t sent = 0; sent < count; ++sent) {
        if (sent < old || sent >= future)
            outcome.rejected.push_back(sent < share.order.size() ? share.order[sent] : sent);
    }
    if (!refused.isReadable) { // some, whichever
        outcome.kind = Kind::PartlyDelivered;
        outcome.unknownCount = std::min(outcome.rejected.size() + 1, count);
        outcome.rejected.clear();
        outcome.reason = u"CloudWatch did not store events by their time, in words that cannot be "
                         u"read: "_s +
                         words;
        return outcome;
    }
    if (outcome.rejected.empty())
        return outcome;
    std::sort(outcome.rejected.begin(), outcome.rejected.end());
    outcome.kind = Kind::PartlyDelivered;
    outcome.problem = {ProblemKind::TimesRefused,
                       {QString::number(refused.tooOld), QString::number(refused.expired),
                        QString::number(count - future)}};
    outcome.reason = wordingOf(outcome.problem).text;
    return outcome;
}

} // namespace

QByteArray errorTypeOf(const HttpReply &reply)
{
    const QJsonObject body = bodyOf(reply);
    QByteArray type = bareType(body.value(u"__type"_s).toString().toUtf8());
    if (type.isEmpty())
        type = bareType(headerValue(reply.headers, "x-amzn-errortype"));
    if (type.isEmpty())
        type = bareType(body.value(u"code"_s).toString().toUtf8());
    return type;
}

Outcome outcomeOfPut(const Share &share, const HttpReply &reply)
{
    if (reply.fault != TransportFault::None || reply.status / 100 != 2)
        return outcomeOfError(reply, u"logs:PutLogEvents"_s);
    if (isWebPage(reply))
        return heldForWebPage(reply, {});
    if (breaksOff(reply))
        return brokenOff(reply);
    const QJsonDocument body = QJsonDocument::fromJson(reply.body);
    if (!body.isObject() && !reply.body.trimmed().isEmpty() &&
        headerValue(reply.headers, "x-amzn-RequestId").isEmpty()) {
        Outcome outcome;
        outcome.kind = Kind::RetryLater;
        outcome.reason = u"the answer is not CloudWatch's: "_s + answerText(reply);
        outcome.words = answerWords(reply.body);
        return outcome;
    }
    const QJsonObject info = body.object().value(u"rejectedLogEventsInfo"_s).toObject();
    return partly(share, rejectedOf(info, share.indices.size()), bodyExcerpt(reply.body));
}

Outcome outcomeOfCreation(const HttpRequest &request, const HttpReply &reply)
{
    const QByteArray operation = operationOf(request);
    const QString permission = u"logs:"_s + QString::fromLatin1(operation);
    if (reply.fault != TransportFault::None || reply.status / 100 == 2)
        return outcomeOfStatus(reply);
    Outcome outcome = outcomeOfError(reply, permission);
    const auto type = classOf(errorTypeOf(reply));
    if (operation == "CreateLogGroup" && type == Class::Rights) {
        outcome.kind = Kind::Delivered; // The group may be there.
        return outcome;
    }
    const auto hold = [&](const QStringList &remedy) {
        outcome.kind = Kind::Hold;
        advise(outcome, remedy);
        return outcome;
    };
    if (outcome.kind == Kind::CreateResource) {
        outcome.heldForAuthentication = true;
        advise(outcome, {u"aws_create_group"_s});
        return outcome; // a hold where that has been tried
    }
    if (type == Class::Rights && operation == "PutRetentionPolicy")
        return hold({u"aws_grant_retention"_s, permission});
    // What is refused here is no record's fault, and there is nothing to split.
    if (outcome.kind == Kind::Rejected || outcome.kind == Kind::Split)
        return hold({u"aws_options"_s});
    return outcome;
}

} // namespace trace::cloudwatch
