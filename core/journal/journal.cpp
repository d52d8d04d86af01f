// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journal.h"

#include "core/journal/blocktable.h"
#include "core/journal/journalfiles.h"
#include "core/journal/logrecovery.h"
#include "core/journal/runcounttable.h"
#include "core/journal/runrangetable.h"
#include "core/journal/runtable.h"
#include "core/journal/schema.h"
#include "core/platform/privatefolder.h"
#include "core/platform/reservefile.h"

#include <QFile>
#include <QFileInfo>
#include <QMetaMethod>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

Expected<std::uint64_t> appendBlock(Transaction &transaction, const RecordBlock &block,
                                    const std::vector<qint64> &route, qint64 now)
{
    const auto routeId = routetable::idFor(transaction, route);
    if (!routeId)
        return tl::make_unexpected(routeId.error());
    const auto first = blocktable::append(transaction, block, *routeId, now);
    if (!first)
        return first;
    auto done = runtable::fold(transaction, block.runs, *first);
    for (const RunSummary &run : block.runs) {
        if (done)
            done = runrangetable::add(transaction, run, *first, *routeId);
    }
    for (const qint64 endpoint : route) {
        if (done)
            done = endpointtable::countAccepted(transaction, endpoint, block.count);
    }
    return done.map([&first] { return *first; });
}

Expected<void> writeSettlement(Transaction &transaction, const Settlement &settlement)
{
    auto done =
        endpointtable::settle(transaction, settlement.endpoint, settlement.ranges, settlement.mark);
    if (done)
        done = endpointtable::count(transaction, settlement.endpoint, settlement.counts);
    for (const Discard &discard : settlement.discarded) {
        if (done)
            done = discardtable::note(transaction, settlement.endpoint, discard);
    }
    for (const std::uint64_t first : settlement.damagedBlocks) {
        if (done)
            done = blocktable::markDamaged(transaction, first);
    }
    for (const FailedBatch &batch : settlement.failed) {
        if (done)
            done = failedbatchtable::insert(transaction, batch).map([](qint64) {});
    }
    return done;
}

//! Without a sender the journal alone knows what still waits.
Expected<void> writeGiveUp(Transaction &transaction, const GiveUp &request)
{
    for (const GiveUp::Part &part : request.parts) {
        const auto waiting = endpointtable::backlog(transaction.connection(), part.endpoint);
        if (!waiting)
            return tl::make_unexpected(waiting.error());
        SequenceSet given;
        for (const SequenceRange &range : part.ranges) {
            for (const SequenceRange &some : waiting->within(range))
                given.add(some);
        }
        const CountChange change = changeOf(request.reason, qint64(given.count()));
        auto done = endpointtable::settle(transaction, part.endpoint, given.ranges(), 0);
        if (done)
            done = endpointtable::count(transaction, part.endpoint, change);
        if (done)
            done = discardtable::note(transaction, part.endpoint, {request.reason, given.ranges()});
        if (!done)
            return done;
    }
    return {};
}

Expected<void> writeReplay(Transaction &transaction, const ReplaySettlement &settlement)
{
    if (settlement.delivered > 0) {
        auto done = endpointtable::count(transaction, settlement.endpoint,
                                         {.delivered = settlement.delivered});
        if (!done)
            return done;
    }
    if (settlement.remaining)
        return failedbatchtable::update(transaction, *settlement.remaining);
    return failedbatchtable::compareAndSet(transaction, settlement.batch, FailedState::Claimed,
                                           FailedState::Settled)
        .map([](bool) {});
}

Expected<void> prepareFile(const QString &path)
{
    auto connection = Connection::open(path, Connection::Access::ReadWrite);
    if (!connection)
        return tl::make_unexpected(connection.error());
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner);
    return prepareSchema(*connection)
        .and_then([&] { return checkNumbers(*connection); })
        .and_then([&] { return blocktable::checkCounts(*connection); });
}

} // namespace

QString Journal::fileIn(const QString &folder)
{
    return folder + u"/journal.sqlite"_s;
}

Expected<std::unique_ptr<Journal>> Journal::open(const QString &folder, JournalLimits limits)
{
    if (auto made = makePrivateFolder(folder); !made)
        return tl::make_unexpected(made.error());
    if (auto checked = journalfiles::checkForWriting(folder); !checked)
        return tl::make_unexpected(checked.error());
    auto lock = FileLock::tryLock(folder + u"/journal.lock"_s);
    if (!lock)
        return tl::make_unexpected(lock.error());

    const QString path = fileIn(folder);
    QList<Error> findings = journalfiles::findings(folder);
    if (QFileInfo(path).size() == 0) // a new one begins
        JournalTail::remove(path);
    auto recovery = recoverLog(path);
    if (!recovery)
        return tl::make_unexpected(recovery.error());
    auto ready = prepareFile(path);
    // On a full disk even this may need more room than there is: then it is time for the reserve.
    if (!ready && ReserveFile(JournalWriter::reserveOf(path), limits.reserveBytes).release())
        ready = prepareFile(path);
    if (!ready)
        return tl::make_unexpected(ready.error());
    std::unique_ptr<Journal> journal(new Journal(folder, std::move(*lock), limits));
    ready = checkRecovered(path, *recovery);
    std::optional<Error> finding;
    if (ready) {
        ready = journal->m_writer->run([&](Transaction &transaction) {
            return countLost(transaction, *recovery).and_then([&](std::optional<Error> told) {
                finding = std::move(told);
                return failedbatchtable::releaseClaimed(transaction).map([](qint64) {});
            });
        });
    }
    if (!ready)
        return tl::make_unexpected(ready.error());
    if (finding)
        findings.append(*finding);
    journal->m_findings = std::move(findings);
    return journal;
}

Journal::Journal(QString folder, FileLock lock, const JournalLimits &limits)
    : m_folder(std::move(folder))
    , m_lock(std::move(lock))
    , m_clock(limits.clock)
    , m_writer(std::make_unique<JournalWriter>(
          fileIn(m_folder), limits,
          JournalWriter::Listeners{
              .retention = {
                  .giveUp = [this](const GiveUp &request) { return askToGiveUp(request); },
                  .evicted = [this](std::uint64_t first) { Q_EMIT evicted(first); }},
              .condition = [this](const JournalCondition &condition) {
                  Q_EMIT conditionChanged(condition);
              }}))
{}

Journal::~Journal()
{
    m_writer.reset(); // its last callbacks still find the journal
}

void Journal::append(RecordBlock block, std::vector<qint64> route, Done done)
{
    std::vector<RecordBlock> blocks;
    blocks.push_back(std::move(block));
    append(std::move(blocks), std::move(route), std::move(done));
}

void Journal::append(std::vector<RecordBlock> blocks, std::vector<qint64> route, Done done)
{
    struct Appended
    {
        Commit commit;
        std::shared_ptr<const BlockFrames> frames;
    };
    std::erase_if(blocks, [](const RecordBlock &block) { return block.count == 0; });
    if (blocks.empty()) {
        done(std::nullopt);
        return;
    }
    qint64 bytes = 0;
    // Shared: the work and the answer to it both need the places that the blocks got.
    const auto appended = std::make_shared<std::vector<Appended>>();
    for (RecordBlock &block : blocks) {
        bytes += block.data.size();
        auto frames = std::exchange(block.frames, {});
        if (frames)
            frames = route.empty() ? nullptr : m_fresh->admit(std::move(frames));
        appended->push_back({{.endpoints = route}, std::move(frames)});
    }
    m_writer->append(
        [this, appended, route, blocks = std::move(blocks)](Transaction &transaction) {
            Expected<void> added;
            for (std::size_t i = 0; i < blocks.size() && added; ++i) {
                added = appendBlock(transaction, blocks[i], route, m_clock.wall())
                            .map([&](std::uint64_t first) {
                                (*appended)[i].commit.range = {first, first + blocks[i].count - 1};
                            });
            }
            return added;
        },
        [this, appended, done = std::move(done)](const std::optional<Error> &error) {
            for (Appended &block : *appended) {
                if (error)
                    break;
                const SequenceRange range = block.commit.range;
                if (block.frames)
                    m_fresh->add({range.first, std::uint32_t(range.last - range.first + 1),
                                  std::move(block.frames)});
                Q_EMIT committed(block.commit);
            }
            done(error);
        },
        bytes);
}

void Journal::settle(Settlement settlement, Done done)
{
    m_writer->submit(
        [settlement = std::move(settlement)](Transaction &transaction) {
            return writeSettlement(transaction, settlement);
        },
        std::move(done));
}

void Journal::settleReplay(ReplaySettlement settlement, Done done)
{
    m_writer->submit([settlement = std::move(settlement)](
                         Transaction &transaction) { return writeReplay(transaction, settlement); },
                     std::move(done));
}

Expected<PurgeReport> Journal::purge(const PurgeOrder &order)
{
    PurgeReport report;
    return m_writer
        ->runAlone([&](Connection &connection) {
            m_fresh->clear(); // it may hold what is to go
            return purgeRecords(connection, order).map([&](PurgeReport value) {
                report = std::move(value);
            });
        })
        .map([&] { return report; });
}

void Journal::whenWritten(std::function<void()> written)
{
    m_writer->submit([](Transaction &) { return Expected<void>(); },
                     [written = std::move(written)](const std::optional<Error> &) { written(); });
}

void Journal::sync()
{
    m_writer->sync();
}

void Journal::syncMarks()
{
    std::ignore = m_writer->run([](Transaction &) { return Expected<void>(); });
}

void Journal::startRetention()
{
    m_writer->startRetention();
}

void Journal::setPatience(std::chrono::milliseconds patience)
{
    m_writer->setPatience(patience);
}

void Journal::setLongestHold(std::chrono::milliseconds longest)
{
    m_writer->setLongestHold(longest);
}

void Journal::compareClocks(std::chrono::milliseconds ahead)
{
    const std::chrono::milliseconds servers(m_clock.wall() + ahead.count());
    m_clock.servers->heard(servers - m_clock.steady());
}

void Journal::stopWaiting()
{
    m_writer->stopWaiting();
}

bool Journal::askToGiveUp(const GiveUp &request)
{
    if (!isSignalConnected(QMetaMethod::fromSignal(&Journal::giveUpAsked)))
        return false;
    Q_EMIT giveUpAsked(request);
    return true;
}

void Journal::giveUp(const GiveUp &request, Done done)
{
    m_writer->submit(
        [request](Transaction &transaction) { return writeGiveUp(transaction, request); },
        std::move(done));
}

void Journal::giveUpAnswered()
{
    m_writer->giveUpAnswered();
}

Expected<qint64> Journal::enrol(const QString &identity, const QString &name,
                                const QString &service, const QUrl &url)
{
    qint64 id = 0;
    return m_writer
        ->run([&](Transaction &transaction) {
            return endpointtable::enrol(transaction, identity, name, service, url)
                .map([&](qint64 value) { id = value; });
        })
        .map([&] { return id; });
}

void Journal::setPaused(qint64 endpoint, bool paused, Done done, const QDateTime &now)
{
    m_writer->submit(
        [endpoint, since = paused ? now : QDateTime()](Transaction &transaction) {
            return endpointtable::setPaused(transaction, endpoint, since);
        },
        std::move(done));
}

void Journal::setTrouble(qint64 endpoint, Trouble trouble, Done done)
{
    m_writer->submit(
        [endpoint, trouble = std::move(trouble)](Transaction &transaction) {
            return endpointtable::setTrouble(transaction, endpoint, trouble);
        },
        std::move(done));
}

Expected<bool> Journal::claim(qint64 failedBatch)
{
    bool claimed = false;
    return m_writer
        ->run([&](Transaction &transaction) {
            return failedbatchtable::compareAndSet(transaction, failedBatch, FailedState::Parked,
                                                   FailedState::Claimed)
                .map([&](bool value) { claimed = value; });
        })
        .map([&] { return claimed; });
}

Expected<bool> Journal::release(qint64 failedBatch)
{
    bool released = false;
    return m_writer
        ->run([&](Transaction &transaction) {
            return failedbatchtable::compareAndSet(transaction, failedBatch, FailedState::Claimed,
                                                   FailedState::Parked)
                .map([&](bool value) { released = value; });
        })
        .map([&] { return released; });
}

Expected<qint64> Journal::oblige(const FailedBatch &batch)
{
    qint64 id = 0;
    return m_writer
        ->run([&](Transaction &transaction) -> Expected<void> {
            const auto inserted = failedbatchtable::insert(transaction, batch);
            if (!inserted)
                return tl::make_unexpected(inserted.error());
            id = *inserted;
            auto done =
                endpointtable::countAccepted(transaction, batch.row.endpoint, batch.row.records);
            for (const auto &[run, records] : recordsPerRun(batch.data)) {
                if (done) {
                    done = runcounttable::add(
                        transaction,
                        {.runId = run, .endpoint = batch.row.endpoint, .accepted = records});
                }
            }
            return done;
        })
        .map([&] { return id; });
}

Expected<bool> Journal::discard(qint64 failedBatch)
{
    bool discarded = false;
    return m_writer
        ->run([&](Transaction &transaction) -> Expected<void> {
            const auto batch = failedbatchtable::read(transaction.connection(), failedBatch);
            if (!batch)
                return tl::make_unexpected(batch.error());
            const auto settled = failedbatchtable::compareAndSet(
                transaction, failedBatch, FailedState::Parked, FailedState::Settled);
            if (!settled)
                return tl::make_unexpected(settled.error());
            discarded = *settled;
            if (!discarded)
                return {};
            auto done = endpointtable::count(transaction, batch->row.endpoint,
                                             {.discardedByOperator = batch->row.records});
            for (const auto &[run, records] : recordsPerRun(batch->data)) {
                if (done) {
                    done = runcounttable::add(transaction,
                                              {.runId = run,
                                               .endpoint = batch->row.endpoint,
                                               .discarded = {.discardedByOperator = records}});
                }
            }
            return done;
        })
        .map([&] { return discarded; });
}

} // namespace trace
