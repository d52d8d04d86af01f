// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/batch.h"
#include "core/filter/filter.h"
#include "core/journal/freshblocks.h"
#include "core/journal/journalreader.h"

#include <QObject>

#include <functional>
#include <memory>

namespace trace {

//! What a sender wants packed next.
struct PlanOrder
{
    std::shared_ptr<const Service> service{};
    std::vector<SequenceRange> ranges{}; //!< Of the backlog, in order; as many as fit are taken.
    qint64 failedBatch = 0;              //!< Not 0: this failed batch instead, whole.
    std::size_t maxBytes = 0;            //!< Below the service's target, for a slow pace; 0: none.
    std::int64_t now = 0;                //!< The server's clock, ns since the epoch; 0: unknown.
    Filter filter{};                     //!< What else the backlog holds is taken out.
};

//! Takes records from the journal and packs them into requests, on a thread of its own so that the
//! next batch is made while the last one travels.
class BatchPlanner final : public QObject
{
    Q_OBJECT
public:
    //! A batch, or the journal cannot be read.
    using Done = std::function<void(Expected<std::unique_ptr<Batch>>)>;

    //! Answers come on the thread that makes it, which it may leave afterwards.
    BatchPlanner(QString journalFolder, std::shared_ptr<FreshBlocks> fresh);

    //! To be called on that thread. \a done runs there later, unless \a context is gone.
    void plan(PlanOrder order, QObject *context, Done done);

    //! A failed batch with its records unpacked.
    [[nodiscard]] static Expected<std::unique_ptr<Batch>> unpack(FailedBatch failed);
    //! Puts the batch's records into shares, and aside what is unfit.
    static void pack(Batch &batch, const PlanOrder &order);

private:
    [[nodiscard]] Expected<std::unique_ptr<Batch>> make(const PlanOrder &order);
    [[nodiscard]] Expected<std::unique_ptr<Batch>> fromJournal(const PlanOrder &order);
    [[nodiscard]] Expected<std::unique_ptr<Batch>> fromFailed(qint64 id);

    QString m_folder;
    std::shared_ptr<FreshBlocks> m_fresh;
    // Stays on the thread that asks when this object moves: whether a context is still there can
    // only be told on its own thread.
    std::unique_ptr<QObject> m_mailbox;
    std::unique_ptr<JournalReader> m_reader; // of this object's thread
};

} // namespace trace
