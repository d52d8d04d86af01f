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
    bool ledElsewhere = false;      //!< By its former configuration: another service or address.
};

//! Where the records of one endpoint are, and the only one who tells the journal what became of
//! them. Lives on the engine thread; the journal outlives it and is synced before it goes.
class Backlog final : public QObject
{
    Q_OBJECT
public:
    Backlog(Journal &journal, BacklogStart start, QObject *parent = nullptr);

    //! Everything without an outcome, also what is in a batch.
    [[nodiscard]] const SequenceSet &unsettled() const { return m_unsettled; }
    //! Something of \a range has no outcome, or one that is not written yet.
    [[nodiscard]] bool isOpen(SequenceRange range) const;
    //! Newest record that is known of, of whichever endpoint.
    [[nodiscard]] std::uint64_t lastSequence() const { return m_lastSequence; }
    [[nodiscard]] qint64 journalId() const { return m_row.id; }
    //! With \a travelling of the unsettled records in a request.
    [[nodiscard]] Ledger ledger(qint64 travelling) const;

    //! Records were committed for it, in the journal's order. Those that it began with count once,
    //! however late word of them comes.
    void add(SequenceRange range);
    //! The journal has grown without anything for this endpoint.
    void journalGrew(std::uint64_t lastSequence);

    //! Settles ranges; the endpoint and the mark are filled in here. What cannot be written is
    //! written again every second, and until then its records count as in flight.
    void settle(Settlement settlement);
    //! Likewise the end of a replay, whose records stay failed until then; \a written runs on this
    //! thread, once it is written.
    void settleReplay(ReplaySettlement settlement, std::function<void()> written);
    //! Gives up what is unsettled of these ranges but not in \a kept; tells how many records.
    qint64 giveUp(const std::vector<SequenceRange> &ranges, const SequenceSet &kept,
                  DiscardReason reason);
    //! Why a settlement could not be written yet: nothing must be sent that cannot be noted.
    [[nodiscard]] const std::optional<Error> &problem() const { return m_problem; }
    //! So much is yet to be written that nothing more may be sent: a crash now would have all of it
    //! sent again.
    [[nodiscard]] bool isBehind() const;
    //! Tries to write them at once.
    void writeAgain();
    //! The journal has taken on so many records more, in a failed batch.
    void obliged(qint64 records);
    //! The journal has discarded a failed batch of so many records.
    void failedDiscarded(qint64 records);

Q_SIGNALS:
    void changed();
    void failedBatchesChanged();
    void writeFailed(const trace::Error &error); //!< There is a problem() now.
    void writeSucceeded();                       //!< There is no problem() any more.
    void caughtUp();                             //!< It isBehind() no more.

private:
    using Write = std::function<void()>;

    void write(const std::shared_ptr<const Settlement> &settlement);
    void settled(const Settlement &settlement);
    void writeReplay(const std::shared_ptr<const ReplaySettlement> &settlement,
                     const std::function<void()> &written);
    void wrote();
    void unwritable(Write again, const Error &error);

    Journal &m_journal;
    SequenceSet m_unsettled;
    SequenceSet m_unwritten; // settled by answers, but not yet in the journal
    std::uint64_t m_lastSequence = 0;
    int m_writing = 0;               // settlements that are not written
    std::vector<Write> m_unwritable; // writes those of them again that failed
    std::optional<Error> m_problem;
    QTimer m_writeTimer;
    EndpointRow m_row; // counts as committed
    qint64 m_failed = 0;
};

} // namespace trace
