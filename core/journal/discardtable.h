// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/endpointtable.h"
#include "core/journal/sequenceset.h"

#include <limits>
#include <map>
#include <vector>

namespace trace {

//! Why a record is settled without being delivered. The journal stores these numbers.
enum class DiscardReason
{
    Operator,
    Filter,
    Shed,
    Damaged,
    Expired,
};

//! Records of an endpoint that are settled without being delivered.
struct Discard
{
    DiscardReason reason = DiscardReason::Operator;
    std::vector<SequenceRange> ranges{};
};

//! How so many records count that are discarded.
[[nodiscard]] CountChange changeOf(DiscardReason reason, qint64 records);

//! All discarded records whose blocks the journal may still have.
class Discards final
{
public:
    void add(qint64 endpoint, const Discard &discard);
    //! Adds what of \a range the endpoint lost to \a counts.
    void countWithin(qint64 endpoint, SequenceRange range, CountChange &counts) const;

private:
    std::map<std::pair<qint64, DiscardReason>, SequenceSet> m_sets;
};

//! The table of discarded records.
namespace discardtable {

[[nodiscard]] Expected<void> note(Transaction &transaction, qint64 endpoint,
                                  const Discard &discard);
//! Those that begin before \a before.
[[nodiscard]] Expected<Discards> read(Connection &connection,
                                      std::uint64_t before = std::numeric_limits<qint64>::max());
//! Forgets what lies wholly before \a oldest.
[[nodiscard]] Expected<void> forgetBefore(Transaction &transaction, std::uint64_t oldest);

} // namespace discardtable

} // namespace trace
