// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/sequenceset.h"

#include "core/record/bytecolumn.h"

#include <algorithm>

namespace trace {

void SequenceSet::add(SequenceRange range)
{
    remove(range); // so that only touching neighbours are left to join
    m_count += range.count();
    auto next = m_ranges.lower_bound(range.first);
    if (next != m_ranges.begin()) {
        const auto before = std::prev(next);
        if (before->second + 1 == range.first) {
            range.first = before->first;
            m_ranges.erase(before);
        }
    }
    if (next != m_ranges.end() && next->first == range.last + 1) {
        range.last = next->second;
        m_ranges.erase(next);
    }
    m_ranges.emplace(range.first, range.last);
}

void SequenceSet::remove(SequenceRange range)
{
    auto it = m_ranges.upper_bound(range.first);
    if (it != m_ranges.begin())
        --it;
    while (it != m_ranges.end() && it->first <= range.last) {
        const auto [first, last] = *it;
        if (last < range.first) {
            ++it;
            continue;
        }
        it = m_ranges.erase(it);
        m_count -= last - first + 1;
        if (first < range.first) {
            m_ranges.emplace(first, range.first - 1);
            m_count += range.first - first;
        }
        if (last > range.last) {
            m_ranges.emplace(range.last + 1, last);
            m_count += last - range.last;
            break;
        }
    }
}

bool SequenceSet::contains(std::uint64_t sequence) const
{
    const auto next = m_ranges.upper_bound(sequence);
    return next != m_ranges.begin() && std::prev(next)->second >= sequence;
}

std::optional<SequenceRange> SequenceSet::rangeFrom(std::uint64_t from) const
{
    auto it = m_ranges.upper_bound(from);
    if (it != m_ranges.begin() && std::prev(it)->second >= from)
        --it;
    if (it == m_ranges.end())
        return std::nullopt;
    return SequenceRange{std::max(it->first, from), it->second};
}

std::vector<SequenceRange> SequenceSet::ranges() const
{
    std::vector<SequenceRange> result;
    result.reserve(m_ranges.size());
    for (const auto &[first, last] : m_ranges)
        result.push_back({first, last});
    return result;
}

std::vector<SequenceRange> SequenceSet::within(SequenceRange range) const
{
    std::vector<SequenceRange> result;
    auto next = rangeFrom(range.first);
    while (next && next->first <= range.last) {
        result.push_back({next->first, std::min(next->last, range.last)});
        next = next->last < range.last ? rangeFrom(next->last + 1) : std::nullopt;
    }
    return result;
}

std::uint64_t SequenceSet::countWithin(SequenceRange range) const
{
    std::uint64_t count = 0;
    auto next = rangeFrom(range.first);
    while (next && next->first <= range.last) {
        count += std::min(next->last, range.last) - next->first + 1;
        next = next->last < range.last ? rangeFrom(next->last + 1) : std::nullopt;
    }
    return count;
}

QByteArray toBytes(const std::vector<SequenceRange> &ranges)
{
    ByteColumn bytes;
    std::uint64_t end = 0;
    for (const SequenceRange &range : ranges) {
        bytes.varint(range.first - end);
        bytes.varint(range.last - range.first);
        end = range.last;
    }
    return {bytes.view().data(), qsizetype(bytes.view().size())};
}

std::vector<SequenceRange> rangesFromBytes(const QByteArray &bytes)
{
    std::vector<SequenceRange> ranges;
    ByteCursor cursor(std::string_view(bytes.constData(), std::size_t(bytes.size())));
    std::uint64_t end = 0;
    while (!cursor.atEnd()) {
        const std::uint64_t first = end + cursor.varint();
        end = first + cursor.varint();
        if (!cursor.isOk() || end < first)
            break;
        ranges.push_back({first, end});
    }
    return ranges;
}

std::vector<SequenceRange> toRanges(const std::vector<std::uint64_t> &sequences)
{
    std::vector<SequenceRange> result;
    for (const std::uint64_t sequence : sequences) {
        if (!result.empty() && result.back().last + 1 == sequence)
            result.back().last = sequence;
        else
            result.push_back({sequence, sequence});
    }
    return result;
}

} // namespace trace
