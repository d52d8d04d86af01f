// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/purge.h"

#include "core/journal/purgetransaction.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Rewrites the file, so that free pages and the log hold nothing of what was removed.
Expected<void> overwrite(Connection &connection)
{
    const auto incomplete = [](const QString &why) {
        return fail(u"the records are removed, but their bytes are not overwritten yet: "_s + why,
                    u"Close other programs that read the journal, see that its disk has room for a "
                    u"second copy, and purge once more."_s);
    };
    if (const auto done = connection.execute(u"VACUUM"_s); !done)
        return incomplete(done.error().text);
    auto rows = connection.query(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
    if (!rows)
        return incomplete(rows.error().text);
    if (!rows->next() || rows->number(0) != 0)
        return incomplete(u"another program is reading the journal"_s);
    return {};
}

} // namespace

Expected<PurgeReport> purgeRecords(Connection &connection, const PurgeOrder &order)
{
    if (!order.run && !order.before)
        return fail(u"a purge needs a run or a time"_s);
    // Only for what the transaction itself deletes; older remains are VACUUM's.
    if (const auto set = connection.value(u"PRAGMA secure_delete = ON"_s); !set)
        return tl::make_unexpected(set.error());
    auto transaction = Transaction::begin(connection);
    if (!transaction)
        return tl::make_unexpected(transaction.error());
    auto report = PurgeTransaction(*transaction, order).run();
    if (!report || order.isTrial)
        return report; // rolled back
    if (const auto committed = transaction->commit(); !committed)
        return tl::make_unexpected(committed.error());
    if (const auto done = overwrite(connection); !done)
        return tl::make_unexpected(done.error());
    return report;
}

} // namespace trace
