// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/grafanaservice.h"

#include "core/filter/filtervalues.h"
#include "core/service/compression.h"
#include "core/service/grafana/lokianswer.h"
#include "core/service/grafana/lokidecoder.h"
#include "core/service/grafana/lokiplacement.h"
#include "core/service/grafana/lokireadable.h"
#include "core/service/options.h"
#include "core/service/roughsize.h"

#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr auto pushPath = "/loki/api/v1/push"_L1;

// Loki takes 15 labels besides service_name; three of them are ours.
constexpr qsizetype maxFixedLabels = 12;

Expected<loki::Labels> fixedLabels(const QJsonValue &option)
{
    loki::Labels labels;
    if (option.isUndefined() || option.isNull())
        return labels;
    if (!option.isObject())
        return fail(u"labels: not an object"_s, u"write {\"name\": \"value\", …}"_s);
    const QJsonObject object = option.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        const std::string name = it.key().toStdString();
        if (!loki::isLabelName(name))
            return fail(u"labels: \"%1\" is no label name"_s.arg(it.key()),
                        u"use letters, digits and _, and do not begin with __"_s);
        if (name == "level" || name == "workflow_name" || name == loki::backfillLabel)
            return fail(u"labels: \"%1\" is taken from each record"_s.arg(it.key()),
                        u"choose another name"_s);
        if (!it.value().isString() || it.value().toString().isEmpty())
            return fail(u"labels: the value of \"%1\" is not a text"_s.arg(it.key()));
        labels.emplace_back(name, it.value().toString().toStdString());
    }
    if (object.size() > maxFixedLabels)
        return fail(u"labels: %1 labels"_s.arg(object.size()),
                    u"keep to %1 or fewer: each set of labels is a stream of its own"_s.arg(
                        maxFixedLabels));
    return labels;
}

//! What Loki takes as a tenant (dskit's rule).
Expected<QByteArray> checkedTenant(const QString &option)
{
    const QByteArray tenant = option.toUtf8();
    const auto isAllowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               QByteArrayView("!-_.*'()").contains(c);
    };
    if (tenant.size() > 150 || tenant == "." || tenant == ".." ||
        !std::all_of(tenant.begin(), tenant.end(), isAllowed))
        return fail(u"tenant: \"%1\" is no tenant of Loki"_s.arg(option.left(160)),
                    u"use at most 150 letters, digits and !-_.*'()"_s);
    return tenant;
}

Expected<std::chrono::milliseconds> checkedAge(const QString &option)
{
    using Milliseconds = std::chrono::milliseconds;
    constexpr double nsPerMs = 1e6;
    constexpr double most = 1e5 * 86'400'000; // ms; some hundred years
    if (option == "off"_L1)
        return Milliseconds(0);
    const auto duration = durationFromText(option);
    if (!duration || *duration < nsPerMs || *duration / nsPerMs > most)
        return fail(u"max_age: \"%1\" is no duration"_s.arg(option),
                    u"write 7d or 168h, as reject_old_samples_max_age of Loki's tenant, or off"_s);
    return Milliseconds(qint64(*duration / nsPerMs));
}

} // namespace

Expected<std::shared_ptr<const Service>> GrafanaService::make(const ServiceOptions &options)
{
    const QStringList compressions{u"snappy"_s, u"gzip"_s, u"none"_s};
    const auto names =
        checkOptionNames(u"grafana"_s, options.own,
                         {u"tenant"_s, u"labels"_s, u"structured_metadata"_s, u"max_age"_s});
    const auto compression = compressionOption(options, compressions);
    const auto metadata =
        choiceOption(options.own, u"structured_metadata"_s, {u"auto"_s, u"on"_s, u"off"_s});
    const auto tenant = textOption(options.own, u"tenant"_s).and_then(checkedTenant);
    const auto labels = fixedLabels(options.own.value(u"labels"_s));
    const auto maxAge = textOption(options.own, u"max_age"_s, u"7d"_s).and_then(checkedAge);
    if (!names)
        return tl::make_unexpected(names.error());
    if (!compression)
        return tl::make_unexpected(compression.error());
    if (!metadata)
        return tl::make_unexpected(metadata.error());
    if (!tenant)
        return tl::make_unexpected(tenant.error());
    if (!labels)
        return tl::make_unexpected(labels.error());
    if (!maxAge)
        return tl::make_unexpected(maxAge.error());

    const std::shared_ptr<GrafanaService> service(new GrafanaService);
    service->m_options = options;
    service->m_format = static_cast<Format>(compressions.indexOf(*compression));
    service->m_tenant = *tenant;
    service->m_encoder.fixed = *labels;
    service->m_encoder.structuredMetadata = *metadata != "off"_L1;
    service->m_asksForVersion = *metadata == "auto"_L1;
    service->m_maxAge = *maxAge;
    return service;
}

QString GrafanaService::name() const
{
    return u"grafana"_s;
}

Limits GrafanaService::limits() const
{
    Limits limits;
    limits.targetBytes = 4'000'000;
    limits.targetRecords = 8000;
    limits.maxBytes = 100 * 1024 * 1024;
    limits.maxAge = m_maxAge;
    return limits;
}

std::optional<HttpRequest> GrafanaService::inquiry() const
{
    if (!m_asksForVersion)
        return {};
    HttpRequest request = requestFor(m_options, pushPath);
    request.method = "GET"_ba;
    // Loki may stand under a prefix; a push path of another kind says nothing about it.
    const QString path = request.url.path();
    const QString prefix = path.endsWith(pushPath) ? path.chopped(pushPath.size()) : QString();
    request.url.setPath(prefix + u"/loki/api/v1/status/buildinfo"_s);
    addTenant(request);
    return request;
}

std::shared_ptr<const Service> GrafanaService::informed(const HttpReply &reply) const
{
    if (!m_asksForVersion || reply.fault != TransportFault::None)
        return {};
    if (loki::refusesMetadata(reply))
        return m_encoder.structuredMetadata ? with(false, m_encoder.escapesInMetadata) : nullptr;
    if (reply.status != 200)
        return {};
    const QString version =
        QJsonDocument::fromJson(reply.body).object().value(u"version"_s).toString();
    // Others are builds of a branch or of Grafana's cloud, which are newer than these.
    static const QRegularExpression release(u"^v?(\\d{1,4})\\.(\\d{1,4})"_s);
    const QRegularExpressionMatch match = release.match(version);
    if (!match.hasMatch())
        return {};
    const auto number = std::pair(match.captured(1).toInt(), match.captured(2).toInt());
    const bool takesMetadata = number >= std::pair(2, 9);
    // In JSON, these stored \" and \n of structured metadata with their backslashes.
    const bool undoesEscapes = m_format == Format::Protobuf || number >= std::pair(3, 5);
    if (takesMetadata == m_encoder.structuredMetadata &&
        undoesEscapes == m_encoder.escapesInMetadata)
        return {};
    return with(takesMetadata, undoesEscapes);
}

std::shared_ptr<GrafanaService> GrafanaService::copy() const
{
    const std::shared_ptr<GrafanaService> service(new GrafanaService);
    service->m_options = m_options;
    service->m_format = m_format;
    service->m_tenant = m_tenant;
    service->m_asksForVersion = m_asksForVersion;
    service->m_maxAge = m_maxAge;
    service->m_encoder = m_encoder;
    return service;
}

std::shared_ptr<const Service> GrafanaService::with(bool structuredMetadata,
                                                    bool escapesInMetadata) const
{
    const auto service = copy();
    service->m_encoder.structuredMetadata = structuredMetadata;
    service->m_encoder.escapesInMetadata = escapesInMetadata;
    return service;
}

std::shared_ptr<const Service> GrafanaService::forReplay(const QString &told) const
{
    const bool hasRoom = qsizetype(m_encoder.fixed.size()) < maxFixedLabels;
    if (!hasRoom || !told.contains(u"too far behind"_s, Qt::CaseInsensitive))
        return {};
    const auto service = copy();
    service->m_encoder.isBackfill = true;
    return service;
}

Plan GrafanaService::plan(std::span<const RecordView> records) const
{
    const Limits aim = limits();
    Plan plan;
    std::vector<std::size_t> indices;
    std::size_t bytes = 0;
    const auto finish = [&] {
        if (!indices.empty())
            plan.shares.push_back(encode(records, std::move(indices)));
        indices.clear();
        bytes = 0;
    };
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (auto reason =
                loki::unfitReason(records[i], m_encoder.structuredMetadata, m_encoder.fixed)) {
            plan.unfit.push_back({i, std::move(*reason)});
            continue;
        }
        const std::size_t size = roughSize(records[i]);
        if (bytes + size > aim.targetBytes || indices.size() >= aim.targetRecords)
            finish();
        indices.push_back(i);
        bytes += size;
    }
    finish();
    return plan;
}

void GrafanaService::addTenant(HttpRequest &request) const
{
    if (!m_tenant.isEmpty())
        setHeader(request.headers, "X-Scope-OrgID"_ba, m_tenant);
}

Share GrafanaService::encode(std::span<const RecordView> all,
                             std::vector<std::size_t> &&indices) const
{
    std::span<const RecordView> records =
        all.subspan(indices.front(), indices.back() - indices.front() + 1);
    std::vector<RecordView> fit;
    if (records.size() != indices.size()) {
        for (const std::size_t index : indices)
            fit.push_back(all[index]);
        records = fit;
    }
    Share share;
    share.request = requestFor(m_options, pushPath);
    HttpHeaders &headers = share.request.headers;
    addTenant(share.request);
    if (m_format == Format::Protobuf) {
        setHeader(headers, "Content-Type"_ba, "application/x-protobuf"_ba);
        setHeader(headers, "Content-Encoding"_ba, "snappy"_ba);
        share.request.body = m_encoder.protobuf(records, share.order);
    } else {
        setHeader(headers, "Content-Type"_ba, "application/json"_ba);
        const std::string json = m_encoder.json(records, share.order);
        if (m_format == Format::GzipJson) {
            setHeader(headers, "Content-Encoding"_ba, "gzip"_ba);
            share.request.body = gzip(json);
        } else {
            share.request.body = QByteArray(json.data(), static_cast<qsizetype>(json.size()));
        }
    }
    share.indices = std::move(indices);
    return share;
}

void GrafanaService::sign(HttpRequest &request, const QDateTime &,
                          const Credentials &credentials) const
{
    if (credentials.key.isEmpty())
        return;
    setHeader(request.headers, "Authorization"_ba,
              credentials.key.contains(':') ? basicAuthorization(credentials)
                                            : bearerAuthorization(credentials));
}

Outcome GrafanaService::interpret(const Share &share, const HttpReply &reply) const
{
    return loki::outcomeOf(reply, share);
}

QString GrafanaService::readable(const HttpRequest &request) const
{
    if (mediaType(request.headers) == "application/json")
        return Service::readable(request);
    const Decompressed push = snappyUncompress(request.body);
    return push ? QString::fromStdString(loki::jsonOfPush(*push)) : push.error().text;
}

tl::expected<void, DecodeError> GrafanaService::decode(const HttpRequest &request,
                                                       const RecordSink &sink) const
{
    return loki::decodePush(request, sink);
}

ServiceAnswer GrafanaService::accepted(const HttpRequest &) const
{
    return {204, {}, {}};
}

ServiceAnswer GrafanaService::refused(int status, const QString &text) const
{
    return {status, "text/plain; charset=utf-8"_ba, text.toUtf8() + '\n'};
}

} // namespace trace
