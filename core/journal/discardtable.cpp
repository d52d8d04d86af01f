// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/discardtable.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

CountChange changeOf(DiscardReason reason, qint64 records)
{
    CountChange change;
    switch (reason) {
    case DiscardReason::Operator:
        change.discardedByOperator = records;
        break;
    case DiscardReason::Filter:
        change.discardedByFilter = records;
        break;
    case DiscardReason::Shed:
        change.discardedShed = records;
        break;
    case DiscardReason::Damaged:
        change.discardedDamaged = records;
        break;
    case DiscardReason::Expired:
        change.discardedExpired = records;
        break;
    }
    return change;
}

void Discards::add(qint64 endpoint, const Discard &discard)
{
    SequenceSet &set = m_sets[{endpoint, discard.reason}];
    for (const SequenceRange &range : discard.ranges)
        set.add(range);
}

void Discards::countWithin(qint64 endpoint, SequenceRange range, CountChange &counts) const
{
    const auto end = m_sets.upper_bound({endpoint, DiscardReason::Expired});
    for (auto it = m_sets.lower_bound({endpoint, DiscardReason::Operator}); it != end; ++it)
        counts += changeOf(it->first.second, qint64(it->second.countWithin(range)));
}

namespace discardtable {

Expected<void> note(Transaction &transaction, qint64 endpoint, const Discard &discard)
{
    if (discard.ranges.empty())
        return {};
    SequenceSet set; // ascending and joined, as the bytes want them
    for (const SequenceRange &range : discard.ranges)
        set.add(range);
    const auto ranges = set.ranges();
    return transaction.connection().execute(
        u"INSERT OR REPLACE INTO discard(first, endpoint, reason, last, pieces) VALUES(?, ?, ?, ?,"
        u" ?)"_s,
        {quint64(ranges.front().first), endpoint, int(discard.reason), quint64(ranges.back().last),
         toBytes(ranges)});
}

Expected<Discards> read(Connection &connection, std::uint64_t before)
{
    auto rows = connection.query(u"SELECT endpoint, reason, pieces FROM discard WHERE first < ?"_s,
                                 {quint64(before)});
    return rows.map([](Rows &row) {
        Discards discards;
        while (row.next()) {
            discards.add(row.number(0), {.reason = DiscardReason(row.value(1).toInt()),
                                         .ranges = rangesFromBytes(row.value(2).toByteArray())});
        }
        return discards;
    });
}

Expected<void> forgetBefore(Transaction &transaction, std::uint64_t oldest)
{
    return transaction.connection().execute(u"DELETE FROM discard WHERE first < ? AND last < ?"_s,
                                            {quint64(oldest), quint64(oldest)});
}

} // namespace discardtable

} // namespace trace
