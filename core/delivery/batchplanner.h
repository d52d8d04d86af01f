// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/batch.h"
#include "core/journal/journalreader.h"

#include <QObject>

#include <functional>

namespace trace {

//! What a sender wants packed next.
struct PlanOrder
{
    std::shared_ptr<const Service> service;
    std::vector<SequenceRange> ranges; //!< Of the backlog, in order; as many as fit are taken.
    qint64 failedBatch = 0;            //!< Not 0: this failed batch instead, whole.
};

//! Reads records from the journal and packs them into requests, on a thread of its own so that the
//! next batch is made while the last one travels.
class BatchPlanner final : public QObject
{
    Q_OBJECT
public:
    //! A batch, or the journal cannot be read.
    using Done = std::function<void(Expected<std::unique_ptr<Batch>>)>;

    explicit BatchPlanner(QString journalFolder);

    //! Callable from any thread. \a done runs on the thread of \a context, unless that is gone.
    void plan(PlanOrder order, QObject *context, Done done);

private:
    [[nodiscard]] Expected<std::unique_ptr<Batch>> make(const PlanOrder &order);
    [[nodiscard]] Expected<std::unique_ptr<Batch>> fromJournal(const PlanOrder &order);
    [[nodiscard]] Expected<std::unique_ptr<Batch>> fromFailed(qint64 id);

    QString m_folder;
    std::unique_ptr<JournalReader> m_reader; // of this object's thread
};

} // namespace trace
