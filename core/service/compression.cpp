// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/compression.h"

#include <libdeflate.h>
#include <snappy.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

template <auto Free>
struct Freed
{
    template <typename T>
    void operator()(T *object) const
    {
        Free(object);
    }
};
using Compressor = std::unique_ptr<libdeflate_compressor, Freed<libdeflate_free_compressor>>;
using Decompressor = std::unique_ptr<libdeflate_decompressor, Freed<libdeflate_free_decompressor>>;
using ZstdCompressor = std::unique_ptr<ZSTD_CCtx, Freed<ZSTD_freeCCtx>>;
using ZstdContext = std::unique_ptr<ZSTD_DCtx, Freed<ZSTD_freeDCtx>>;

tl::unexpected<DecodeError> damaged(const QString &what)
{
    return tl::make_unexpected(DecodeError{400, u"the body is not valid "_s + what});
}

tl::unexpected<DecodeError> tooLarge(qsizetype limit)
{
    return tl::make_unexpected(
        DecodeError{413, u"the body is larger than %1 bytes when decompressed"_s.arg(limit)});
}

//! libdeflate wants the whole output at once and does not know its size: grow until it fits.
//! `decode(in, inSize, out, room, &read, &written)` is one of its _ex functions.
template <typename Decode>
libdeflate_result inflateMember(QByteArrayView &in, QByteArray &out, qsizetype limit, Decode decode)
{
    const qsizetype start = out.size();
    qsizetype room = std::min(std::max<qsizetype>(in.size() * 4, 4096), limit - start);
    for (;;) {
        out.resize(start + room);
        std::size_t read = 0;
        std::size_t written = 0;
        const auto result =
            decode(in.data(), static_cast<std::size_t>(in.size()), out.data() + start,
                   static_cast<std::size_t>(room), &read, &written);
        if (result == LIBDEFLATE_SUCCESS) {
            out.truncate(start + static_cast<qsizetype>(written));
            in = in.sliced(static_cast<qsizetype>(read));
            return result;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE || start + room >= limit)
            return result;
        // Dropped first, so that growing never holds the old bytes beside the new ones.
        out.truncate(start);
        if (start == 0)
            out = QByteArray();
        room = std::min(room * 4, limit - start);
    }
}

template <typename Decode>
Decompressed inflateWith(QByteArrayView bytes, qsizetype limit, const QString &what, bool members,
                         Decode decode)
{
    const Decompressor decompressor(libdeflate_alloc_decompressor());
    if (!decompressor)
        return tl::make_unexpected(DecodeError{503, u"out of memory"_s});
    QByteArray out;
    do {
        const auto result = inflateMember(bytes, out, limit, [&](auto... arguments) {
            return decode(decompressor.get(), arguments...);
        });
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
            return tooLarge(limit);
        if (result != LIBDEFLATE_SUCCESS)
            return damaged(what);
    } while (members && !bytes.isEmpty());
    if (!bytes.isEmpty())
        return damaged(what);
    return out;
}

Decompressed decodeOne(const QByteArray &body, const QByteArray &encoding, bool deflateIsRaw,
                       qsizetype limit)
{
    if (encoding.isEmpty() || encoding == "identity")
        return body.size() > limit ? Decompressed(tooLarge(limit)) : Decompressed(body);
    if (encoding == "gzip" || encoding == "x-gzip")
        return gunzip(body, limit);
    if (encoding == "zstd")
        return zstdDecompress(body, limit);
    if (encoding == "snappy")
        return snappyUncompress(body, limit);
    if (encoding == "deflate") {
        if (deflateIsRaw)
            return inflateRaw(body, limit);
        Decompressed inflated = inflateZlib(body, limit);
        return inflated || inflated.error().status == 413 ? inflated : inflateRaw(body, limit);
    }
    return tl::make_unexpected(DecodeError{
        415, u"Content-Encoding \"%1\" not supported"_s.arg(QString::fromUtf8(encoding.left(40)))});
}

} // namespace

QByteArray gzip(std::string_view bytes)
{
    // Level 1: half again as fast as level 6, for a tenth more bytes on logs.
    thread_local const Compressor compressor(libdeflate_alloc_compressor(1));
    Q_CHECK_PTR(compressor.get());
    const std::size_t bound = libdeflate_gzip_compress_bound(compressor.get(), bytes.size());
    QByteArray out(static_cast<qsizetype>(bound), Qt::Uninitialized);
    const std::size_t size =
        libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), bound);
    out.truncate(static_cast<qsizetype>(size));
    return out;
}

QByteArray zstdCompress(std::string_view bytes)
{
    thread_local const ZstdCompressor compressor(ZSTD_createCCtx());
    Q_CHECK_PTR(compressor.get());
    const std::size_t bound = ZSTD_compressBound(bytes.size());
    QByteArray out(static_cast<qsizetype>(bound), Qt::Uninitialized);
    const std::size_t size =
        ZSTD_compressCCtx(compressor.get(), out.data(), bound, bytes.data(), bytes.size(), 1);
    // With a buffer of that bound only a lack of memory can make it fail.
    if (ZSTD_isError(size))
        qBadAlloc();
    out.truncate(static_cast<qsizetype>(size));
    return out;
}

QByteArray snappyCompress(std::string_view bytes)
{
    QByteArray out(static_cast<qsizetype>(snappy::MaxCompressedLength(bytes.size())),
                   Qt::Uninitialized);
    std::size_t size = 0;
    snappy::RawCompress(bytes.data(), bytes.size(), out.data(), &size);
    out.truncate(static_cast<qsizetype>(size));
    return out;
}

Decompressed gunzip(QByteArrayView bytes, qsizetype limit)
{
    // Several members one after the other are one gzip file; Fluent Bit sends such bodies.
    return inflateWith(bytes, limit, u"gzip"_s, true, libdeflate_gzip_decompress_ex);
}

Decompressed inflateZlib(QByteArrayView bytes, qsizetype limit)
{
    return inflateWith(bytes, limit, u"deflate"_s, false, libdeflate_zlib_decompress_ex);
}

Decompressed inflateRaw(QByteArrayView bytes, qsizetype limit)
{
    return inflateWith(bytes, limit, u"deflate"_s, false, libdeflate_deflate_decompress_ex);
}

Decompressed zstdDecompress(QByteArrayView bytes, qsizetype limit)
{
    const ZstdContext context(ZSTD_createDCtx());
    // A frame may ask for a window of gigabytes; 2^26 is our own limit on the result.
    if (!context || ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 26)))
        return tl::make_unexpected(DecodeError{503, u"out of memory"_s});
    QByteArray out;
    ZSTD_inBuffer in{bytes.data(), static_cast<std::size_t>(bytes.size()), 0};
    std::size_t left = 1;
    bool full = false;
    qsizetype written = 0;
    while (in.pos < in.size || (full && left != 0)) {
        if (written == out.size()) {
            if (written >= limit)
                return tooLarge(limit);
            out.resize(std::min(limit, std::max<qsizetype>(bytes.size() * 4, written * 2 + 4096)));
        }
        ZSTD_outBuffer buffer{out.data() + written, static_cast<std::size_t>(out.size() - written),
                              0};
        left = ZSTD_decompressStream(context.get(), &buffer, &in);
        if (ZSTD_isError(left))
            return damaged(u"zstd"_s);
        written += static_cast<qsizetype>(buffer.pos);
        full = buffer.pos == buffer.size;
    }
    if (left != 0)
        return damaged(u"zstd"_s);
    out.truncate(written);
    return out;
}

Decompressed snappyUncompress(QByteArrayView bytes, qsizetype limit)
{
    const auto size = static_cast<std::size_t>(bytes.size());
    std::size_t length = 0;
    if (!snappy::GetUncompressedLength(bytes.data(), size, &length))
        return damaged(u"snappy"_s);
    if (length > static_cast<std::size_t>(limit))
        return tooLarge(limit);
    // A copy element of three bytes gives 64 at most, so a longer claim is a lie.
    if (length > size * 64)
        return damaged(u"snappy"_s);
    QByteArray out(static_cast<qsizetype>(length), Qt::Uninitialized);
    if (!snappy::RawUncompress(bytes.data(), size, out.data()))
        return damaged(u"snappy"_s);
    return out;
}

Decompressed decodeBody(const QByteArray &body, QByteArrayView contentEncoding, bool deflateIsRaw,
                        qsizetype limit)
{
    const QByteArrayList encodings = contentEncoding.toByteArray().toLower().split(',');
    if (encodings.size() > 3)
        return tl::make_unexpected(DecodeError{415, u"too many encodings"_s});
    QByteArray bytes = body;
    for (auto it = encodings.crbegin(); it != encodings.crend(); ++it) {
        Decompressed decoded = decodeOne(bytes, it->trimmed(), deflateIsRaw, limit);
        if (!decoded)
            return decoded;
        bytes = std::move(*decoded);
    }
    return bytes;
}

} // namespace trace
