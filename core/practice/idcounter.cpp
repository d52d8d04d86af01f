// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/practice/idcounter.h"

#include <algorithm>
#include <charconv>

namespace trace {

namespace {

constexpr std::int64_t denseIds = 50'000'000;

} // namespace

IdCounter::IdCounter(const QByteArray &key)
    : m_key('"' + key.toStdString() + "\":")
{}

std::optional<std::int64_t> IdCounter::idIn(std::string_view metadata) const
{
    for (std::size_t at = metadata.find(m_key); at != std::string_view::npos;
         at = metadata.find(m_key, at + 1)) {
        // Not a piece of a string value, in which the quote would stand behind a backslash.
        if (at == 0 || (metadata[at - 1] != '{' && metadata[at - 1] != ','))
            continue;
        std::string_view value = metadata.substr(at + m_key.size());
        if (value.starts_with('"'))
            value.remove_prefix(1);
        std::int64_t id = 0;
        const auto end = value.data() + value.size();
        const auto [stop, error] = std::from_chars(value.data(), end, id);
        const bool isInteger =
            error == std::errc() && stop != end && (*stop == ',' || *stop == '}' || *stop == '"');
        if (isInteger)
            return id;
    }
    return {};
}

void IdCounter::add(std::string_view metadata)
{
    const auto found = idIn(metadata);
    if (!found)
        return;
    const std::int64_t id = *found;
    bool isNew = false;
    if (id >= 0 && id < denseIds) {
        const auto place = std::size_t(id);
        if (place >= m_seen.size())
            m_seen.resize(std::max(place + 1, std::min(m_seen.size() * 2, std::size_t(denseIds))));
        isNew = m_seen[place] == 0;
        m_seen[place] = 1;
    } else {
        isNew = !m_seenElsewhere.contains(id);
        m_seenElsewhere.insert(id);
    }
    if (!isNew) {
        ++m_duplicates;
        return;
    }
    m_minimum = m_distinct == 0 ? id : std::min(m_minimum, id);
    m_maximum = m_distinct == 0 ? id : std::max(m_maximum, id);
    ++m_distinct;
}

QByteArray IdCounter::toJson() const
{
    const auto number = [](std::int64_t value) { return QByteArray::number(qlonglong(value)); };
    const bool any = m_distinct > 0;
    // Unsigned, because the extremes may be 2^64 apart.
    const std::uint64_t span = std::uint64_t(m_maximum) - std::uint64_t(m_minimum) + 1;
    const std::uint64_t missing = any ? span - std::uint64_t(m_distinct) : 0;
    return "{\"distinct\":" + number(m_distinct) +
           ",\"minimum\":" + (any ? number(m_minimum) : QByteArray("null")) +
           ",\"maximum\":" + (any ? number(m_maximum) : QByteArray("null")) +
           ",\"missing\":" + QByteArray::number(qulonglong(missing)) +
           ",\"duplicates\":" + number(m_duplicates) + "}\n";
}

} // namespace trace
