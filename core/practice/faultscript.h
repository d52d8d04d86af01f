// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QList>
#include <QString>

namespace trace {

//! A way to fail. `probability` is the share of requests that it strikes, 0 to 1.
struct Fault
{
    enum class Kind
    {
        Status,  //!< Answers with `status`; stores nothing.
        Drop,    //!< Closes the connection before storing anything.
        Lost,    //!< Stores, then closes the connection without an answer.
        Half,    //!< Stores, then closes only its sending side, without an answer.
        Timeout, //!< Stores nothing and never answers.
        Reject,  //!< Refuses with `status` when a record's message contains `text`.
    };
    Kind kind = Kind::Status;
    int status = 500;
    double probability = 1;
    QString text;               //!< For Reject.
    int retryAfterSeconds = -1; //!< Sent as Retry-After when not negative.

    //! Whether the request is stored and only its answer withheld.
    [[nodiscard]] bool hidesAnswer() const { return kind == Kind::Lost || kind == Kind::Half; }

    friend bool operator==(const Fault &, const Fault &) = default;
};

//! The faults of a practice endpoint, written `429:0.2,500:0.1,drop:0.05,lost:0.05,half:0.05,
//! timeout:0.05`, `401` (always), `reject=TEXT` (400) or `reject=TEXT:413`; `429:0.2:3` adds
//! `Retry-After: 3`. Each request is struck by at most one of those with a probability, in the
//! order in which they are written; one without a probability takes what the ones before it left.
//! An empty text is a script without faults. A reject text cannot hold a comma.
struct FaultScript
{
    QList<Fault> faults;

    //! The error names the part that is wrong and what is allowed.
    [[nodiscard]] static Expected<FaultScript> parse(const QString &text);

    friend bool operator==(const FaultScript &, const FaultScript &) = default;
};

} // namespace trace
