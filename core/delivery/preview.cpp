// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/preview.h"

#include "core/config/credentials.h"
#include "core/config/endpointsettings.h"
#include "core/delivery/batchplanner.h"
#include "core/record/timestamp.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Of the form that every service takes, CloudWatch's KEY_ID:SECRET too.
constexpr auto placeholderKey = "preview:preview";

//! What a variable holds is not to be shown, whatever the header's name.
bool isFromVariable(const Endpoint &endpoint, const QByteArray &name)
{
    const QByteArray configured = headerValue(endpoint.options.headers, name);
    return isVariableReference(QString::fromUtf8(configured));
}

//! The headers of a request that is signed with a placeholder; what the signature wrote is masked.
HttpHeaders maskedHeaders(const Service &service, const Endpoint &endpoint,
                          const HttpRequest &request)
{
    HttpRequest signedRequest = request;
    if (!endpoint.apiKey.isEmpty() || endpoint.service == "cloudwatch"_L1)
        service.sign(signedRequest, QDateTime::currentDateTimeUtc(), {.key = placeholderKey});
    HttpHeaders headers;
    for (const auto &[name, value] : std::as_const(signedRequest.headers)) {
        const bool isOfSignature = headerValue(request.headers, name) != value &&
                                   name.compare("X-Amz-Date", Qt::CaseInsensitive) != 0;
        const bool isHidden = isSecretHeader(name) || isFromVariable(endpoint, name);
        headers.append({name, isOfSignature || isHidden ? "***"_ba : value});
    }
    setHeader(headers, "User-Agent"_ba, QByteArray("TraceConsole/" TRACE_VERSION));
    setHeader(headers, "Content-Length"_ba, QByteArray::number(request.body.size()));
    return headers;
}

//! The places of what the sender would take; the others go to \a filtered.
std::vector<std::size_t> wantedPlaces(const Filter &filter, std::span<const RecordView> records,
                                      std::vector<std::size_t> &filtered)
{
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < records.size(); ++i)
        (filter.matches(records[i]) ? wanted : filtered).push_back(i);
    return wanted;
}

QStringList assumptions(const Service &service)
{
    if (!service.inquiry())
        return {};
    return {
        u"Loki is not asked for its version (structured_metadata is auto): this is what 3.5 and "
        "newer get. Where structured metadata is switched off, and before 2.9, the fields go "
        "into the line."_s};
}

} // namespace

QString Preview::compression() const
{
    const QByteArray encoding = headerValue(headers, "Content-Encoding");
    return encoding.isEmpty() ? u"none"_s : QString::fromUtf8(encoding);
}

Expected<Previews> formatForService(const Endpoint &endpoint, std::span<const RecordView> records)
{
    if (const auto valid = validate(endpoint); !valid)
        return tl::make_unexpected(valid.error());
    const auto service = resolveService(endpoint);
    if (!service)
        return tl::make_unexpected(service.error());
    const auto filter = Filter::parse(endpoint.filter);
    if (!filter)
        return fail(u"filter: "_s + filter.error().text, filter.error().action);
    Previews previews{.requests = {}, .unfit = {}, .notes = assumptions(**service)};
    const std::vector<std::size_t> wanted = wantedPlaces(*filter, records, previews.filtered);
    Batch batch;
    for (const std::size_t place : wanted)
        batch.records.push_back(records[place]);
    BatchPlanner::pack(batch, {.service = *service, .now = nowNs()});
    for (Unfit &unfit : batch.unfit)
        previews.unfit.push_back({wanted[unfit.index], std::move(unfit.reason)});
    std::sort(previews.unfit.begin(), previews.unfit.end(),
              [](const Unfit &left, const Unfit &right) { return left.index < right.index; });
    const bool isUrlHidden = isVariableReference(endpoint.options.url.toString());
    for (Share &share : batch.shares) {
        for (std::size_t &index : share.indices)
            index = wanted[index];
        previews.requests.push_back({.method = share.request.method,
                                     .url = isUrlHidden ? endpoint.options.url : share.request.url,
                                     .headers = maskedHeaders(**service, endpoint, share.request),
                                     .body = share.request.body,
                                     .text = (*service)->readable(share.request),
                                     .indices = std::move(share.indices)});
    }
    return previews;
}

} // namespace trace
