// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace trace {

//! Whole numbers with small ones of either sign near zero.
[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t difference)
{
    return (difference << 1) ^ (difference >> 63 ? ~std::uint64_t{0} : 0);
}

[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t value)
{
    return (value >> 1) ^ (value & 1 ? ~std::uint64_t{0} : 0);
}

//! Bytes that are appended to; keeps its memory when cleared.
class ByteColumn final
{
public:
    void clear() { m_bytes.clear(); }
    void reserve(std::size_t bytes) { m_bytes.reserve(bytes); }
    [[nodiscard]] std::vector<char> take() { return std::exchange(m_bytes, {}); }
    [[nodiscard]] std::string_view view() const { return {m_bytes.data(), m_bytes.size()}; }

    void byte(std::uint8_t value) { m_bytes.push_back(static_cast<char>(value)); }
    void bytes(std::string_view text) { m_bytes.insert(m_bytes.end(), text.begin(), text.end()); }

    //! Base 128, low bits first, at most ten bytes.
    void varint(std::uint64_t value)
    {
        while (value >= 0x80) {
            byte(static_cast<std::uint8_t>(value | 0x80));
            value >>= 7;
        }
        byte(static_cast<std::uint8_t>(value));
    }

    //! Length, then bytes.
    void text(std::string_view value)
    {
        varint(value.size());
        bytes(value);
    }

    //! Low byte first.
    template <typename Unsigned>
    void fixed(Unsigned value)
    {
        for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
            byte(static_cast<std::uint8_t>(value >> (8 * i)));
    }

private:
    std::vector<char> m_bytes;
};

//! Reads what ByteColumn wrote. Past the end it gives zeros and empty texts and is not ok.
class ByteCursor final
{
public:
    ByteCursor() = default;
    explicit ByteCursor(std::string_view bytes)
        : m_left(bytes)
    {}

    [[nodiscard]] bool isOk() const { return m_ok; }
    [[nodiscard]] bool atEnd() const { return m_left.empty(); }

    std::uint8_t byte()
    {
        if (m_left.empty())
            return failed();
        const auto value = static_cast<std::uint8_t>(m_left.front());
        m_left.remove_prefix(1);
        return value;
    }

    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t part = byte();
            value |= static_cast<std::uint64_t>(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
        return failed();
    }

    std::string_view bytes(std::uint64_t length)
    {
        if (length > m_left.size()) {
            failed();
            return {};
        }
        const std::string_view taken = m_left.substr(0, length);
        m_left.remove_prefix(length);
        return taken;
    }

    std::string_view text() { return bytes(varint()); }

    template <typename Unsigned>
    Unsigned fixed()
    {
        const std::string_view raw = bytes(sizeof(Unsigned));
        Unsigned value = 0;
        for (std::size_t i = 0; i < raw.size(); ++i)
            value |= static_cast<Unsigned>(static_cast<Unsigned>(static_cast<unsigned char>(raw[i]))
                                           << (8 * i));
        return value;
    }

private:
    std::uint8_t failed()
    {
        m_ok = false;
        m_left = {};
        return 0;
    }

    std::string_view m_left;
    bool m_ok = true;
};

} // namespace trace
