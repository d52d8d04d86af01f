// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/cloudwatch/cloudwatchservice.h"

#include "core/service/cloudwatch/awsanswer.h"
#include "core/service/cloudwatch/cloudwatchdecoder.h"
#include "core/service/cloudwatch/cloudwatchoutcome.h"
#include "core/service/cloudwatch/logsrequest.h"
#include "core/service/cloudwatch/sigv4.h"
#include "core/service/options.h"

#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <numeric>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array retentions{1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
constexpr int smallestEventLimit = 1'000;
constexpr int largestEventLimit = 1'048'550;

//! A whole number, or 0 when the option is absent or null.
Expected<int> numberOption(const QJsonObject &own, const QString &name)
{
    const QJsonValue value = own.value(name);
    if (value.isUndefined() || value.isNull())
        return 0;
    const int number = value.toInt(-1);
    if (number < 0)
        return fail(name + u": not a whole number"_s);
    return number;
}

Expected<int> checkedRetention(int days)
{
    if (days == 0 || std::find(retentions.begin(), retentions.end(), days) != retentions.end())
        return days;
    QStringList allowed;
    for (const int known : retentions)
        allowed.append(QString::number(known));
    return fail(u"retention_days: AWS does not take %1 days"_s.arg(days),
                u"use one of "_s + allowed.join(u", "_s));
}

Expected<int> checkedEventBytes(int bytes)
{
    if (bytes == 0 || (bytes >= smallestEventLimit && bytes <= largestEventLimit))
        return bytes;
    return fail(u"max_event_bytes: %1 is out of range"_s.arg(bytes),
                u"use %1 to %2 (262118 for older emulators)"_s.arg(smallestEventLimit)
                    .arg(largestEventLimit));
}

Expected<QString> checkedRegion(const QString &region)
{
    static const QRegularExpression allowed(u"^[a-z0-9-]{0,40}$"_s);
    if (allowed.match(region).hasMatch())
        return region;
    return fail(Problem{ProblemKind::RegionUnfit, {region}});
}

//! Headers that the signature depends on are the service's own.
Expected<void> checkOwnHeaders(const HttpHeaders &headers)
{
    for (const auto &header : headers) {
        const QByteArray name = header.first.toLower();
        if (name == "content-type" || name == "x-amz-target" || name == "x-amz-date" ||
            name == "x-amz-security-token")
            return fail(
                u"headers: \"%1\" cannot be set"_s.arg(QString::fromUtf8(header.first)),
                u"it is set for each request; a session token belongs into api_key, behind the "
                "secret"_s);
    }
    return {};
}

//! QNetworkAccessManager sends a port that the URL names, and AWS signs none that goes without
//! saying.
QUrl withoutDefaultPort(QUrl url)
{
    if (url.port() == (url.scheme() == "https"_L1 ? 443 : 80))
        url.setPort(-1);
    return url;
}

QByteArray jsonOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

//! The names with which a body that the encoder wrote begins.
QJsonObject namesIn(const QByteArray &body)
{
    const qsizetype end = body.indexOf(",\"logEvents\":[");
    return QJsonDocument::fromJson(body.first(std::max<qsizetype>(end, 0)) + '}').object();
}

} // namespace

QString cloudwatch::regionOfHost(const QString &host)
{
    static const QRegularExpression pattern(
        u"(?:^|\\.)logs(?:-fips)?\\.([a-z]{2}[a-z-]*-\\d+)\\.(?:vpce\\.)?"
        "(?:amazonaws\\.com|amazonaws\\.com\\.cn|api\\.aws|api\\.amazonwebservices\\.com\\.cn)\\.?$"_s);
    const QString region = pattern.match(host.toLower()).captured(1);
    if (!region.isEmpty())
        return region;
    // An endpoint of one's own may keep the form.
    static const QRegularExpression form(u"^logs(?:-fips)?\\.([a-z]{2}(?:-[a-z]+)+-\\d+)\\."_s);
    return form.match(host.toLower()).captured(1);
}

Expected<std::shared_ptr<const Service>> CloudWatchService::make(const ServiceOptions &options)
{
    const QJsonObject &own = options.own;
    const std::shared_ptr<CloudWatchService> service(new CloudWatchService);
    service->m_options = options;
    service->m_options.url = withoutDefaultPort(options.url);
    const auto setRegion = [&](const QString &region) {
        service->m_region = region.toLatin1();
        if (region.isEmpty())
            service->m_region = cloudwatch::regionOfHost(options.url.host()).toLatin1();
        if (service->m_region.isEmpty())
            service->m_region = "us-east-1"_ba;
    };
    const auto setEventBytes = [&](int bytes) {
        if (bytes > 0)
            service->m_encoder.maxEventBytes = static_cast<std::size_t>(bytes);
    };
    const auto named = [&](const QString &option, QStringView fallback, cloudwatch::NameKind kind) {
        return textOption(own, option)
            .and_then([&](const QString &text) {
                return cloudwatch::NameTemplate::parse(
                    option, text.isEmpty() ? fallback.toString() : text, kind);
            })
            .map([&](const cloudwatch::NameTemplate &made) {
                (kind == cloudwatch::NameKind::Group ? service->m_encoder.group
                                                     : service->m_encoder.stream) = made;
            });
    };
    const Expected<void> done =
        checkOptionNames(u"cloudwatch"_s, own,
                         {u"region"_s, u"log_group"_s, u"log_stream"_s, u"retention_days"_s,
                          u"max_event_bytes"_s, u"profile"_s})
            .and_then([&] { return checkOwnHeaders(options.headers); })
            .and_then([&] { return compressionOption(options, {u"none"_s}); })
            .and_then([&](const QString &) { return textOption(own, u"profile"_s); })
            .and_then([&](const QString &) { return textOption(own, u"region"_s); })
            .and_then(checkedRegion)
            .map(setRegion)
            .and_then([&] { return numberOption(own, u"retention_days"_s); })
            .and_then(checkedRetention)
            .map([&](int days) { service->m_retentionDays = days; })
            .and_then([&] { return numberOption(own, u"max_event_bytes"_s); })
            .and_then(checkedEventBytes)
            .map(setEventBytes)
            .and_then([&] {
                return named(u"log_group"_s, cloudwatch::defaultGroup, cloudwatch::NameKind::Group);
            })
            .and_then([&] {
                return named(u"log_stream"_s, cloudwatch::defaultStream,
                             cloudwatch::NameKind::Stream);
            });
    if (!done)
        return tl::make_unexpected(done.error());
    return service;
}

QString CloudWatchService::name() const
{
    return u"cloudwatch"_s;
}

Limits CloudWatchService::limits() const
{
    Limits limits;
    limits.targetBytes = 4'000'000; // A few requests of 1 MiB, so that their rests weigh little.
    limits.targetRecords = 20'000;
    limits.maxAge = std::chrono::hours(14 * 24);
    limits.maxAhead = std::chrono::hours(2);
    return limits;
}

Plan CloudWatchService::plan(std::span<const RecordView> records) const
{
    cloudwatch::Encoder::Result result = m_encoder.encode(records);
    Plan plan;
    plan.shares.reserve(result.puts.size());
    for (cloudwatch::Encoder::Put &put : result.puts)
        plan.shares.push_back(shareOf(put));
    for (const std::uint32_t place : result.tooLarge)
        plan.unfit.push_back({place, u"the record's JSON is larger than an event may be: more than "
                                     "%1 bytes"_s.arg(m_encoder.maxEventBytes)});
    for (const std::uint32_t place : result.tooEarly)
        plan.unfit.push_back({place, u"the record's time is before 1970, which CloudWatch does not "
                                     "take"_s});
    std::sort(plan.unfit.begin(), plan.unfit.end(),
              [](const Unfit &left, const Unfit &right) { return left.index < right.index; });
    return plan;
}

Share CloudWatchService::shareOf(cloudwatch::Encoder::Put &put) const
{
    Share share;
    share.request = requestTo("PutLogEvents"_ba, QByteArray::fromStdString(put.body));
    put.body = {};
    // Here, because the thread that signs has all requests to send.
    share.request.bodyHash = sigv4::hashOf(share.request.body);
    share.indices.assign(put.events.begin(), put.events.end());
    if (std::is_sorted(put.events.begin(), put.events.end()))
        return share;
    std::sort(share.indices.begin(), share.indices.end());
    share.order.reserve(put.events.size());
    for (const std::uint32_t event : put.events) {
        const auto place = std::lower_bound(share.indices.begin(), share.indices.end(), event);
        share.order.push_back(static_cast<std::size_t>(place - share.indices.begin()));
    }
    return share;
}

HttpRequest CloudWatchService::requestTo(const QByteArray &operation, const QByteArray &body) const
{
    HttpRequest request = requestFor(m_options, u"/"_s);
    setHeader(request.headers, "Content-Type"_ba, "application/x-amz-json-1.1"_ba);
    setHeader(request.headers, "X-Amz-Target"_ba,
              cloudwatch::targetPrefix.toByteArray() + operation);
    request.body = body;
    return request;
}

void CloudWatchService::sign(HttpRequest &request, const QDateTime &now,
                             const Credentials &credentials) const
{
    if (const auto key = sigv4::keyFrom(credentials.key))
        sigv4::sign(request, *key, {m_region, "logs"_ba, now});
}

Outcome CloudWatchService::interpret(const Share &share, const HttpReply &reply) const
{
    return cloudwatch::outcomeOfPut(share, reply);
}

std::vector<HttpRequest> CloudWatchService::create(const Share &share) const
{
    return {requestTo("CreateLogStream"_ba, jsonOf(namesIn(share.request.body)))};
}

std::vector<HttpRequest> CloudWatchService::createAll(const Share &share) const
{
    const QJsonObject names = namesIn(share.request.body);
    const auto group = u"logGroupName"_s;
    QJsonObject created{{group, names.value(group)}};
    std::vector<HttpRequest> requests{requestTo("CreateLogGroup"_ba, jsonOf(created))};
    if (m_retentionDays > 0) {
        created.insert(u"retentionInDays"_s, m_retentionDays);
        requests.push_back(requestTo("PutRetentionPolicy"_ba, jsonOf(created)));
    }
    requests.push_back(requestTo("CreateLogStream"_ba, jsonOf(names)));
    return requests;
}

//! A shorter retention would delete what is in a group that others made.
bool CloudWatchService::isForNewOnly(const HttpRequest &request) const
{
    return cloudwatch::operationOf(request) == "PutRetentionPolicy";
}

Outcome CloudWatchService::interpretCreated(const HttpRequest &request,
                                            const HttpReply &reply) const
{
    return cloudwatch::outcomeOfCreation(request, reply);
}

tl::expected<void, DecodeError> CloudWatchService::decode(const HttpRequest &request,
                                                          const RecordSink &sink) const
{
    return cloudwatch::decodeLogs(request, sink);
}

ServiceAnswer CloudWatchService::accepted(const HttpRequest &request) const
{
    ServiceAnswer answer = cloudwatch::answerWithoutMemory(request);
    answer.headers = cloudwatch::requestIdHeader(request);
    return answer;
}

ServiceAnswer CloudWatchService::refused(int status, const QString &text) const
{
    return cloudwatch::errorAnswer(status, text);
}

} // namespace trace
