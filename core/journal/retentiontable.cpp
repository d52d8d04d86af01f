// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/retentiontable.h"

#include "core/journal/discardtable.h"
#include "core/journal/failedbatchtable.h"
#include "core/journal/runrangetable.h"
#include "core/journal/runtable.h"

#include <QFileInfo>

namespace trace {

using namespace Qt::StringLiterals;

namespace retentiontable {

Expected<JournalUse> use(Connection &connection)
{
    const auto size = connection.value(u"PRAGMA page_size"_s);
    const auto count = connection.value(u"PRAGMA page_count"_s);
    const auto free = connection.value(u"PRAGMA freelist_count"_s);
    for (const auto *asked : {&size, &count, &free}) {
        if (!*asked)
            return tl::make_unexpected(asked->error());
    }
    return JournalUse{.pages = (count->toLongLong() - free->toLongLong()) * size->toLongLong(),
                      .free = free->toLongLong() * size->toLongLong(),
                      .log = QFileInfo(connection.path() + u"-wal"_s).size()};
}

Expected<std::uint64_t> lastSequence(Connection &connection)
{
    return connection.value(u"SELECT next - 1 FROM sequence"_s).map([](const QVariant &last) {
        return std::uint64_t(last.toULongLong());
    });
}

Expected<std::vector<SequenceRange>> ranges(Connection &connection, std::uint64_t after, int count)
{
    auto rows = connection.query(u"SELECT first, count FROM block INDEXED BY block_backlog WHERE "
                                 u"first > ? ORDER BY first LIMIT ?"_s,
                                 {quint64(after), count});
    return rows.map([](Rows &row) {
        std::vector<SequenceRange> result;
        while (row.next()) {
            const std::uint64_t first = row.value(0).toULongLong();
            result.push_back({first, first + row.value(1).toULongLong() - 1});
        }
        return result;
    });
}

Expected<std::vector<BlockFacts>> facts(Connection &connection, std::uint64_t after, int count)
{
    auto rows = connection.query(u"SELECT first, count, accepted_ms, level_mask, length(data) FROM "
                                 u"block WHERE first > ? ORDER BY first LIMIT ?"_s,
                                 {quint64(after), count});
    return rows.map([](Rows &row) {
        std::vector<BlockFacts> result;
        while (row.next()) {
            const std::uint64_t first = row.value(0).toULongLong();
            result.push_back({.range = {first, first + row.value(1).toULongLong() - 1},
                              .acceptedMs = row.number(2),
                              .levelMask = row.value(3).toUInt(),
                              .bytes = row.number(4)});
        }
        return result;
    });
}

Expected<BlockFacts> nextOlder(Connection &connection, std::uint64_t after, qint64 acceptedMs,
                               int count)
{
    auto rows = connection.query(u"SELECT first, count, accepted_ms FROM block WHERE first > ? "
                                 u"ORDER BY first LIMIT ?"_s,
                                 {quint64(after), count});
    return rows.map([&](Rows &row) {
        BlockFacts last;
        for (int seen = 0; seen < count; ++seen) {
            if (!row.next())
                return BlockFacts{};
            const std::uint64_t first = row.value(0).toULongLong();
            last = {.range = {first, first + row.value(1).toULongLong() - 1},
                    .acceptedMs = row.number(2)};
            if (last.acceptedMs < acceptedMs)
                break;
        }
        return last;
    });
}

Expected<void> remove(Transaction &transaction, const std::vector<std::uint64_t> &blocks)
{
    Connection &connection = transaction.connection();
    for (const std::uint64_t first : blocks) {
        auto done = connection.execute(u"DELETE FROM block WHERE first = ?"_s, {quint64(first)});
        if (!done)
            return done;
    }
    const auto oldest = connection.value(
        u"SELECT ifnull((SELECT min(first) FROM block), (SELECT next FROM sequence))"_s);
    if (!oldest)
        return tl::make_unexpected(oldest.error());
    return runtable::removeBefore(transaction, oldest->toULongLong())
        .and_then([&] { return runrangetable::foldBefore(transaction, oldest->toULongLong()); })
        .and_then([&] { return discardtable::forgetBefore(transaction, oldest->toULongLong()); });
}

Expected<void> replaceData(Transaction &transaction, std::uint64_t first, qint64 rawBytes,
                           const QByteArray &data)
{
    return transaction.connection().execute(
        u"UPDATE block SET raw_bytes = ?, data = ? WHERE first = ?"_s,
        {rawBytes, data, quint64(first)});
}

Expected<qint64> removeSettledBatches(Transaction &transaction, qint64 createdMs, int count)
{
    Connection &connection = transaction.connection();
    return connection
        .execute(
            u"DELETE FROM failed_batch WHERE id IN (SELECT id FROM failed_batch WHERE state = ? "
            u"AND created_ms < ? ORDER BY id LIMIT ?)"_s,
            {int(FailedState::Settled), createdMs, count})
        .map([&] { return connection.changes(); });
}

Expected<void> vacuum(Transaction &transaction, int pages)
{
    // The pragma frees one page per step, and Qt does not step a statement without columns twice.
    for (int i = 0; i < pages; ++i) {
        auto done = transaction.connection().execute(u"PRAGMA incremental_vacuum(1)"_s);
        if (!done)
            return done;
    }
    return {};
}

} // namespace retentiontable

} // namespace trace
