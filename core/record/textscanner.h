// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/civiltime.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trace {

//! Walks over a text; every step leaves the place as it is when it fails.
class Scanner
{
public:
    explicit Scanner(std::string_view text)
        : m_at(text.data())
        , m_end(text.data() + text.size())
    {}

    [[nodiscard]] std::string_view rest() const
    {
        return {m_at, static_cast<std::size_t>(m_end - m_at)};
    }
    [[nodiscard]] bool atEnd() const { return m_at == m_end; }
    [[nodiscard]] bool digitAhead() const { return !atEnd() && *m_at >= '0' && *m_at <= '9'; }

    bool take(std::string_view anyOf)
    {
        if (atEnd() || anyOf.find(*m_at) == std::string_view::npos)
            return false;
        ++m_at;
        return true;
    }

    //! In any case.
    bool word(std::string_view word)
    {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
        if (!std::equal(word.begin(), word.end(), m_at,
                        m_at + std::min(m_end - m_at, std::ptrdiff_t(word.size())),
                        [&](char left, char right) { return lower(left) == lower(right); }))
            return false;
        m_at += word.size();
        return true;
    }

    //! Exactly \a count digits.
    bool number(int count, unsigned &value)
    {
        if (m_end - m_at < count)
            return false;
        unsigned sum = 0;
        for (int i = 0; i < count; ++i) {
            const char c = m_at[i];
            if (c < '0' || c > '9')
                return false;
            sum = sum * 10 + static_cast<unsigned>(c - '0');
        }
        value = sum;
        m_at += count;
        return true;
    }

    //! Any number of digits as a fraction of a second in ns; further digits are cut.
    bool fraction(std::int64_t &ns)
    {
        if (!digitAhead())
            return false;
        std::int64_t unit = nsPerSecond;
        std::int64_t sum = 0;
        for (; digitAhead(); ++m_at) {
            unit /= 10;
            sum += unit * (*m_at - '0');
        }
        ns = sum;
        return true;
    }

private:
    const char *m_at;
    const char *m_end;
};

} // namespace trace
