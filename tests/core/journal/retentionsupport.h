// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/journal/retentiontable.h"
#include "tests/core/journal/journalsupport.h"

#include <QDir>
#include <QFileInfo>

#include <atomic>
#include <random>

namespace trace {

//! Records that hardly compress, of these levels in turn.
inline std::vector<Record> bulkyRecords(int count, const std::vector<Level> &levels = {Level::Info},
                                        std::size_t bytes = 1000)
{
    static std::mt19937 dice(1);
    std::uniform_int_distribution<int> letter('!', '~');
    std::vector<Record> records;
    for (int i = 0; i < count; ++i) {
        Record record;
        record.timestamp = i + 1;
        record.level = levels[std::size_t(i) % levels.size()];
        record.context.runId = "bulky";
        for (std::size_t k = 0; k < bytes; ++k)
            record.message.push_back(char(letter(dice)));
        records.push_back(std::move(record));
    }
    return records;
}

//! What a journal's cap is about: pages in use plus the log.
inline qint64 bytesUsed(const QString &folder)
{
    auto connection = Connection::open(Journal::fileIn(folder), Connection::Access::ReadOnly);
    return retentiontable::use(*connection).value().used();
}

//! What the journal takes on the disk.
inline qint64 bytesOnDisk(const QString &folder)
{
    return QFileInfo(Journal::fileIn(folder)).size() +
           QFileInfo(Journal::fileIn(folder) + QStringLiteral("-wal")).size();
}

//! Accepted records without an outcome, by the journal alone.
inline qint64 waitingIn(const QString &folder, qint64 endpoint)
{
    return qint64(JournalReader::open(folder).value()->backlog(endpoint).value().count());
}

//! Both clocks, to be moved by hand.
class HandClock final
{
public:
    [[nodiscard]] JournalClock clock() const
    {
        return {.wall = [this] { return m_wall.load(); },
                .steady = [this] { return std::chrono::milliseconds(m_steady.load()); }};
    }
    //! Time goes by.
    void pass(std::chrono::milliseconds time)
    {
        m_wall += time.count();
        m_steady += time.count();
    }
    //! Somebody sets the clock.
    void jump(std::chrono::milliseconds time) { m_wall += time.count(); }

private:
    std::atomic<qint64> m_wall{1'700'000'000'000};
    std::atomic<qint64> m_steady{1'000'000};
};

} // namespace trace
