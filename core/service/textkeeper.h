// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/utf8.h"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>

namespace trace {

//! Protobuf's text is UTF-8 by contract only; what is not is replaced and kept until clear().
class TextKeeper final
{
public:
    [[nodiscard]] std::string_view text(std::string_view bytes)
    {
        const bool ascii = bytes.size() <= 64 &&
                           std::all_of(bytes.begin(), bytes.end(),
                                       [](char c) { return static_cast<signed char>(c) >= 0; });
        if (ascii || isUtf8(bytes))
            return bytes;
        return keep(toUtf8(bytes));
    }
    [[nodiscard]] std::string_view keep(std::string text)
    {
        return m_kept.emplace_back(std::move(text));
    }
    void clear() { m_kept.clear(); }

private:
    std::deque<std::string> m_kept; // a deque, because views look into its texts
};

} // namespace trace
