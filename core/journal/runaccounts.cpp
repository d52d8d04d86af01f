// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/runaccounts.h"

#include "core/journal/blocktable.h"
#include "core/journal/discardtable.h"
#include "core/journal/failedbatchtable.h"
#include "core/journal/runcounttable.h"
#include "core/journal/runrangetable.h"

#include <algorithm>
#include <map>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Adds the accounts up, run by run and endpoint by endpoint.
class Accountant
{
public:
    Accountant(Connection &connection, const std::optional<QString> &runId)
        : m_connection(connection)
        , m_runId(runId)
    {}

    Expected<void> addRanges();
    Expected<void> addCounts();
    Expected<void> addFailed();
    [[nodiscard]] QList<RunAccount> accounts() const;

private:
    RunAccount &account(const QString &runId, qint64 endpoint)
    {
        RunAccount &found = m_accounts[{runId, endpoint}];
        found.runId = runId;
        found.endpoint = endpoint;
        return found;
    }
    Expected<const SequenceSet *> backlogOf(qint64 endpoint);

    Connection &m_connection;
    const std::optional<QString> &m_runId;
    std::map<std::pair<QString, qint64>, RunAccount> m_accounts;
    std::map<qint64, SequenceSet> m_backlogs;
};

Expected<const SequenceSet *> Accountant::backlogOf(qint64 endpoint)
{
    const auto known = m_backlogs.find(endpoint);
    if (known != m_backlogs.end())
        return &known->second;
    auto backlog = endpointtable::backlog(m_connection, endpoint);
    if (!backlog)
        return tl::make_unexpected(backlog.error());
    return &m_backlogs.emplace(endpoint, std::move(*backlog)).first->second;
}

Expected<void> Accountant::addRanges()
{
    const auto rows = runrangetable::read(m_connection, m_runId);
    const auto routes = routetable::read(m_connection);
    const auto discards = discardtable::read(m_connection);
    if (!rows)
        return tl::make_unexpected(rows.error());
    if (!routes || !discards)
        return tl::make_unexpected(routes ? discards.error() : routes.error());
    for (const RunRanges &row : *rows) {
        const auto endpoints = routes->find(row.route);
        if (endpoints == routes->end())
            continue;
        for (const qint64 endpoint : endpoints->second) {
            const auto backlog = backlogOf(endpoint);
            if (!backlog)
                return tl::make_unexpected(backlog.error());
            RunAccount &sum = account(row.runId, endpoint);
            for (const SequenceRange &range : row.ranges) {
                sum.accepted += qint64(range.count());
                sum.waiting += qint64((*backlog)->countWithin(range));
                discards->countWithin(endpoint, range, sum.counts);
            }
        }
    }
    return {};
}

Expected<void> Accountant::addCounts()
{
    const auto rows = runcounttable::read(m_connection, m_runId);
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const RunCounts &row : *rows) {
        RunAccount &sum = account(row.runId, row.endpoint);
        sum.accepted += row.accepted;
        sum.counts += row.discarded;
    }
    return {};
}

Expected<void> Accountant::addFailed()
{
    const auto batches = failedbatchtable::readOpen(m_connection);
    if (!batches)
        return tl::make_unexpected(batches.error());
    for (const FailedBatchRow &row : *batches) {
        const auto batch = failedbatchtable::read(m_connection, row.id);
        if (!batch)
            return tl::make_unexpected(batch.error());
        for (const auto &[run, records] : recordsPerRun(batch->data)) {
            if (m_runId && run != *m_runId)
                continue;
            RunAccount &sum = account(run, row.endpoint);
            sum.failed += records;
            if (sum.failedReason.isEmpty())
                sum.failedReason = row.reason;
        }
    }
    return {};
}

QList<RunAccount> Accountant::accounts() const
{
    QList<RunAccount> result;
    for (const auto &[key, sum] : m_accounts) {
        RunAccount account = sum;
        const CountChange &counts = account.counts;
        const qint64 known = account.waiting + account.failed + counts.discarded();
        // Failed batches outlive a run that the journal has forgotten and that then goes on.
        account.accepted = std::max(account.accepted, known);
        account.counts.delivered = account.accepted - known;
        if (account.accepted > 0)
            result.append(account);
    }
    return result;
}

} // namespace

Expected<QList<RunAccount>> readRunAccounts(Connection &connection,
                                            const std::optional<QString> &runId)
{
    const auto snapshot = Transaction::beginReading(connection);
    if (!snapshot)
        return tl::make_unexpected(snapshot.error());
    Accountant accountant(connection, runId);
    return accountant.addRanges()
        .and_then([&] { return accountant.addCounts(); })
        .and_then([&] { return accountant.addFailed(); })
        .map([&] { return accountant.accounts(); });
}

} // namespace trace
