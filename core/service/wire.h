// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

//! Writing protobuf through a pointer into room that is known to suffice: what the encoders of
//! whole batches need. Each function gives the place behind what it wrote.
namespace trace::wire {

constexpr std::size_t varintSize(std::uint64_t value)
{
    return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

inline char *putVarint(char *at, std::uint64_t value)
{
    while (value >= 0x80) {
        *at++ = static_cast<char>(value | 0x80);
        value >>= 7;
    }
    *at++ = static_cast<char>(value);
    return at;
}

inline char *putBytes(char *at, std::string_view bytes)
{
    return at + bytes.copy(at, bytes.size());
}

//! A field of text: its tag, its length and the bytes.
inline char *putText(char *at, char tag, std::string_view text)
{
    *at++ = tag;
    return putBytes(putVarint(at, text.size()), text);
}

//! Room that is not initialised and written through a pointer: a std::string would touch each byte
//! twice and check the room for each.
class Room final
{
public:
    //! Sees to \a more bytes behind \a at, and gives where \a at is now.
    char *ensure(char *at, std::size_t more)
    {
        const auto used = static_cast<std::size_t>(at - m_bytes.get());
        if (m_size - used >= more)
            return at;
        const std::size_t size = std::max(m_size * 2, used + more);
        auto bytes = std::make_unique_for_overwrite<char[]>(size);
        if (used > 0)
            std::memcpy(bytes.get(), m_bytes.get(), used);
        m_bytes = std::move(bytes);
        m_size = size;
        return m_bytes.get() + used;
    }
    [[nodiscard]] char *begin() const { return m_bytes.get(); }

private:
    std::unique_ptr<char[]> m_bytes;
    std::size_t m_size = 0;
};

//! Writes the length of what lies between \a start + \a room and \a end to \a start, and closes the
//! gap where the length takes another room than was left for it.
inline char *putLength(char *start, std::size_t room, char *end)
{
    char *const content = start + room;
    const auto size = static_cast<std::size_t>(end - content);
    const std::size_t needed = varintSize(size);
    if (needed != room)
        std::memmove(start + needed, content, size);
    putVarint(start, size);
    return start + needed + size;
}

} // namespace trace::wire
