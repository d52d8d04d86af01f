// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Forwarder that deals with failed batches.
#include "core/delivery/forwarder.h"
#include "core/delivery/settling.h"

namespace trace {

using namespace Qt::StringLiterals;

void Forwarder::replay(const QList<qint64> &failedBatches)
{
    for (const qint64 id : failedBatches) {
        const auto sender = claim(id);
        if (!sender) {
            Q_EMIT replayFinished(id, false, sender.error().text);
            continue;
        }
        (*sender)->endWait();
        (*sender)->replay(id);
    }
}

//! Makes a failed batch its sender's alone.
Expected<Sender *> Forwarder::claim(qint64 failedBatch)
{
    const auto batch = m_reader->failedBatch(failedBatch);
    if (!batch)
        return tl::make_unexpected(batch.error());
    Sender *const sender = senderOf(batch->endpoint);
    if (!sender || sender->isDetached())
        return fail(u"%1 is not configured"_s.arg(batch->endpointName));
    if (sender->isHeld())
        return fail(u"%1 is held: %2"_s.arg(batch->endpointName, sender->problem()));
    const auto claimed = m_journal.claim(failedBatch);
    if (!claimed)
        return tl::make_unexpected(claimed.error());
    if (!*claimed)
        return fail(u"batch %1 is being replayed or is settled already"_s.arg(failedBatch));
    return sender;
}

//! What was set aside by a wrong clock may be fit by the right one; the rest stays as it is.
void Forwarder::lookAgain(Sender &sender)
{
    if (sender.isHeld() || !sender.takeSkewNews())
        return;
    const auto batches = m_reader->failedBatches();
    if (!batches) {
        Q_EMIT problemOccurred(batches.error());
        return;
    }
    for (const FailedBatchRow &batch : *batches) {
        if (sender.isParkedForTime(batch) && claim(batch.id))
            sender.replay(batch.id);
    }
}

void Forwarder::discard(const QList<qint64> &failedBatches)
{
    for (const qint64 id : failedBatches) {
        const auto batch = m_reader->failedBatch(id);
        const auto discarded = m_journal.discard(id);
        if (!batch || !discarded) {
            Q_EMIT problemOccurred(batch ? discarded.error() : batch.error());
            continue;
        }
        if (!*discarded) {
            Q_EMIT problemOccurred(
                {u"batch %1 is being replayed or is settled already"_s.arg(id), {}});
            continue;
        }
        if (Sender *sender = senderOf(batch->endpoint))
            sender->failedDiscarded(batch->records);
        else if (auto read = readOthers(); !read)
            Q_EMIT problemOccurred(read.error());
    }
    publishStatus();
    Q_EMIT failedBatchesChanged();
}

Expected<qint64> Forwarder::oblige(FailedBatch batch, const QString &endpoint)
{
    Sender *sender = senderOf(endpoint);
    if (!sender)
        return fail(u"there is no endpoint %1"_s.arg(endpoint), u"Configure it first."_s);
    batch.row.endpoint = sender->journalId();
    batch.configuration = configurationToKeep(sender->endpoint());
    const auto id = m_journal.oblige(batch);
    if (id)
        sender->obliged(batch.row.records);
    return id;
}

} // namespace trace
