// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/requestdecoding.h"

#include "core/config/recordmasker.h"
#include "core/journal/freshblocks.h"
#include "core/service/compression.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// A few milliseconds, at worst.
constexpr qsizetype soonBytes = 64 * 1024;
// What a compressed byte may become: DEFLATE's and zstd's bounds.
constexpr qsizetype deflateRatio = 1032;
constexpr qsizetype zstdRatio = 32 * 1024;

//! Compressed by its encoding, or by its format as Loki's protobuf is.
bool isCompressed(const HttpRequest &request)
{
    return !headerValue(request.headers, "Content-Encoding").isEmpty() ||
           mediaType(request.headers) == "application/x-protobuf";
}

} // namespace

DecodedRequest decodeRequest(const Service &service, const HttpRequest &request,
                             const std::shared_ptr<const Redaction> &redaction,
                             const std::atomic<bool> &isCancelled)
{
    RecordMasker masker(redaction);
    RecordBlockBuilder builder;
    DecodedRequest result;
    std::size_t frameBytes = 0;
    const auto finishBlock = [&] {
        RecordBlock &block = result.blocks.emplace_back(builder.finish());
        frameBytes += block.frames->size();
        if (frameBytes > FreshBlocks::maxBytes) // the journal would not take them
            block.frames.reset();
        result.bytes += block.data.size() + qsizetype(block.frames ? block.frames->size() : 0);
    };
    const RecordSink sink([&](const RecordView &record) {
        if (++result.records > maxRecordsPerRequest || isCancelled)
            return;
        builder.append(masker.apply(record));
        if (builder.isFull())
            finishBlock();
    });
    const auto decoded = service.decode(request, sink);
    result.problems = sink.problems();
    result.masked = qint64(masker.maskedRecords());
    if (!decoded)
        result.error = decoded.error();
    else if (result.records + qint64(result.problems.empty) > maxRecordsPerRequest)
        result.error =
            DecodeError{413, u"more than %1 records in one request"_s.arg(maxRecordsPerRequest)};
    else if (isCancelled)
        result.error = DecodeError{503, u"the receiver ends"_s};
    if (result.error) {
        result.blocks.clear();
        return result;
    }
    if (!builder.isEmpty())
        finishBlock();
    result.accepted = service.accepted(request);
    return result;
}

bool isSoonDecoded(const HttpRequest &request)
{
    return request.body.size() <= soonBytes && !isCompressed(request);
}

qsizetype decodingRoom(const HttpRequest &request)
{
    if (!isCompressed(request))
        return 0;
    const bool isZstd = headerValue(request.headers, "Content-Encoding").toLower().contains("zstd");
    return std::min(maxDecompressedBytes,
                    request.body.size() * (isZstd ? zstdRatio : deflateRatio));
}

} // namespace trace
