// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/filter/filter.h"
#include "core/journal/journalreader.h"
#include "core/platform/fileidentity.h"

#include <functional>
#include <limits>

namespace trace {

//! Which records are meant. All conditions must hold.
struct RecordSelection
{
    std::string run{}; //!< Empty: any.
    Filter filter{};
    std::int64_t since =
        std::numeric_limits<std::int64_t>::min(); //!< ns since the epoch, inclusive.
    std::int64_t until = std::numeric_limits<std::int64_t>::max(); //!< Likewise, exclusive.

    [[nodiscard]] bool isEverything() const;
    [[nodiscard]] bool contains(const RecordView &record) const;
};

//! Goes once through the records of a journal, in pieces, and on as it grows.
class RecordCursor final
{
public:
    using Sink = std::function<void(const RecordView &)>;

    //! With \a newest, of a selection of everything, the others are not read at all.
    [[nodiscard]] static Expected<std::unique_ptr<RecordCursor>>
    open(const QString &folder, RecordSelection selection, qint64 newest = 0);

    //! Gives \a sink what is meant of the next few megabytes. False when nothing is left by now.
    [[nodiscard]] Expected<bool> readOn(const Sink &sink);
    //! How often damaged blocks, of which is told, were left out.
    [[nodiscard]] qint64 damagedBlocks() const { return m_damagedBlocks; }

private:
    RecordCursor(const QString &folder, std::unique_ptr<JournalReader> reader,
                 RecordSelection selection);

    void read(const StoredBlock &stored, const Sink &sink);

    std::unique_ptr<JournalReader> m_reader;
    const QString m_path;
    const std::optional<FileIdentity> m_file; // that is open
    RecordSelection m_selection;
    std::uint64_t m_next = 1; // number of the next record to look at
    qint64 m_damagedBlocks = 0;
};

} // namespace trace
