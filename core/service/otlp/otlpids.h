// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

//! Trace and span ids: text in a record, 16 or 8 bytes on the wire.
namespace trace::otlp {

inline constexpr std::size_t traceIdBytes = 16;
inline constexpr std::size_t spanIdBytes = 8;

//! An id on the wire.
struct Id
{
    std::size_t size = 0; //!< 0: the text is no such id.
    char bytes[traceIdBytes] = {};
    //! Whether hexOf() gives the very text that was read; else the text must travel beside it.
    bool isExact = false;

    [[nodiscard]] std::string_view view() const { return {bytes, size}; }
    explicit operator bool() const { return size > 0; }
};

//! Reads an id of \a size bytes written in hex, in either case. The dashes of a UUID do not count.
//! No id when it is of another length or all zero.
[[nodiscard]] Id idFromText(std::string_view text, std::size_t size);

//! Reads what a client sent as an id: the bytes, hex, or base64 as protobuf's usual mapping to JSON
//! has it. No id when it is none of these or all zero.
[[nodiscard]] Id idFromBytes(std::string_view bytes, std::size_t size);
[[nodiscard]] Id idFromJson(std::string_view text, std::size_t size);

//! Whether these are nothing but zeroes, which means "not set".
[[nodiscard]] bool isUnsetId(std::string_view bytes);

//! In lower-case hex.
void appendHex(std::string &out, std::string_view bytes);

} // namespace trace::otlp
