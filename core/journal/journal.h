// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/discardtable.h"
#include "core/journal/endpointtable.h"
#include "core/journal/failedbatchtable.h"
#include "core/journal/freshblocks.h"
#include "core/journal/journalwriter.h"
#include "core/journal/purge.h"
#include "core/platform/filelock.h"
#include "core/record/recordblock.h"

#include <QObject>

#include <memory>

namespace trace {

//! A block that has just become durable.
struct Commit
{
    SequenceRange range{};
    std::vector<qint64> endpoints{}; //!< Its route.
};

//! What a sender has settled of an endpoint's records; written in one transaction.
struct Settlement
{
    qint64 endpoint = 0;
    std::vector<SequenceRange> ranges{}; //!< Newly settled.
    std::uint64_t mark = 0;            //!< Everything up to here is settled.
    CountChange counts{};
    std::vector<Discard> discarded{};           //!< Those of the ranges that counts call so.
    std::vector<FailedBatch> failed{};          //!< Parked from these ranges.
    std::vector<std::uint64_t> damagedBlocks{}; //!< First sequence numbers of blocks to set aside.
};

//! The outcome of a replay; the failed batch must have been claimed.
struct ReplaySettlement
{
    qint64 endpoint = 0;
    qint64 delivered = 0;                 //!< Records that the service stored now.
    std::optional<FailedBatch> remaining{}; //!< What is left, parked again; nothing: it is settled.
    qint64 batch = 0;                     //!< Id of the failed batch.
};

//! The one place where records live: an append-only log of blocks in SQLite with a settled mark per
//! endpoint, the runs and the failed batches. One process at a time writes it, under a kernel lock.
//! Methods may be called from any thread; callbacks and signals come on the writer's thread.
class Journal final : public QObject
{
    Q_OBJECT
public:
    using Done = JournalWriter::Done;

    //! Opens or creates the journal in \a folder (made with mode 0700) and recovers it: claimed
    //! batches of a crashed holder are parked again. Says who holds it when another process does.
    [[nodiscard]] static Expected<std::unique_ptr<Journal>> open(const QString &folder,
                                                                 JournalLimits limits = {});
    //! Writes what is queued.
    ~Journal() override;

    [[nodiscard]] QString folder() const { return m_folder; }
    [[nodiscard]] static QString fileIn(const QString &folder);
    //! What was found when it was opened and a person should know.
    [[nodiscard]] const QList<Error> &findings() const { return m_findings; }

    //! What was appended last, for who sends it at once.
    [[nodiscard]] const std::shared_ptr<FreshBlocks> &freshBlocks() const { return m_fresh; }

    //! Appends a block for the endpoints with these ids. The block is accepted when \a done says
    //! so. Waits while the writer is behind, also for room on the disk.
    void append(RecordBlock block, std::vector<qint64> route, Done done);
    //! Likewise several, of which all are accepted or none.
    void append(std::vector<RecordBlock> blocks, std::vector<qint64> route, Done done);

    void settle(Settlement settlement, Done done);
    void settleReplay(ReplaySettlement settlement, Done done);

    //! Looks an endpoint up or adds it; see endpointtable::enrol. Waits for the writer.
    [[nodiscard]] Expected<qint64> enrol(const QString &identity, const QString &name,
                                         const QString &service, const QUrl &url);
    //! \a now is when that was asked for.
    void setPaused(qint64 endpoint, bool paused, Done done,
                   const QDateTime &now = QDateTime::currentDateTimeUtc());
    //! Keeps why an endpoint does not deliver, or that it does again.
    void setTrouble(qint64 endpoint, Trouble trouble, Done done);
    //! Claims a parked batch for a replay; false when it is not parked. Waits for the writer.
    [[nodiscard]] Expected<bool> claim(qint64 failedBatch);
    //! Parks a claimed batch again, for a replay that will not take place. Waits for the writer.
    [[nodiscard]] Expected<bool> release(qint64 failedBatch);
    //! Takes on the delivery of records to an endpoint beyond what the routes say (a replay to
    //! elsewhere, an edited copy, an import): a parked batch by which `accepted` grows. Gives its
    //! number. Waits for the writer.
    [[nodiscard]] Expected<qint64> oblige(const FailedBatch &batch);
    //! Gives a parked batch up, counted as discarded by the operator. Waits for the writer.
    [[nodiscard]] Expected<bool> discard(qint64 failedBatch);

    //! Removes records for good; see purgeRecords(). No engine may deliver from the journal
    //! meanwhile: it would not know. Waits for the writer.
    [[nodiscard]] Expected<PurgeReport> purge(const PurgeOrder &order);

    //! Calls \a written, on the writer's thread, once everything that was asked for before is
    //! written or refused, or waits for room.
    void whenWritten(std::function<void()> written);
    //! Waits until everything that was asked for is written and answered, also what waits for room.
    void sync();
    //! Likewise without the blocks that are to be appended.
    void syncMarks();

    //! Begins to keep the limits, which the first append does too. From then on giveUpAsked() may
    //! come; without anybody connected to it, a journal full of waiting records refuses new ones.
    void startRetention();
    //! Gives up what waits of an endpoint that has no sender. It is counted.
    void giveUp(const GiveUp &request, Done done);
    //! giveUpAsked() was followed; what can be settled of it has been.
    void giveUpAnswered();
    //! The clock of a server that was just heard is ahead of ours by so much; what is kept for a
    //! time does not expire under a clock that is wrong.
    void compareClocks(std::chrono::milliseconds ahead);
    //! Before the end: nothing waits for room any more, append() tells at once that there is none.
    void stopWaiting();
    //! From now on append() waits at most so long for room in memory, then tells that there is
    //! none, and again without waiting until there is.
    void setPatience(std::chrono::milliseconds patience);
    //! From now on what append() has taken is refused when it waits for room so long; it is never
    //! accepted later then.
    void setLongestHold(std::chrono::milliseconds longest);

Q_SIGNALS:
    void committed(const trace::Commit &commit);
    //! Waiting records must go. To be answered by settling those of them that are not under way,
    //! then giveUpAnswered().
    void giveUpAsked(const trace::GiveUp &request);
    //! Blocks before \a first are gone; 0: all are.
    void evicted(quint64 first);
    void conditionChanged(const trace::JournalCondition &condition);

private:
    Journal(QString folder, FileLock lock, const JournalLimits &limits);
    [[nodiscard]] bool askToGiveUp(const GiveUp &request);

    QString m_folder{};
    QList<Error> m_findings{};
    FileLock m_lock;
    JournalClock m_clock;
    const std::shared_ptr<FreshBlocks> m_fresh = std::make_shared<FreshBlocks>();
    std::unique_ptr<JournalWriter> m_writer;
};

} // namespace trace

Q_DECLARE_METATYPE(trace::Commit)
