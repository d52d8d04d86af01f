// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/utf8.h"

#include <simdjson.h>

namespace trace {

namespace {

struct Sequence
{
    std::size_t length; // Of the character, or of the maximal invalid part.
    bool valid;
};

// The Unicode Standard, table 3-7: what may follow a lead byte.
Sequence sequenceAt(std::string_view bytes)
{
    const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return {1, true};
    if (lead < 0xC2 || lead > 0xF4)
        return {1, false};
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= bytes.size() || byte(i) < low || byte(i) > high)
            return {i, false};
        low = 0x80;
        high = 0xBF;
    }
    return {length, true};
}

} // namespace

bool isUtf8(std::string_view bytes)
{
    return simdjson::validate_utf8(bytes.data(), bytes.size());
}

std::string toUtf8(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size() + 16);
    while (!bytes.empty()) {
        const Sequence sequence = sequenceAt(bytes);
        if (sequence.valid)
            out.append(bytes.substr(0, sequence.length));
        else
            out.append("\xEF\xBF\xBD");
        bytes.remove_prefix(sequence.length);
    }
    return out;
}

} // namespace trace
