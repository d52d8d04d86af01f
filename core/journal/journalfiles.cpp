// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journalfiles.h"

#include "core/journal/journal.h"
#include "core/platform/privatefolder.h"

#include <QDir>
#include <QFileInfo>

#include <filesystem>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

const QString otherFolder = u"Name another folder with --journal."_s;
constexpr QByteArrayView sqliteMagic("SQLite format 3\0", 16);

std::filesystem::path pathOf(const QString &path)
{
    return path.toStdU16String();
}

tl::unexpected<Error> unreadable(const QString &path, const std::error_code &problem)
{
    return fail(
        u"the journal %1 cannot be read: %2"_s.arg(path, QString::fromStdString(problem.message())),
        u"Check whose it is, or name another folder with --journal."_s);
}

} // namespace

namespace journalfiles {

bool areMissing(const QString &folder)
{
    std::error_code problem;
    return std::filesystem::symlink_status(pathOf(Journal::fileIn(folder)), problem).type() ==
           std::filesystem::file_type::not_found;
}

Expected<void> refuseLinks(const QString &folder)
{
    const QString file = Journal::fileIn(folder);
    std::error_code ignored; // while a damaged log is looked at, or after that was cut short
    const std::uintmax_t ownLinks =
        std::filesystem::exists(pathOf(folder + u"/recovery/journal.sqlite"_s), ignored) ? 2 : 1;
    for (const QString &path :
         {file, file + u"-wal"_s, file + u"-shm"_s, file + u"-journal"_s,
          folder + u"/journal.lock"_s, folder + u"/journal.reserve"_s, folder + u"/journal.clock"_s,
          folder + u"/journal.tail"_s, folder + u"/recovery"_s}) {
        std::error_code problem;
        const auto status = std::filesystem::symlink_status(pathOf(path), problem);
        if (status.type() == std::filesystem::file_type::not_found)
            continue;
        if (problem)
            return unreadable(path, problem);
        const bool isFile = status.type() == std::filesystem::file_type::regular;
        if (status.type() == std::filesystem::file_type::symlink ||
            (isFile && std::filesystem::hard_link_count(pathOf(path), problem) >
                           (path == file ? ownLinks : 1))) {
            return fail(u"%1 is a link, where the journal has a file of its own"_s.arg(path),
                        u"See who made it, and where it leads. Put the file itself there, or name "
                        u"another folder with --journal."_s);
        }
        // A pipe would be waited for. The journal itself has words of its own.
        if (!isFile && path != file && path != folder + u"/recovery"_s) {
            return fail(u"%1 is no file, where the journal has one of its own"_s.arg(path),
                        u"See who made it, and take it away; or name another folder with "
                        u"--journal."_s);
        }
    }
    return {};
}

Expected<void> refuseForeign(const QString &folder)
{
    const QString path = Journal::fileIn(folder);
    std::error_code problem;
    const auto status = std::filesystem::status(pathOf(path), problem);
    if (status.type() == std::filesystem::file_type::not_found)
        return {};
    if (problem)
        return unreadable(path, problem);
    if (status.type() != std::filesystem::file_type::regular)
        return fail(u"%1 is no file"_s.arg(path), otherFolder);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return unreadable(path, std::make_error_code(std::errc::permission_denied));
    if (file.size() == 0) {
        return fail(u"%1 is empty: what it held is lost"_s.arg(path),
                    u"Put a copy back if you have one; else delete the file, and a new journal "
                    u"begins."_s);
    }
    if (file.read(sqliteMagic.size()) != sqliteMagic)
        return fail(u"%1 is no journal, and no SQLite database at all"_s.arg(path), otherFolder);
    return {};
}

Expected<void> checkForWriting(const QString &folder)
{
    if (auto checked = refuseLinks(folder); !checked)
        return checked;
    const QFileInfo file(Journal::fileIn(folder));
    const QFileInfo log(file.filePath() + u"-wal"_s);
    if (!file.exists() && log.size() > 0) {
        return fail(
            u"%1 is gone, but its log %1-wal is there, perhaps with records"_s.arg(file.filePath()),
            u"Put the file back; else move the log away, and a new journal begins."_s);
    }
    // Of a process that was killed as it began: nothing was written yet.
    const bool isBegun = file.exists() && file.size() == 0 && log.size() == 0 &&
                         !QFileInfo::exists(JournalWriter::reserveOf(file.filePath()));
    return isBegun ? Expected<void>() : refuseForeign(folder);
}

QList<Error> findings(const QString &folder)
{
    QList<Error> result;
    if (const auto exposure = exposureOf(folder))
        result.append(*exposure);
    const QString file = QFileInfo(Journal::fileIn(folder)).fileName();
    const QStringList logs =
        QDir(folder).entryList({file + u"-wal.damaged-*"_s}, QDir::Files, QDir::Name);
    for (const QString &log : logs) {
        result.append(
            {u"the journal's log was found damaged once; as it was, it is kept in %1/%2"_s.arg(
                 folder, log),
             u"What is known to be lost is counted as discarded (damaged). Delete the file when "
             u"you do not need it any more."_s});
    }
    return result;
}

} // namespace journalfiles

Expected<void> checkNumbers(Connection &connection)
{
    const auto snapshot = Transaction::beginReading(connection);
    if (!snapshot)
        return tl::make_unexpected(snapshot.error());
    const QString limit = QString::number(maxSequence);
    // The parts that are cheap: a journal may have millions of blocks.
    const auto wrong = connection.value(
        u"SELECT (SELECT count(*) <> 1 OR typeof(max(next)) <> 'integer' OR max(next) NOT BETWEEN 1"
        u" AND %1 FROM sequence)"
        u" + (SELECT count(*) FROM endpoint, sequence WHERE settled NOT BETWEEN 0 AND next - 1 OR"
        u" min(accepted, delivered, discarded_operator, discarded_filter, discarded_shed,"
        u" discarded_damaged, discarded_expired) < 0 OR max(accepted, delivered,"
        u" discarded_operator, discarded_filter, discarded_shed, discarded_damaged,"
        u" discarded_expired) > %1)"
        u" + (SELECT count(*) FROM settled_range, sequence WHERE first < 1 OR last < first OR last"
        u" >= next)"
        u" + (SELECT count(*) FROM (SELECT first, count FROM block INDEXED BY block_backlog ORDER "
        u"BY"
        u" first LIMIT 1), sequence WHERE first < 1 OR count < 1)"
        u" + (SELECT count(*) FROM (SELECT first, count FROM block INDEXED BY block_backlog ORDER "
        u"BY"
        u" first DESC LIMIT 1), sequence WHERE count < 1 OR first + count > next)"_s.arg(limit));
    if (!wrong)
        return tl::make_unexpected(wrong.error());
    return wrong->toLongLong() == 0 ? Expected<void>() : damagedNumbers(connection);
}

tl::unexpected<Error> damagedNumbers(const Connection &connection)
{
    return fail(u"the numbers in the journal %1 are damaged or used up: they cannot be right"_s.arg(
                    connection.path()),
                u"Move the folder away and start again; keep it if its records matter."_s);
}

} // namespace trace
