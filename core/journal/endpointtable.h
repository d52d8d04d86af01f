// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"
#include "core/journal/journalrows.h"
#include "core/journal/sequenceset.h"
#include "core/platform/problem.h"

#include <QDateTime>
#include <QUrl>

namespace trace {

//! What last kept an endpoint from delivering, until it has delivered again.
struct Trouble
{
    enum class Kind
    {
        None,
        HeldAuthentication,
        HeldConfiguration,
        Suspended,
        BackingOff,
        Unanswered //!< A request is out, or was when its program ended.
    };

    Kind kind = Kind::None;
    Problem problem{};
    QDateTime since{}; //!< UTC.

    //! The same, whenever it began.
    [[nodiscard]] bool isLike(const Trouble &other) const
    {
        return kind == other.kind && problem == other.problem;
    }
};

//! An endpoint as the journal remembers it, configured or not.
struct EndpointRow
{
    qint64 id = 0;
    QString identity{}; //!< Endpoint::id.
    QString name{};
    QString service{};
    QUrl url{};
    std::uint64_t settled = 0; //!< The settled mark.
    qint64 accepted = 0;
    qint64 delivered = 0;
    qint64 discardedByOperator = 0;
    qint64 discardedByFilter = 0;
    qint64 discardedShed = 0;
    qint64 discardedDamaged = 0;
    qint64 discardedExpired = 0;
    bool paused = false;     //!< By the operator, who alone takes it back.
    QDateTime pausedSince{}; //!< UTC; invalid: an older version did not keep it.
    Trouble trouble{};
    QDateTime lastSuccess{}; //!< UTC; invalid: never.
};

//! What changes in an endpoint's counts at once.
struct CountChange
{
    qint64 delivered = 0;
    qint64 discardedByOperator = 0;
    qint64 discardedByFilter = 0;
    qint64 discardedShed = 0;
    qint64 discardedDamaged = 0;
    qint64 discardedExpired = 0;

    [[nodiscard]] qint64 discarded() const
    {
        return discardedByOperator + discardedByFilter + discardedShed + discardedDamaged +
               discardedExpired;
    }
    CountChange &operator+=(const CountChange &other);
};

//! The table of endpoints with their marks, ranges and counts.
namespace endpointtable {

//! The id of the endpoint with this identity; a new one starts at the end of the journal. Name,
//! service and URL are brought up to date.
[[nodiscard]] Expected<qint64> enrol(Transaction &transaction, const QString &identity,
                                     const QString &name, const QString &service, const QUrl &url);

[[nodiscard]] Expected<QList<EndpointRow>> read(Connection &connection);

[[nodiscard]] Expected<void> countAccepted(Transaction &transaction, qint64 endpoint, qint64 count);
[[nodiscard]] Expected<void> count(Transaction &transaction, qint64 endpoint,
                                   const CountChange &change);

//! \a since is invalid for what is not paused; what is paused already keeps its time.
[[nodiscard]] Expected<void> setPaused(Transaction &transaction, qint64 endpoint,
                                       const QDateTime &since);
[[nodiscard]] Expected<void> setTrouble(Transaction &transaction, qint64 endpoint,
                                        const Trouble &trouble);

//! Marks \a ranges as settled; everything up to \a mark is settled too.
[[nodiscard]] Expected<void> settle(Transaction &transaction, qint64 endpoint,
                                    const std::vector<SequenceRange> &ranges, std::uint64_t mark);

//! What is routed to the endpoint and not settled.
[[nodiscard]] Expected<SequenceSet> backlog(Connection &connection, qint64 endpoint);

} // namespace endpointtable

} // namespace trace
