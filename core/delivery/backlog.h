// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "core/journal/journal.h"
#include "core/journal/sequenceset.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>

namespace trace {

//! What the journal knows of an endpoint when its sender starts.
struct BacklogStart
{
    EndpointRow row{};
    SequenceSet unsettled{};
    qint64 failed = 0;              //!< Records in failed batches.
    std::uint64_t lastSequence = 0; //!< Newest record in the journal.
};

//! Where the records of one endpoint are, and the only one who tells the journal what became of
//! them. Lives on the engine thread; the journal outlives it and is synced before it goes.
class Backlog final : public QObject
{
    Q_OBJECT
public:
    //! Why a replay could not be written, or nothing.
    using Written = std::function<void(const std::optional<Error> &)>;

    Backlog(Journal &journal, BacklogStart start, QObject *parent = nullptr);

    //! Everything without an outcome, also what is in a batch.
    [[nodiscard]] const SequenceSet &unsettled() const { return m_unsettled; }
    //! Newest record that is known of, of whichever endpoint.
    [[nodiscard]] std::uint64_t lastSequence() const { return m_lastSequence; }
    [[nodiscard]] qint64 journalId() const { return m_row.id; }
    //! With \a travelling of the unsettled records in a request.
    [[nodiscard]] Ledger ledger(qint64 travelling) const;

    void add(SequenceRange range);
    //! The journal has grown without anything for this endpoint.
    void journalGrew(std::uint64_t lastSequence);

    //! Settles ranges; the endpoint and the mark are filled in here. What cannot be written is
    //! written again every second, and until then its records count as in flight.
    void settle(Settlement settlement);
    //! Why a settlement could not be written yet: nothing must be sent that cannot be noted.
    [[nodiscard]] const std::optional<Error> &problem() const { return m_problem; }
    //! Tries to write them at once.
    void writeAgain();
    //! Notes the end of a replay; \a written runs on this thread.
    void settleReplay(ReplaySettlement settlement, Written written);
    //! The journal has discarded a failed batch of so many records.
    void failedDiscarded(qint64 records);

Q_SIGNALS:
    void changed();
    void failedBatchesChanged();
    void writeFailed(const trace::Error &error); //!< There is a problem() now.
    void writeSucceeded();                       //!< There is no problem() any more.

private:
    using Kept = std::shared_ptr<const Settlement>;

    void write(const Kept &settlement);
    void settled(const Kept &settlement, const std::optional<Error> &error);
    void unwritable(const Kept &settlement, const Error &error);

    Journal &m_journal;
    SequenceSet m_unsettled;
    SequenceSet m_unwritten; // settled by answers, but not yet in the journal
    std::uint64_t m_lastSequence = 0;
    std::vector<Kept> m_unwritable; // of these, what failed
    std::optional<Error> m_problem;
    QTimer m_writeTimer;
    EndpointRow m_row; // counts as committed
    qint64 m_failed = 0;
};

} // namespace trace
