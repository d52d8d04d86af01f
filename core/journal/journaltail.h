// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/connection.h"

#include <QFile>

#include <optional>

namespace trace {

//! What a journal had accepted at some time.
struct JournalEnd
{
    //! What the table of endpoints has of one; another row may be its own later.
    struct Endpoint
    {
        QString identity{};
        QString name{};
        QString service{};
        QString url{};
        qint64 accepted = 0;
    };

    //! The endpoint with this identity; nothing when there is none.
    [[nodiscard]] const Endpoint *find(const QString &identity) const;

    std::uint64_t nextSequence = 0;
    QList<Endpoint> endpoints{};
};

//! \a now has accepted less than \a known.
[[nodiscard]] bool isBehind(const JournalEnd &now, const JournalEnd &known);
//! The larger of each number.
[[nodiscard]] JournalEnd merged(JournalEnd one, const JournalEnd &other);

//! The small file journal.tail beside a journal, which tells what was accepted when the journal's
//! log cannot any more: because it was cut, emptied, removed or overwritten. It is written behind
//! each commit and before that is answered, and never synced: it outlives the process, but after a
//! power cut it may be older than the journal, which does no harm.
class JournalTail final
{
public:
    //! Of the journal file \a journal; nothing is opened yet.
    explicit JournalTail(const QString &journal);

    //! What the file says; nothing when there is none, or one that was damaged.
    [[nodiscard]] static std::optional<JournalEnd> read(const QString &journal);
    //! Whether the journal \a journal lacks something that its file knows of.
    [[nodiscard]] static bool isAhead(const QString &journal);
    //! Of a journal that is not there any more.
    static void remove(const QString &journal);

    //! What is accepted, in a transaction with what it accepts itself.
    [[nodiscard]] static Expected<JournalEnd> endOf(Connection &connection);

    //! Without it a loss may only be found later, or not: no reason to stop.
    void write(const JournalEnd &end);

private:
    QFile m_file;
    QByteArray m_written{};
};

} // namespace trace
