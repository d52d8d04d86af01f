// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/endpointtable.h"

#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QUrl>

#include <chrono>

namespace trace {

class JournalReader;

//! What an endpoint's sender is doing; the user sees these very states.
enum class SenderState
{
    Idle,               //!< Nothing to send, or waiting for enough of it.
    Sending,            //!< A request is under way.
    BackingOff,         //!< Waits before the same batch goes out again.
    HeldAuthentication, //!< Key or rights are refused; a change of the endpoint resumes.
    HeldConfiguration,  //!< Address, certificate or set-up is wrong; a change resumes.
    HeldByOperator,     //!< Paused, or disabled in the configuration.
    Suspended,          //!< The service does not answer; probing at growing intervals.
};

//! How an endpoint fares, in three words that every view uses.
enum class Health
{
    Untried, //!< Never reached, and nothing speaks against it.
    Ok,
    Trouble, //!< It is held or paused, did not answer last, has failed batches, or lets wait.
    Unused,  //!< Disabled or not configured; nothing waits or has failed.
};

//! "not tried yet", "ok", "in trouble", "not in use".
[[nodiscard]] QString healthText(Health health);
//! "untried", "ok", "trouble", "unused": as --json names it.
[[nodiscard]] QString healthName(Health health);

//! "held (authentication)": as the command line and the log name it.
[[nodiscard]] QString stateName(SenderState state);

//! Where the accepted records of an endpoint are. Balances at all times.
struct Ledger
{
    qint64 accepted = 0;  //!< Committed to the journal and routed to the endpoint.
    qint64 delivered = 0; //!< Stored by the service, by its own answer.
    qint64 waiting = 0;   //!< In the journal, not sent yet. Counted there, not derived.
    qint64 inFlight = 0;  //!< In a request without an answer yet.
    qint64 failed = 0;    //!< In failed batches.
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
    [[nodiscard]] bool isBalanced() const
    {
        return accepted == delivered + waiting + inFlight + failed + discarded();
    }
    friend bool operator==(const Ledger &, const Ledger &) = default;
};

//! One endpoint as an operator sees it.
struct EndpointStatus
{
    qint64 journalId = 0; //!< The endpoint's number in the journal.
    QString id{};         //!< Endpoint::id.
    QString name{};
    QString service{};
    QUrl url{};
    bool configured =
        true; //!< False: records of it are in the journal, but it is configured no more.
    SenderState state = SenderState::Idle;
    QString problem{};   //!< Why it is held, suspended or backing off.
    QString action{};    //!< What the operator can do.
    bool paused = false; //!< By the operator, whatever else is the matter.
    Problem reason{};    //!< What `problem` words, where that stops delivery.
    QDateTime since{};   //!< When that began; invalid when it is not known.
    QDateTime unansweredSince{}; //!< When the oldest request without an answer went out.
    Health health = Health::Untried;
    std::chrono::milliseconds flushInterval{2000}; //!< Longest wait of a record.
    Ledger ledger{};
    double recordsPerSecond = 0; //!< Delivered, over the last few seconds.
    qint64 requests = 0;         //!< Sent since the start.
    qint64 retries = 0;          //!< Of those, not the first of their batch.
    double latencyMs = 0;        //!< Median time from request to answer of the last 100.
    QDateTime nextAttempt{};     //!< When it tries again; invalid when it does not wait.
    QDateTime lastSuccess{};
    bool verifiesTls = true; //!< False: any server is believed (tls.verify); to be shown in red.

    friend bool operator==(const EndpointStatus &, const EndpointStatus &) = default;
};

//! \a oldest is when the oldest record that waits was accepted; invalid when none does.
[[nodiscard]] Health healthOf(const EndpointStatus &status, const QDateTime &oldest,
                              const QDateTime &now);
//! Fills in the health, and where records wait for too long for no other reason, that one.
void addHealth(EndpointStatus &status, const QDateTime &oldest, const QDateTime &now);
//! So long a record may wait beyond the flush interval, and a request for its answer, before that
//! is trouble: a request and its answer take their time.
inline constexpr std::chrono::milliseconds answerPatience{5000};
//! That a request without an answer went out at \a since, and how long it was waited for.
[[nodiscard]] Problem unansweredProblem(const QDateTime &since, const QDateTime &now);
//! Nothing of it is left to tell: not configured, and nothing waits or has failed.
[[nodiscard]] bool isOver(const EndpointStatus &status);
//! When the oldest record was accepted that waits for the endpoint as the journal has it.
[[nodiscard]] QDateTime oldestWaiting(JournalReader &reader, qint64 endpoint);

//! Takes over of \a row what only the holder of the journal can know better: when it was reached,
//! whether it is paused, and the last trouble.
void addRemembered(EndpointStatus &status, const EndpointRow &row);

//! Everything the console's panels show, as one value; how often, Engine::statusChanged says.
struct ForwarderStatus
{
    QList<EndpointStatus> endpoints{};
    quint64 firstSequence = 0; //!< Of the oldest record kept; 0 when the journal is empty.
    quint64 lastSequence = 0;  //!< Of the newest record committed.
    double acceptedPerSecond = 0;
    qint64 failedBatches = 0; //!< Parked or claimed.
    QString journalProblem{}; //!< Set while the journal cannot be written.

    friend bool operator==(const ForwarderStatus &, const ForwarderStatus &) = default;
};

} // namespace trace

Q_DECLARE_METATYPE(trace::SenderState)
Q_DECLARE_METATYPE(trace::EndpointStatus)
Q_DECLARE_METATYPE(trace::ForwarderStatus)
