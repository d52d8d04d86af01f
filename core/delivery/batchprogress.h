// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/batch.h"
#include "core/journal/sequenceset.h"

#include <deque>
#include <functional>

namespace trace {

//! How far a batch has come: what is still to be sent, in which parts, and what became of the rest.
//! Splits what is too large and halves what is refused until the record at fault is alone, in the
//! order of the records. Parks what is unfit to be sent. Pure bookkeeping; the sender does the
//! waiting and sending.
class BatchProgress final
{
public:
    //! Records that are given up, with the reason.
    struct Parked
    {
        std::vector<std::size_t> indices;
        QString reason;
        int status = 0;
        QString bodyExcerpt;
        bool mayHaveArrived = false;
        Problem problem{}; // of the last answer, as it is kept
    };

    //! What the sender does next.
    enum class Next
    {
        Proceed, //!< Send current(), or finish when isDone().
        Wait,    //!< Send current() again after a wait.
        Hold,    //!< Nothing can be delivered until the operator acts.
    };

    //! \a uncertain: records of which a former request may have arrived.
    BatchProgress(std::shared_ptr<const Service> service, std::unique_ptr<Batch> batch,
                  const SequenceSet &uncertain = {});

    [[nodiscard]] const Batch &batch() const { return *m_batch; }
    [[nodiscard]] bool isDone() const { return m_parts.empty(); }
    [[nodiscard]] const Share &current() const { return m_parts.front().share; }
    //! Records that are neither delivered nor parked.
    [[nodiscard]] std::size_t openRecords() const;
    //! Parked records that were refused, each alone: at fault themselves, unless the endpoint takes
    //! nothing at all.
    [[nodiscard]] std::size_t refusedRecords() const { return m_refused; }
    //! Nothing of it was taken so far.
    [[nodiscard]] bool tookNothing() const { return !m_tookSome; }

    //! Takes in the answer to current(), which went out \a sent times. \a now is for the attempts.
    Next apply(const Outcome &outcome, const HttpReply &reply, int sent, const QDateTime &now);
    //! Nobody waits for the answer to current() any more.
    void loseAnswer();
    //! Requests of current() without success so far, not counting throttled ones.
    [[nodiscard]] int failures() const { return m_parts.front().failures; }
    //! Cuts current() into two requests, the first of which comes next; false for a single record.
    bool split();
    //! Makes the open record at \a place, or the next one that is open, current(), alone.
    void probe(std::size_t place);
    //! Parks those records of current() for which \a reasonOf has a reason, and of the parts after
    //! it until one is left or none: their time has passed while they waited.
    void parkUnfit(const std::function<std::optional<QString>(const RecordView &)> &reasonOf);
    //! The server fails on current(), time and again: it is suspect, and another part comes first.
    //! False when there is no other.
    bool stepAside();
    //! Something else got through, so what is suspect is at fault itself: when the server fails on
    //! it once more, it is halved like a refused one.
    void blame();
    //! Gives everything that is open up.
    void parkOpen(const QString &reason, int status, const QString &bodyExcerpt);

    //! Places of what was delivered since the last call.
    [[nodiscard]] std::vector<std::size_t> takeDelivered();
    [[nodiscard]] const std::vector<Parked> &parked() const { return m_parked; }
    //! Everything not delivered: open or parked, as places in ascending order.
    [[nodiscard]] std::vector<std::size_t> undelivered() const;
    [[nodiscard]] const QList<Attempt> &attempts() const { return m_attempts; }
    //! Something of it, by a request whose answer was lost.
    [[nodiscard]] bool mayHaveArrived() const { return !m_arrived.empty(); }
    //! Sequence numbers of what is not delivered but may have arrived.
    [[nodiscard]] std::vector<std::uint64_t> uncertain() const;

    //! The records at \a indices as a failed batch with this batch's attempts, parked.
    [[nodiscard]] FailedBatch toFailedBatch(const Parked &parked, qint64 endpoint,
                                            const QDateTime &now) const;

private:
    struct Part
    {
        Share share; // of a part that is not packed only the indices
        bool isPacked = true;
        int failures = 0;
        int throttled = 0; // answers that asked for a slower pace
        int closed = 0;    // connections that broke on it
        bool isSuspect = false;
        bool isBlamed = false;
    };

    void note(const Outcome &outcome, const HttpReply &reply, int sent, const QDateTime &now);
    Next retry(const Outcome &outcome, const HttpReply &reply);
    Next slowDown();
    void refuse(const Outcome &outcome, const HttpReply &reply);
    void deliverPartly(const Outcome &outcome, const HttpReply &reply);
    [[nodiscard]] std::vector<std::size_t> rejectedPlaces(const Outcome &outcome) const;
    void halve(int closed = 0);
    void packFront();
    void parkCurrent(const Outcome &outcome, const HttpReply &reply);
    void park(const std::vector<std::size_t> &indices, const Outcome &outcome,
              const HttpReply &reply);
    void park(Parked parked);
    void finishPart();
    void noteArrived(std::size_t index);
    [[nodiscard]] bool hasArrived(std::size_t index) const;

    std::shared_ptr<const Service> m_service;
    std::unique_ptr<Batch> m_batch;
    std::deque<Part> m_parts; // the first one is packed
    std::vector<std::size_t> m_delivered;
    std::vector<Parked> m_parked;
    QList<Attempt> m_attempts;
    std::vector<bool> m_arrived; // which records may have; empty: none
    std::size_t m_refused = 0;
    bool m_tookSome = false;
};

} // namespace trace
