// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpservice.h"

#include "core/record/timestamp.h"
#include "core/service/compression.h"
#include "core/service/options.h"
#include "core/service/otlp/otlpencoder.h"
#include "core/service/otlp/otlpjsonencoder.h"
#include "core/service/otlp/otlpjsonreader.h"
#include "core/service/otlp/otlpprotobufreader.h"
#include "core/service/roughsize.h"

#include <numeric>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

std::string_view viewOf(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

//! About the bytes of a record in a request: the names of its attributes may take more than it.
std::size_t wireSize(const RecordView &record, otlp::Encoding encoding)
{
    const RunContext &context = contextOf(record);
    std::size_t size = roughSize(record) + (encoding == otlp::Encoding::Json ? 1000 : 300);
    for (const auto &field : contextFields)
        size += (context.*field.member).size();
    for (const std::string &tag : context.tags)
        size += tag.size();
    return size;
}

} // namespace

Expected<std::shared_ptr<const Service>> OtlpService::make(const ServiceOptions &options)
{
    const QStringList compressions{u"gzip"_s, u"zstd"_s, u"none"_s};
    const auto names = checkOptionNames(u"otlp"_s, options.own, {u"encoding"_s});
    const auto encoding = choiceOption(options.own, u"encoding"_s, {u"protobuf"_s, u"json"_s});
    const auto compression = compressionOption(options, compressions);
    if (!names)
        return tl::make_unexpected(names.error());
    for (const auto *option : {&encoding, &compression}) {
        if (!*option)
            return tl::make_unexpected(option->error());
    }
    const std::shared_ptr<OtlpService> service(new OtlpService);
    service->m_options = options;
    service->m_encoding = *encoding == "json"_L1 ? otlp::Encoding::Json : otlp::Encoding::Protobuf;
    service->m_compression = static_cast<Compression>(compressions.indexOf(*compression));
    return service;
}

QString OtlpService::name() const
{
    return u"otlp"_s;
}

Limits OtlpService::limits() const
{
    Limits limits;
    limits.targetBytes = 4'000'000;
    limits.targetRecords = 8000;
    limits.maxBytes = 20 * 1024 * 1024; // the Collector's own default
    return limits;
}

Plan OtlpService::plan(std::span<const RecordView> records) const
{
    const Limits aim = limits();
    Plan plan;
    std::size_t first = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const std::size_t size = wireSize(records[i], m_encoding);
        if (i > first && (bytes + size > aim.targetBytes || i - first >= aim.targetRecords)) {
            plan.shares.push_back(encode(records, first, i));
            first = i;
            bytes = 0;
        }
        bytes += size;
    }
    if (first < records.size())
        plan.shares.push_back(encode(records, first, records.size()));
    return plan;
}

Share OtlpService::encode(std::span<const RecordView> records, std::size_t first,
                          std::size_t last) const
{
    Share share;
    share.request = requestFor(m_options, u"/v1/logs"_s);
    setHeader(share.request.headers, "Content-Type"_ba, otlp::contentType(m_encoding));
    const auto part = records.subspan(first, last - first);
    setBody(share.request, m_encoding == otlp::Encoding::Json
                               ? QByteArray::fromStdString(otlp::encodeJson(part))
                               : otlp::encodeProtobuf(part));
    share.indices.resize(part.size());
    std::iota(share.indices.begin(), share.indices.end(), first);
    return share;
}

void OtlpService::setBody(HttpRequest &request, QByteArray &&body) const
{
    switch (m_compression) {
    case Compression::Gzip:
        setHeader(request.headers, "Content-Encoding"_ba, "gzip"_ba);
        request.body = gzip(viewOf(body));
        break;
    case Compression::Zstd:
        setHeader(request.headers, "Content-Encoding"_ba, "zstd"_ba);
        request.body = zstdCompress(viewOf(body));
        break;
    case Compression::None:
        request.body = std::move(body);
        break;
    }
}

void OtlpService::sign(HttpRequest &request, const QDateTime &,
                       const Credentials &credentials) const
{
    if (!credentials.key.isEmpty())
        setHeader(request.headers, "Authorization"_ba, bearerAuthorization(credentials));
}

Outcome OtlpService::interpret(const Share &share, const HttpReply &reply) const
{
    return otlp::outcomeOf(reply, share.indices.size());
}

QString OtlpService::readable(const HttpRequest &request) const
{
    if (otlp::encodingOf(request.headers) != otlp::Encoding::Protobuf)
        return Service::readable(request);
    std::vector<Record> records;
    const auto read =
        decode(request, [&](const RecordView &record) { records.push_back(toRecord(record)); });
    if (!read)
        return read.error().text;
    std::vector<RecordView> views;
    views.reserve(records.size());
    for (const Record &record : records)
        views.push_back(trace::viewOf(record));
    return QString::fromStdString(otlp::encodeJson(views));
}

tl::expected<void, DecodeError> OtlpService::decode(const HttpRequest &request,
                                                    const RecordSink &sink) const
{
    const auto encoding = otlp::encodingOf(request.headers);
    if (!encoding)
        return tl::make_unexpected(DecodeError{
            415,
            u"Content-Type \"%1\" not supported; use application/x-protobuf or "
            "application/json"_s.arg(QString::fromUtf8(mediaType(request.headers).left(100)))});
    const Decompressed body =
        decodeBody(request.body, headerValue(request.headers, "Content-Encoding"));
    if (!body)
        return tl::make_unexpected(body.error());
    return *encoding == otlp::Encoding::Json ? otlp::readJson(*body, nowNs(), sink)
                                             : otlp::readProtobuf(*body, nowNs(), sink);
}

ServiceAnswer OtlpService::accepted(const HttpRequest &request) const
{
    if (request.url.path().startsWith("/otlp/"_L1))
        return {204, {}, {}};
    return otlp::success(otlp::encodingOf(request.headers).value_or(m_encoding));
}

ServiceAnswer OtlpService::refused(int status, const QString &text) const
{
    return otlp::failure(m_encoding, status, text);
}

ServiceAnswer OtlpService::refusedFor(const HttpRequest &request, int status,
                                      const QString &text) const
{
    return otlp::failure(otlp::encodingOf(request.headers).value_or(m_encoding), status, text);
}

} // namespace trace
