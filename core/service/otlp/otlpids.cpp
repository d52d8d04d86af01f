// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpids.h"

#include <QByteArray>

#include <algorithm>
#include <array>

namespace trace::otlp {

namespace {

// The value of a hex digit, 16 for what is none, plus 32 for an upper-case one.
constexpr std::array<unsigned char, 256> digits = [] {
    std::array<unsigned char, 256> table{};
    table.fill(16);
    for (unsigned char i = 0; i < 10; ++i)
        table[static_cast<std::size_t>('0' + i)] = i;
    for (unsigned char i = 10; i < 16; ++i) {
        table[static_cast<std::size_t>('a' + i - 10)] = i;
        table[static_cast<std::size_t>('A' + i - 10)] = i | 32;
    }
    return table;
}();

} // namespace

bool isUnsetId(std::string_view bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0 || c == '0'; });
}

Id idFromText(std::string_view text, std::size_t size)
{
    Id id;
    if (text.size() < 2 * size || text.size() > 2 * size + 4)
        return id;
    id.isExact = text.size() == 2 * size;
    std::size_t count = 0;
    bool unset = true;
    for (const char c : text) {
        if (c == '-')
            continue;
        const unsigned char digit = digits[static_cast<unsigned char>(c)];
        if (digit == 16 || count == 2 * size)
            return {};
        id.isExact = id.isExact && digit < 16;
        unset = unset && digit == 0;
        char &byte = id.bytes[count / 2];
        byte = static_cast<char>((static_cast<unsigned char>(byte) << 4) | (digit & 15));
        ++count;
    }
    if (count < 2 * size || unset)
        return {};
    id.size = size;
    return id;
}

Id idFromBytes(std::string_view bytes, std::size_t size)
{
    if (bytes.size() != size)
        return idFromText(bytes, size);
    Id id;
    id.size = size;
    bytes.copy(id.bytes, size);
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; }) ? Id() : id;
}

Id idFromJson(std::string_view text, std::size_t size)
{
    if (const Id id = idFromText(text, size))
        return id;
    const auto decoded =
        QByteArray::fromBase64Encoding(QByteArray(text.data(), static_cast<qsizetype>(text.size())),
                                       QByteArray::AbortOnBase64DecodingErrors);
    const std::string_view bytes(decoded.decoded.constData(),
                                 static_cast<std::size_t>(decoded.decoded.size()));
    return decoded && bytes.size() == size ? idFromBytes(bytes, size) : Id();
}

void appendHex(std::string &out, std::string_view bytes)
{
    constexpr std::string_view hex = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

} // namespace trace::otlp
