// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/logrecovery.h"

#include "core/journal/endpointtable.h"
#include "core/journal/failedbatchtable.h"
#include "core/journal/journalfiles.h"
#include "core/journal/writeaheadlog.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <filesystem>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

const QString checkDisk = u"Check the disk and the memory of this computer."_s;

QString trialFolderOf(const QString &path)
{
    return QFileInfo(path).path() + u"/recovery"_s;
}

//! The journal as it would be with another log, in a folder of its own beside it.
class Trial final
{
public:
    explicit Trial(const QString &path)
        : m_folder(trialFolderOf(path))
        , m_path(m_folder + u'/' + QFileInfo(path).fileName())
    {
        QDir().mkdir(m_folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        std::error_code problem; // then there is nothing to open
        std::filesystem::create_hard_link(path.toStdU16String(), m_path.toStdU16String(), problem);
    }
    ~Trial() { QDir(m_folder).removeRecursively(); }
    Q_DISABLE_COPY_MOVE(Trial)

    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] QString logPath() const { return m_path + u"-wal"_s; }

private:
    QString m_folder;
    QString m_path;
};

bool isWhole(Connection &connection, const QList<EndpointRow> &endpoints)
{
    const auto checked = connection.value(u"PRAGMA integrity_check(1)"_s);
    if (!checked || checked->toString() != u"ok")
        return false;
    return std::all_of(endpoints.begin(), endpoints.end(), [&](const EndpointRow &row) {
        const auto waiting = endpointtable::backlog(connection, row.id);
        const auto failed = failedbatchtable::openRecords(connection, row.id);
        return waiting && failed &&
               row.accepted == row.delivered + qint64(waiting->count()) + *failed +
                                   row.discardedByOperator + row.discardedByFilter +
                                   row.discardedShed + row.discardedDamaged + row.discardedExpired;
    });
}

Expected<void> replaceLog(const QString &path, const WriteAheadLog &log,
                          WriteAheadLog::Damaged damaged)
{
    auto done = log.writeMended(path + u"-wal"_s, damaged);
    if (done)
        QFile::remove(path + u"-shm"_s); // the index of the log as it was
    return done;
}

Expected<LogRecovery> mend(const QString &path, const WriteAheadLog &log)
{
    return replaceLog(path, log, WriteAheadLog::Damaged::Drop).map([&] {
        return LogRecovery{
            .finding = Error{u"%1 bit(s) of the journal's log %2-wal had flipped and were flipped "
                             u"back; nothing is lost"_s.arg(log.mended())
                                 .arg(path),
                             checkDisk}};
    });
}

//! Sets a copy of the log aside, and gives what is to be said of it.
Expected<QString> keepLog(const QString &path)
{
    const QString copy = path + u"-wal.damaged-"_s +
                         QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'"_s);
    if (!QFile::copy(path + u"-wal"_s, copy)) {
        return fail(
            u"the journal's log %1-wal is damaged, and no copy of it can be made"_s.arg(path),
            u"Free some disk space. Nothing was changed."_s);
    }
    return u"The log as it was is kept in %1; delete it when you do not need it any more. %2"_s.arg(
        copy, checkDisk);
}

//! The log passes for sound, but cannot be all of it.
Expected<LogRecovery> recoverShort(const QString &path)
{
    LogRecovery recovery{
        .finding = Error{u"the end of the journal's log %1-wal is missing, or %1 is an older copy "
                         u"than the file journal.tail beside it"_s.arg(path),
                         checkDisk},
        .isBehind = true};
    if (QFileInfo(path + u"-wal"_s).size() == 0)
        return recovery;
    return keepLog(path).map([&](const QString &action) {
        recovery.finding->action = action;
        return recovery;
    });
}

Expected<LogRecovery> recoverDamaged(const QString &path, const WriteAheadLog &log)
{
    const auto action = keepLog(path);
    if (!action)
        return tl::make_unexpected(action.error());
    LogRecovery recovery;
    recovery.finding =
        Error{u"the journal's log %1-wal was damaged in %2 place(s)"_s.arg(path).arg(log.damaged()),
              *action};
    if (!log.hasCommits()) {
        recovery.isCut = true;
        recovery.finding->text += u"; nothing in it can be read"_s;
        return recovery;
    }
    std::optional<WriteAheadLog::Damaged> kept; // the way in which all is whole
    for (const auto way : {WriteAheadLog::Damaged::Drop, WriteAheadLog::Damaged::Keep}) {
        const Trial trial(path);
        if (auto done = log.writeMended(trial.logPath(), way); !done)
            return tl::make_unexpected(done.error());
        auto connection = Connection::open(trial.path(), Connection::Access::ReadOnly);
        if (!connection)
            continue;
        const auto endpoints = endpointtable::read(*connection);
        const auto end = JournalTail::endOf(*connection);
        if (end && !recovery.known && end->nextSequence <= maxSequence)
            recovery.known = *end;
        if (endpoints && isWhole(*connection, *endpoints)) {
            kept = way;
            break;
        }
    }
    recovery.isCut = !kept;
    if (recovery.isCut) {
        recovery.finding->text +=
            u"; %1 commit(s) from there on are lost"_s.arg(log.commitsBehind());
        QFile::remove(path + u"-shm"_s);
        return recovery;
    }
    recovery.known.reset();
    recovery.finding->text += u"; the %1 commit(s) from there on are kept. A block of records that "
                              u"was hit itself is told when it is read"_s.arg(log.commitsBehind());
    return replaceLog(path, log, *kept).map([&] { return recovery; });
}

Expected<LogRecovery> recoverFrames(const QString &path)
{
    const auto log = WriteAheadLog::read(path + u"-wal"_s);
    if (!log)
        return tl::make_unexpected(log.error());
    if (log->isSound())
        return JournalTail::isAhead(path) ? recoverShort(path) : LogRecovery{};
    return log->damaged() > 0 ? recoverDamaged(path, *log) : mend(path, *log);
}

} // namespace

Expected<LogRecovery> recoverLog(const QString &path)
{
    QDir(trialFolderOf(path)).removeRecursively(); // of a process that was killed
    const auto tail = JournalTail::read(path);
    return recoverFrames(path).map([&](LogRecovery recovery) {
        recovery.isKnownWhole = tail.has_value();
        if (tail)
            recovery.known = merged(recovery.known.value_or(JournalEnd{}), *tail);
        return recovery;
    });
}

Expected<void> checkRecovered(const QString &path, const LogRecovery &recovery)
{
    if (!recovery.isCut && !recovery.isBehind)
        return {};
    auto connection = Connection::open(path, Connection::Access::ReadOnly);
    if (!connection)
        return tl::make_unexpected(connection.error());
    const auto checked = connection->value(u"PRAGMA integrity_check(1)"_s);
    if (!checked)
        return tl::make_unexpected(checked.error());
    if (checked->toString() == u"ok")
        return {};
    return fail(u"the journal %1 cannot be recovered: its log is damaged, and what stands in front "
                u"of the damage does not fit together (%2)"_s.arg(path, checked->toString()),
                u"Move the folder away and start again; keep it if its records matter."_s);
}

Expected<std::optional<Error>> countLost(Transaction &transaction, const LogRecovery &recovery)
{
    Connection &connection = transaction.connection();
    const auto now = JournalTail::endOf(connection);
    if (!now)
        return tl::make_unexpected(now.error());
    std::optional<Error> finding = recovery.finding;
    const JournalEnd known = recovery.known.value_or(JournalEnd{});
    if (!isBehind(*now, known)) {
        if (recovery.isCut) {
            finding->text += recovery.isKnownWhole
                                 ? u". No accepted record is missing; some may be sent again"_s
                                 : u". How many records were accepted in them, the log does not "
                                   u"tell any more"_s;
        }
        return finding;
    }
    auto done = connection.execute(u"UPDATE sequence SET next = max(next, ?)"_s,
                                   {quint64(known.nextSequence)});
    qint64 obligations = 0; // for endpoints
    for (const JournalEnd::Endpoint &row : known.endpoints) {
        const auto id =
            endpointtable::enrol(transaction, row.identity, row.name, row.service, QUrl(row.url));
        if (!id)
            return tl::make_unexpected(id.error());
        const auto *before = now->find(row.identity);
        const qint64 lost = row.accepted - (before ? before->accepted : 0);
        if (!done || lost <= 0)
            continue;
        obligations += lost;
        done = endpointtable::countAccepted(transaction, *id, lost).and_then([&] {
            return endpointtable::count(transaction, *id, {.discardedDamaged = lost});
        });
    }
    if (!finding) { // a log of which only bits had flipped
        finding = Error{u"the end of the journal's log %1-wal is missing"_s.arg(connection.path()),
                        checkDisk};
    }
    if (known.nextSequence > now->nextSequence) {
        finding->text += u". Lost are %1 accepted record(s), the numbers %2 to %3"_s
                             .arg(known.nextSequence - now->nextSequence)
                             .arg(now->nextSequence)
                             .arg(known.nextSequence - 1);
    } else {
        finding->text += u". Lost are %1 accepted record(s) of failed batches"_s.arg(obligations);
    }
    finding->action.prepend(u"They are counted as discarded (damaged), also those that "
                            u"had been delivered. "_s);
    return done.map([&] { return finding; });
}

} // namespace trace
