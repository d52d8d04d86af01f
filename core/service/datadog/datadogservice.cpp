// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogservice.h"

#include "core/platform/workerthreads.h"
#include "core/service/compression.h"
#include "core/service/datadog/datadogaddress.h"
#include "core/service/datadog/datadoganswer.h"
#include "core/service/datadog/datadogdecoder.h"
#include "core/service/datadog/datadogencoder.h"
#include "core/service/options.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <deque>
#include <future>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Datadog cuts what is longer and answers 202 all the same.
constexpr std::size_t maxRecordBytes = 1'000'000;
// Below the thousand that Datadog takes.
constexpr std::size_t recordsPerRequest = 900;

//! Rounded up to a tenth of a megabyte, so that records of about one size share their text.
QString tooLarge(std::size_t bytes)
{
    const std::size_t tenths = (bytes + 99'999) / 100'000;
    return u"larger than the 1 MB that Datadog takes of a record without cutting it: %1.%2 MB as "
           "JSON"_s.arg(tenths / 10)
               .arg(tenths % 10);
}

QString titleOf(int status)
{
    switch (status) {
    case 400:
        return u"Bad Request"_s;
    case 401:
        return u"Unauthorized"_s;
    case 403:
        return u"Forbidden"_s;
    case 408:
        return u"Request Timeout"_s;
    case 413:
        return u"Payload Too Large"_s;
    case 415:
        return u"Unsupported Media Type"_s;
    case 429:
        return u"Too Many Requests"_s;
    case 503:
        return u"Service Unavailable"_s;
    default:
        return status < 500 ? u"Bad Request"_s : u"Internal Server Error"_s;
    }
}

} // namespace

Expected<std::shared_ptr<const Service>> DatadogService::make(const ServiceOptions &options)
{
    const QStringList compressions{u"gzip"_s, u"zstd"_s, u"none"_s};
    const auto names =
        checkOptionNames(u"datadog"_s, options.own, {u"site"_s, u"service"_s, u"source"_s});
    const auto address = datadog::checkAddress(options);
    const auto service = textOption(options.own, u"service"_s);
    const auto source = textOption(options.own, u"source"_s);
    const auto compression = compressionOption(options, compressions);
    if (!names)
        return tl::make_unexpected(names.error());
    if (!address)
        return tl::make_unexpected(address.error());
    for (const auto *option : {&service, &source, &compression}) {
        if (!*option)
            return tl::make_unexpected(option->error());
    }
    const std::shared_ptr<DatadogService> made(new DatadogService);
    made->m_options = options;
    made->m_compression = static_cast<Compression>(compressions.indexOf(*compression));
    made->m_service = service->trimmed().toStdString();
    made->m_source = source->trimmed().toStdString();
    return made;
}

QString DatadogService::name() const
{
    return u"datadog"_s;
}

Limits DatadogService::limits() const
{
    Limits limits;
    limits.targetBytes = 4'000'000;
    limits.targetRecords = 8 * recordsPerRequest; // So that the rests weigh little.
    limits.maxBytes = 5'000'000;
    limits.maxRecords = 1000;
    // Half an hour less than Datadog's window, which a record must still be in when it arrives.
    limits.maxAge = 17h + 30min;
    limits.maxAhead = 2h;
    return limits;
}

Plan DatadogService::plan(std::span<const RecordView> records) const
{
    const Limits aim = limits();
    constexpr std::size_t keptBytes = 1'000'000; // of a body; usual ones have half of it
    Plan plan;
    datadog::Encoder encoder(m_service, m_source);
    // Kept from one plan to the next: fresh memory costs as much as what is written into it. A
    // deque, because a body is read while others are added.
    thread_local std::deque<std::string> bodies(1);
    // Compressing takes longer than writing: half of it is done meanwhile.
    thread_local WorkerThreads helper;
    std::vector<std::future<QByteArray>> helped; // by share; not valid where it was done here
    std::vector<std::size_t> indices;
    const auto finish = [&](bool isLast) {
        std::string &body = bodies[plan.shares.size()];
        body += ']';
        plan.shares.push_back(shareOf(std::move(indices)));
        indices.clear();
        const bool isBusy =
            isLast || std::any_of(helped.begin(), helped.end(), [](const auto &help) {
                return help.valid() && help.wait_for(0s) != std::future_status::ready;
            });
        helped.emplace_back();
        if (isBusy)
            plan.shares.back().request.body = compressed(body);
        else
            helped.back() = helper.start([this, &body] { return compressed(body); });
    };
    for (std::size_t i = 0; i < records.size(); ++i) {
        std::string &body = bodies[plan.shares.size()];
        const std::size_t end = body.size();
        body += indices.empty() ? '[' : ',';
        encoder.append(body, records[i]);
        const std::size_t size = body.size() - end - 1;
        if (size > maxRecordBytes) {
            plan.unfit.push_back({i, tooLarge(size)});
            body.resize(end);
            continue;
        }
        if (!indices.empty() &&
            (body.size() + 1 > aim.targetBytes || indices.size() >= recordsPerRequest)) {
            if (bodies.size() == plan.shares.size() + 1)
                bodies.emplace_back();
            std::string &next = bodies[plan.shares.size() + 1];
            next.assign(body, end);
            next[0] = '[';
            body.resize(end);
            finish(false);
        }
        indices.push_back(i);
    }
    if (!indices.empty())
        finish(true);
    for (std::size_t i = 0; i < helped.size(); ++i) {
        if (helped[i].valid())
            plan.shares[i].request.body = helped[i].get();
    }
    bodies.resize(std::min(bodies.size(), aim.targetRecords / recordsPerRequest));
    for (std::string &body : bodies) {
        if (body.capacity() > keptBytes)
            std::string().swap(body); // an assignment would keep the memory
        body.clear();
    }
    return plan;
}

Share DatadogService::shareOf(std::vector<std::size_t> indices) const
{
    Share share;
    share.request = requestFor(m_options, datadog::intakePath);
    setHeader(share.request.headers, "Content-Type"_ba, "application/json"_ba);
    if (m_compression != Compression::None)
        setHeader(share.request.headers, "Content-Encoding"_ba,
                  m_compression == Compression::Gzip ? "gzip"_ba : "zstd"_ba);
    share.indices = std::move(indices);
    return share;
}

QByteArray DatadogService::compressed(std::string_view body) const
{
    switch (m_compression) {
    case Compression::Gzip:
        return gzip(body);
    case Compression::Zstd:
        return zstdCompress(body);
    case Compression::None:
        break;
    }
    return {body.data(), static_cast<qsizetype>(body.size())};
}

void DatadogService::sign(HttpRequest &request, const QDateTime &,
                          const Credentials &credentials) const
{
    if (!credentials.key.isEmpty())
        setHeader(request.headers, "DD-API-KEY"_ba, credentials.key);
}

Outcome DatadogService::interpret(const Share &share, const HttpReply &reply) const
{
    return datadog::outcomeOf(reply, share.request.url);
}

tl::expected<void, DecodeError> DatadogService::decode(const HttpRequest &request,
                                                       const RecordSink &sink) const
{
    return datadog::decodeIntake(request, sink);
}

ServiceAnswer DatadogService::accepted(const HttpRequest &request) const
{
    const bool isOld = request.url.path().startsWith(datadog::oldIntakePath);
    return {isOld ? 200 : 202, "application/json"_ba, "{}"_ba};
}

ServiceAnswer DatadogService::refused(int status, const QString &text) const
{
    const QJsonObject error{
        {u"status"_s, QString::number(status)}, {u"title"_s, titleOf(status)}, {u"detail"_s, text}};
    const QJsonObject body{{u"errors"_s, QJsonArray{error}}};
    return {status, "application/json"_ba, QJsonDocument(body).toJson(QJsonDocument::Compact)};
}

} // namespace trace
