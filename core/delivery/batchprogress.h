// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/batch.h"

#include <deque>
#include <functional>

namespace trace {

//! How far a batch has come: what is still to be sent, in which parts, and what became of the rest.
//! Splits what is too large and halves what is refused until the record at fault is alone. Parks
//! what is unfit to be sent. Pure bookkeeping; the sender does the waiting and sending.
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
    };

    //! What the sender does next.
    enum class Next
    {
        Proceed,  //!< Send current(), or finish when isDone().
        Wait,     //!< Send current() again after a wait.
        Hold,     //!< Nothing can be delivered until the operator acts.
        Hopeless, //!< Refused three levels deep without one acceptance: hold, park nothing.
    };

    BatchProgress(std::shared_ptr<const Service> service, std::unique_ptr<Batch> batch);

    [[nodiscard]] const Batch &batch() const { return *m_batch; }
    [[nodiscard]] bool isDone() const { return m_parts.empty(); }
    [[nodiscard]] const Share &current() const { return m_parts.front().share; }
    //! Records that are neither delivered nor parked.
    [[nodiscard]] std::size_t openRecords() const;
    //! Something of it was taken, so what is parked is at fault itself.
    [[nodiscard]] bool hasAccepted() const { return m_anyAccepted; }
    //! Records that were refused, each alone, while nothing was taken that tells whose fault it is.
    [[nodiscard]] std::size_t doubtfulRecords() const { return m_anyAccepted ? 0 : m_refused; }

    //! Takes in the answer to current(), which went out \a sent times. \a now is for the attempts.
    Next apply(const Outcome &outcome, const HttpReply &reply, int sent, const QDateTime &now);
    //! Requests of current() without success so far, not counting throttled ones.
    [[nodiscard]] int failures() const { return m_parts.front().failures; }
    //! Cuts current() into two requests, the first of which comes next; false for a single record.
    bool split();
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
    [[nodiscard]] bool mayHaveArrived() const { return m_mayHaveArrived; }

    //! The records at \a indices as a failed batch with this batch's attempts, parked.
    [[nodiscard]] FailedBatch toFailedBatch(const Parked &parked, qint64 endpoint,
                                            const QDateTime &now) const;

private:
    struct Part
    {
        Share share;
        int level = 0; // how often it was halved because of a refusal
        int failures = 0;
        int throttled = 0; // answers that asked for a slower pace
        int closed = 0;    // connections that broke on it
        bool isSuspect = false;
        bool isBlamed = false;
        bool mayHaveArrived = false;
    };

    void note(const Outcome &outcome, const HttpReply &reply, int sent, const QDateTime &now);
    Next retry(const Outcome &outcome, const HttpReply &reply);
    Next slowDown();
    void halve(int levels);
    void addParts(const std::vector<std::size_t> &indices, const Part &origin, int level);
    void park(std::vector<std::size_t> indices, const Outcome &outcome, const HttpReply &reply,
              bool mayHaveArrived);
    void finishPart();
    Next refuse(const Outcome &outcome, const HttpReply &reply);
    void deliverPartly(const Outcome &outcome, const HttpReply &reply);
    [[nodiscard]] std::vector<std::size_t> rejectedPlaces(const Outcome &outcome) const;

    std::shared_ptr<const Service> m_service;
    std::unique_ptr<Batch> m_batch;
    std::deque<Part> m_parts;
    std::vector<std::size_t> m_delivered;
    std::vector<Parked> m_parked;
    QList<Attempt> m_attempts;
    std::size_t m_refused = 0; // records, each alone
    bool m_anyAccepted = false;
    bool m_mayHaveArrived = false;
};

} // namespace trace
