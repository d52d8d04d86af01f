// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <QByteArray>
#include <QByteArrayView>

#include <string_view>

namespace trace {

//! The most that a request may hold once it is decompressed.
inline constexpr qsizetype maxDecompressedBytes = 64 * 1024 * 1024;

//! Bytes, or why there are none: status 413 above the limit, 400 for what is damaged, 415 for an
//! encoding that nobody here knows.
using Decompressed = tl::expected<QByteArray, DecodeError>;

//! Compression for requests. Any thread may call these; each thread keeps its own compressor.
[[nodiscard]] QByteArray gzip(std::string_view bytes);
//! One zstd frame that tells its size.
[[nodiscard]] QByteArray zstdCompress(std::string_view bytes);
//! Snappy's block format, as Loki takes it.
[[nodiscard]] QByteArray snappyCompress(std::string_view bytes);

//! The opposite, for bytes from outside: never allocates more than \a limit for the result, and
//! takes the whole input or none of it.
[[nodiscard]] Decompressed gunzip(QByteArrayView bytes, qsizetype limit = maxDecompressedBytes);
[[nodiscard]] Decompressed inflateZlib(QByteArrayView bytes,
                                       qsizetype limit = maxDecompressedBytes);
[[nodiscard]] Decompressed inflateRaw(QByteArrayView bytes, qsizetype limit = maxDecompressedBytes);
[[nodiscard]] Decompressed zstdDecompress(QByteArrayView bytes,
                                          qsizetype limit = maxDecompressedBytes);
[[nodiscard]] Decompressed snappyUncompress(QByteArrayView bytes,
                                            qsizetype limit = maxDecompressedBytes);

//! Undoes a Content-Encoding: identity, gzip, deflate, zstd, snappy (a block), or a list of them.
//! `deflate` is zlib's format with raw DEFLATE as a fallback, or raw only when \a deflateIsRaw.
[[nodiscard]] Decompressed decodeBody(const QByteArray &body, QByteArrayView contentEncoding,
                                      bool deflateIsRaw = false,
                                      qsizetype limit = maxDecompressedBytes);

} // namespace trace
