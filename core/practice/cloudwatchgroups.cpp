// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/practice/cloudwatchgroups.h"

#include "core/record/jsonwriter.h"
#include "core/service/cloudwatch/awsanswer.h"
#include "core/service/cloudwatch/cloudwatchencoder.h"
#include "core/service/cloudwatch/logsrequest.h"

#include <algorithm>
#include <span>

namespace trace {

using namespace Qt::StringLiterals;
using cloudwatch::PutRequest;

namespace {

constexpr qint64 hourMs = 60 * 60 * 1000;
constexpr qint64 dayMs = 24 * hourMs;
constexpr qint64 maxAgeDays = 14;
constexpr std::size_t maxNames = 100'000;
constexpr qsizetype maxListed = 50; // A page of AWS's answer; there is no second one here.

ServiceAnswer missing(const QString &what)
{
    return cloudwatch::errorAnswer(
        400, u"ResourceNotFoundException: The specified log %1 does not exist."_s.arg(what));
}

ServiceAnswer exists(const QString &what)
{
    return cloudwatch::errorAnswer(
        400, u"ResourceAlreadyExistsException: The specified log %1 already exists"_s.arg(what));
}

ServiceAnswer full()
{
    return cloudwatch::errorAnswer(400, u"LimitExceededException: Resource limit exceeded."_s);
}

//! Which of a put's events are stored: the others stand before and behind them.
struct StoredRange
{
    std::size_t first = 0;
    std::size_t last = 0; //!< Exclusive.
    QJsonObject rejected;
};

StoredRange storedRange(const std::vector<PutRequest::Event> &events, int retentionDays, qint64 now)
{
    const auto before = [&](qint64 time) {
        const auto at =
            std::partition_point(events.begin(), events.end(),
                                 [&](const PutRequest::Event &event) { return event.ms < time; });
        return static_cast<std::size_t>(at - events.begin());
    };
    const std::size_t tooOld = before(now - maxAgeDays * dayMs);
    const std::size_t expired = retentionDays > 0 ? before(now - retentionDays * dayMs) : 0;
    const std::size_t tooNew = before(now + 2 * hourMs + 1);
    StoredRange range{std::max(tooOld, expired), tooNew, {}};
    const auto tell = [&](const QString &key, std::size_t place) {
        range.rejected.insert(key, static_cast<qint64>(place));
    };
    if (tooOld > 0)
        tell(u"tooOldLogEventEndIndex"_s, tooOld);
    if (expired > tooOld)
        tell(u"expiredLogEventEndIndex"_s, expired);
    if (tooNew < events.size())
        tell(u"tooNewLogEventStartIndex"_s, tooNew);
    return range;
}

QByteArray bodyWith(const PutRequest &put, std::span<const PutRequest::Event> events)
{
    std::string body = R"({"logGroupName":)";
    appendJsonString(body, put.group());
    body += R"(,"logStreamName":)";
    appendJsonString(body, put.stream());
    body += R"(,"logEvents":)";
    char separator = '[';
    for (const PutRequest::Event &event : events) {
        body += separator;
        body += R"({"timestamp":)" + std::to_string(event.ms) + R"(,"message":)";
        appendJsonString(body, event.message);
        body += '}';
        separator = ',';
    }
    return QByteArray::fromStdString(body + "]}");
}

} // namespace

std::optional<CloudWatchGroups::Verdict> CloudWatchGroups::take(HttpRequest &request, qint64 now)
{
    const QByteArray operation = cloudwatch::operationOf(request);
    const HttpHeaders id = cloudwatch::requestIdHeader(request);
    std::optional<Verdict> verdict;
    if (operation == "PutLogEvents") {
        verdict = put(request, now);
    } else if (const auto parameters = cloudwatch::readParameters(request);
               parameters && (operation.startsWith("Create") || operation.startsWith("Describe") ||
                              operation == "PutRetentionPolicy")) {
        verdict = {control(operation, *parameters), false};
    }
    if (verdict)
        verdict->answer.headers = id;
    return verdict;
}

ServiceAnswer CloudWatchGroups::control(const QByteArray &operation, const QJsonObject &parameters)
{
    const auto text = [&](const QString &key) { return parameters.value(key).toString(); };
    const QString name = text(u"logGroupName"_s);
    if (operation == "CreateLogGroup")
        return createGroup(name.toStdString());
    if (operation == "DescribeLogGroups")
        return groupsBeginningWith(text(u"logGroupNamePrefix"_s).toStdString());
    const auto group = m_groups.find(name.toStdString());
    if (group == m_groups.end())
        return missing(u"group"_s);
    if (operation == "CreateLogStream")
        return createStream(group->second, text(u"logStreamName"_s).toStdString());
    if (operation == "DescribeLogStreams")
        return streamsBeginningWith(name, group->second,
                                    text(u"logStreamNamePrefix"_s).toStdString());
    group->second.retentionDays = parameters.value(u"retentionInDays"_s).toInt();
    return cloudwatch::plainAnswer();
}

ServiceAnswer CloudWatchGroups::createGroup(const std::string &name)
{
    if (m_groups.contains(name))
        return exists(u"group"_s);
    if (m_names >= maxNames)
        return full();
    m_groups.try_emplace(name);
    ++m_names;
    return cloudwatch::plainAnswer();
}

ServiceAnswer CloudWatchGroups::createStream(Group &group, const std::string &name)
{
    if (group.streams.contains(name))
        return exists(u"stream"_s);
    if (m_names >= maxNames)
        return full();
    group.streams.insert(name);
    ++m_names;
    return cloudwatch::plainAnswer();
}

ServiceAnswer CloudWatchGroups::groupsBeginningWith(const std::string &prefix) const
{
    QJsonArray found;
    for (auto it = m_groups.lower_bound(prefix);
         it != m_groups.end() && it->first.starts_with(prefix) && found.size() < maxListed; ++it)
        found.append(
            cloudwatch::groupEntry(QString::fromStdString(it->first), it->second.retentionDays));
    return cloudwatch::plainAnswer({{u"logGroups"_s, found}});
}

ServiceAnswer CloudWatchGroups::streamsBeginningWith(const QString &name, const Group &group,
                                                     const std::string &prefix)
{
    QJsonArray found;
    for (auto it = group.streams.lower_bound(prefix);
         it != group.streams.end() && it->starts_with(prefix) && found.size() < maxListed; ++it)
        found.append(cloudwatch::streamEntry(name, QString::fromStdString(*it)));
    return cloudwatch::plainAnswer({{u"logStreams"_s, found}});
}

std::optional<CloudWatchGroups::Verdict> CloudWatchGroups::put(HttpRequest &request, qint64 now)
{
    const auto put = PutRequest::read(request);
    if (!put)
        return {};
    const auto group = m_groups.find(std::string(put->group()));
    if (group == m_groups.end())
        return Verdict{missing(u"group"_s), false};
    if (!group->second.streams.contains(std::string(put->stream())))
        return Verdict{missing(u"stream"_s), false};
    const auto &events = put->events();
    const StoredRange range = storedRange(events, group->second.retentionDays, now);
    const bool stores = range.first < range.last;
    if (stores && events[range.last - 1].ms - events[range.first].ms > cloudwatch::maxSpanMs)
        return Verdict{
            cloudwatch::errorAnswer(400, u"InvalidParameterException: The batch of log events in a "
                                         "single PutLogEvents request cannot span more than 24 "
                                         "hours."_s),
            false};
    if (stores && range.last - range.first < events.size()) {
        request.body =
            bodyWith(*put, std::span(events).subspan(range.first, range.last - range.first));
        request.headers.removeIf([](const auto &header) {
            return header.first.compare("Content-Encoding", Qt::CaseInsensitive) == 0;
        });
    }
    return Verdict{cloudwatch::putAnswer(range.rejected), stores};
}

} // namespace trace
