// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <cstdint>
#include <string_view>
#include <vector>

struct ZSTD_CCtx_s;

namespace trace {

//! Compresses frames for speed; one thread at a time.
class FramePacker final
{
public:
    FramePacker();
    ~FramePacker();
    Q_DISABLE_COPY_MOVE(FramePacker)

    //! \a raw compressed, in \a buffer; nothing for nothing.
    [[nodiscard]] std::string_view pack(std::string_view raw, std::vector<char> &buffer);

private:
    ZSTD_CCtx_s *m_context;
};

//! Unpacks what FramePacker wrote, from any thread; false when it is not exactly \a rawSize bytes.
[[nodiscard]] bool unpackFrame(std::string_view packed, std::size_t rawSize,
                               std::vector<char> &raw);

//! CRC-32 as gzip has it.
[[nodiscard]] std::uint32_t checksumOf(std::string_view bytes);

} // namespace trace
