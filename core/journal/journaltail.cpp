// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journaltail.h"

#include "core/platform/smallfile.h"
#include "core/record/blockframe.h"

#include <QDataStream>
#include <QFileInfo>

#include <algorithm>

#ifdef Q_OS_UNIX
#include <unistd.h>
#endif

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView magic("TRACETAIL1\n");
// So much is there from the first write on: later ones need no room on a full disk.
constexpr qsizetype leastBytes = 4096;
constexpr qint64 mostBytes = 16 * 1024 * 1024;

QString tailOf(const QString &journal)
{
    return QFileInfo(journal).path() + u"/journal.tail"_s;
}

quint32 checksumOf(const QByteArray &bytes)
{
    return trace::checksumOf(std::string_view(bytes.constData(), std::size_t(bytes.size())));
}

QByteArray toBytes(const JournalEnd &end)
{
    QByteArray content;
    QDataStream out(&content, QIODevice::WriteOnly);
    out.setVersion(QDataStream::Qt_6_0);
    out << quint64(end.nextSequence) << quint32(end.endpoints.size());
    for (const JournalEnd::Endpoint &row : end.endpoints)
        out << row.identity << row.name << row.service << row.url << row.accepted;
    QByteArray bytes = magic.toByteArray();
    QDataStream framed(&bytes, QIODevice::Append);
    framed.setVersion(QDataStream::Qt_6_0);
    framed << checksumOf(content) << content;
    return bytes;
}

std::optional<JournalEnd> fromBytes(const QByteArray &bytes)
{
    if (!bytes.startsWith(magic))
        return std::nullopt;
    QDataStream framed(bytes.sliced(magic.size()));
    framed.setVersion(QDataStream::Qt_6_0);
    quint32 checksum = 0;
    QByteArray content;
    framed >> checksum >> content;
    if (framed.status() != QDataStream::Ok || checksumOf(content) != checksum)
        return std::nullopt;
    QDataStream in(content);
    in.setVersion(QDataStream::Qt_6_0);
    quint64 next = 0;
    quint32 count = 0;
    in >> next >> count;
    JournalEnd end{.nextSequence = next};
    for (quint32 i = 0; i < count && in.status() == QDataStream::Ok; ++i) {
        JournalEnd::Endpoint row;
        in >> row.identity >> row.name >> row.service >> row.url >> row.accepted;
        end.endpoints.append(row);
    }
    return in.status() == QDataStream::Ok ? std::optional(end) : std::nullopt;
}

//! In one call of the system: this is done with each commit.
bool writeAtBegin(QFile &file, const QByteArray &bytes)
{
#ifdef Q_OS_UNIX
    return ::pwrite(file.handle(), bytes.constData(), std::size_t(bytes.size()), 0) == bytes.size();
#else
    return file.seek(0) && file.write(bytes) == bytes.size();
#endif
}

} // namespace

const JournalEnd::Endpoint *JournalEnd::find(const QString &identity) const
{
    const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                    [&](const Endpoint &one) { return one.identity == identity; });
    return found == endpoints.end() ? nullptr : &*found;
}

bool isBehind(const JournalEnd &now, const JournalEnd &known)
{
    return now.nextSequence < known.nextSequence ||
           std::any_of(known.endpoints.begin(), known.endpoints.end(),
                       [&](const JournalEnd::Endpoint &endpoint) {
                           const auto *same = now.find(endpoint.identity);
                           return (same ? same->accepted : 0) < endpoint.accepted;
                       });
}

JournalEnd merged(JournalEnd one, const JournalEnd &other)
{
    one.nextSequence = std::max(one.nextSequence, other.nextSequence);
    for (JournalEnd::Endpoint &endpoint : one.endpoints) {
        if (const auto *same = other.find(endpoint.identity))
            endpoint.accepted = std::max(endpoint.accepted, same->accepted);
    }
    for (const JournalEnd::Endpoint &endpoint : other.endpoints) {
        if (!one.find(endpoint.identity))
            one.endpoints.append(endpoint);
    }
    return one;
}

JournalTail::JournalTail(const QString &journal)
    : m_file(tailOf(journal))
{}

std::optional<JournalEnd> JournalTail::read(const QString &journal)
{
    const auto bytes = readSmallFile(tailOf(journal), mostBytes);
    return bytes ? fromBytes(*bytes) : std::nullopt;
}

bool JournalTail::isAhead(const QString &journal)
{
    const auto known = read(journal); // first: the journal is never behind it
    if (!known)
        return false;
    auto connection = Connection::open(journal, Connection::Access::ReadOnly);
    if (!connection)
        return false;
    const auto now = endOf(*connection);
    return now && isBehind(*now, *known);
}

void JournalTail::remove(const QString &journal)
{
    QFile::remove(tailOf(journal));
}

//! With most commits: so it is one query, and of no more than is needed.
Expected<JournalEnd> JournalTail::endOf(Connection &connection)
{
    auto rows = connection.query(u"SELECT next, identity, name, service, url, accepted FROM "
                                 u"sequence LEFT JOIN endpoint ON 1"_s);
    return rows.map([](Rows &row) {
        JournalEnd end;
        while (row.next()) {
            end.nextSequence = row.value(0).toULongLong();
            if (!row.value(1).isNull())
                end.endpoints.append(
                    {row.text(1), row.text(2), row.text(3), row.text(4), row.number(5)});
        }
        return end;
    });
}

void JournalTail::write(const JournalEnd &end)
{
    const QByteArray bytes = toBytes(end);
    if (bytes == m_written)
        return;
    if (!m_file.isOpen()) {
        if (!m_file.open(QIODevice::ReadWrite | QIODevice::Unbuffered))
            return;
        m_file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    }
    const bool isFirst = m_written.isEmpty();
    if (writeAtBegin(m_file, isFirst ? bytes.leftJustified(leastBytes, '\0') : bytes))
        m_written = bytes;
}

} // namespace trace
