// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/blockframe.h"

#include <libdeflate.h>
#include <zstd.h>

#include <memory>

namespace trace {

namespace {

constexpr int compressionLevel = 1;

// zstd's smallest block holds at most 128 KiB and takes four bytes: what claims to be more is
// refused before any memory is taken for it.
constexpr std::size_t largestZstdBlock = std::size_t{128} << 10;
constexpr std::size_t smallestZstdBlock = 4;

struct DeleteContext
{
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
};

} // namespace

FramePacker::FramePacker()
    : m_context(ZSTD_createCCtx())
{
    ZSTD_CCtx_setParameter(m_context, ZSTD_c_compressionLevel, compressionLevel);
}

FramePacker::~FramePacker()
{
    ZSTD_freeCCtx(m_context);
}

std::string_view FramePacker::pack(std::string_view raw, std::vector<char> &buffer)
{
    if (raw.empty())
        return {};
    const std::size_t bound = ZSTD_compressBound(raw.size());
    if (buffer.size() < bound)
        buffer.resize(bound);
    const std::size_t packed =
        ZSTD_compress2(m_context, buffer.data(), bound, raw.data(), raw.size());
    // With room for the bound only a lack of memory makes it fail.
    if (ZSTD_isError(packed))
        qBadAlloc();
    return {buffer.data(), packed};
}

bool unpackFrame(std::string_view packed, std::size_t rawSize, std::vector<char> &raw)
{
    thread_local const std::unique_ptr<ZSTD_DCtx, DeleteContext> context(ZSTD_createDCtx());
    raw.clear();
    if (rawSize == 0)
        return packed.empty();
    if (packed.size() / smallestZstdBlock * largestZstdBlock < rawSize ||
        ZSTD_getFrameContentSize(packed.data(), packed.size()) != rawSize)
        return false;
    raw.resize(rawSize);
    return ZSTD_decompressDCtx(context.get(), raw.data(), rawSize, packed.data(), packed.size()) ==
           rawSize;
}

std::uint32_t checksumOf(std::string_view bytes)
{
    return libdeflate_crc32(0, bytes.data(), bytes.size());
}

} // namespace trace
