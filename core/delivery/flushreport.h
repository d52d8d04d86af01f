// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "core/journal/journalrows.h"
#include "core/platform/error.h"

#include <map>
#include <optional>

namespace trace {

//! What became of the records that a flush was for.
struct FlushReport
{
    //! Of one endpoint that was to get some of them.
    struct Part
    {
        QString id{}; //!< Endpoint::id.
        QString name{};
        Ledger ledger{};   //!< Of the run, or of all records, as the journal has it.
        QString problem{}; //!< What is not delivered, and why; empty when all is.
        QString action{};  //!< What the operator can do about it.
    };

    std::optional<QString> runId{};  //!< Nothing: all runs.
    std::uint64_t firstSequence = 0; //!< Of the records; 0 when there are none.
    std::uint64_t lastSequence = 0;
    QList<Part> endpoints{};
    std::optional<Error> problem{}; //!< Why nothing can be said, such as an unknown run.

    //! All records are delivered, or their endpoints do not want them (filter).
    [[nodiscard]] bool isDelivered() const;
    //! In words, one for each endpoint that has one, by its name.
    [[nodiscard]] QStringList problems() const;
};

//! How things stood when a flush was over.
struct FlushEnd
{
    std::optional<QString> runId{};
    SequenceRange range{};
    std::map<qint64, Ledger> before{};         //!< The endpoints' ledgers when it began.
    std::map<qint64, EndpointStatus> status{}; //!< By the number in the journal.
    QString stopped{};                         //!< Why it did not end by itself.
};

//! Reads the ledgers from the journal in \a folder; may take a while.
[[nodiscard]] FlushReport readFlushReport(const QString &folder, const FlushEnd &end);

} // namespace trace
