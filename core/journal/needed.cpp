// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/needed.h"

#include "core/journal/endpointtable.h"
#include "core/journal/retentiontable.h"

#include <algorithm>

namespace trace {

Expected<Needed> Needed::read(Connection &connection)
{
    Needed needed;
    const auto last = retentiontable::lastSequence(connection);
    const auto endpoints = endpointtable::read(connection);
    if (!last || !endpoints)
        return tl::make_unexpected(last ? endpoints.error() : last.error());
    needed.m_last = *last;
    for (const EndpointRow &row : *endpoints) {
        auto unsettled = endpointtable::backlog(connection, row.id);
        if (!unsettled)
            return tl::make_unexpected(unsettled.error());
        if (!unsettled->isEmpty())
            needed.m_backlogs.push_back({row.id, std::move(*unsettled)});
    }
    return needed;
}

bool Needed::isNeeded(SequenceRange range) const
{
    return std::any_of(m_backlogs.begin(), m_backlogs.end(), [range](const Backlog &backlog) {
        const auto next = backlog.unsettled.rangeFrom(range.first);
        return next && next->first <= range.last;
    });
}

const Needed::Backlog *Needed::largest() const
{
    const auto most = std::max_element(m_backlogs.begin(), m_backlogs.end(),
                                       [](const Backlog &one, const Backlog &other) {
                                           return one.unsettled.count() < other.unsettled.count();
                                       });
    return most == m_backlogs.end() ? nullptr : &*most;
}

} // namespace trace
