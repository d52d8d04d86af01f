// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/journalrows.h"

#include <map>
#include <optional>
#include <vector>

namespace trace {

//! A set of sequence numbers, kept as ranges that do not touch.
class SequenceSet final
{
public:
    void add(SequenceRange range);
    void remove(SequenceRange range);

    [[nodiscard]] bool isEmpty() const { return m_ranges.empty(); }
    [[nodiscard]] bool contains(std::uint64_t sequence) const;
    [[nodiscard]] std::uint64_t count() const { return m_count; }
    //! In how many pieces the members lie.
    [[nodiscard]] std::size_t rangeCount() const { return m_ranges.size(); }
    //! The lowest member; the set must not be empty.
    [[nodiscard]] std::uint64_t first() const { return m_ranges.begin()->first; }
    //! The lowest range at or behind \a from, cut to begin there at the earliest.
    [[nodiscard]] std::optional<SequenceRange> rangeFrom(std::uint64_t from) const;
    [[nodiscard]] std::vector<SequenceRange> ranges() const;
    //! How many members are in \a range.
    [[nodiscard]] std::uint64_t countWithin(SequenceRange range) const;
    //! The members in \a range.
    [[nodiscard]] std::vector<SequenceRange> within(SequenceRange range) const;

private:
    std::map<std::uint64_t, std::uint64_t> m_ranges; // first → last
    std::uint64_t m_count = 0;
};

//! Ascending ranges as bytes: one or two per range when they are small and near each other.
[[nodiscard]] QByteArray toBytes(const std::vector<SequenceRange> &ranges);
[[nodiscard]] std::vector<SequenceRange> rangesFromBytes(const QByteArray &bytes);

//! Ascending sequence numbers as ranges.
[[nodiscard]] std::vector<SequenceRange> toRanges(const std::vector<std::uint64_t> &sequences);

} // namespace trace
