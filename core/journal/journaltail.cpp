// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/journaltail.h"

#include "core/platform/smallfile.h"
#include "core/record/blockframe.h"

#include <QDataStream>
#include <QFileInfo>

#include <algorithm>

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
    for (const EndpointRow &row : end.endpoints)
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
        EndpointRow row;
        in >> row.identity >> row.name >> row.service >> row.url >> row.accepted;
        end.endpoints.append(row);
    }
    return in.status() == QDataStream::Ok ? std::optional(end) : std::nullopt;
}

template <typename Rows>
auto sameEndpoint(Rows &rows, const EndpointRow &row)
{
    return std::find_if(rows.begin(), rows.end(),
                        [&](const EndpointRow &other) { return other.identity == row.identity; });
}

} // namespace

bool isBehind(const JournalEnd &now, const JournalEnd &known)
{
    return now.nextSequence < known.nextSequence ||
           std::any_of(known.endpoints.begin(), known.endpoints.end(), [&](const EndpointRow &row) {
               const auto same = sameEndpoint(now.endpoints, row);
               return (same == now.endpoints.end() ? 0 : same->accepted) < row.accepted;
           });
}

JournalEnd merged(JournalEnd one, const JournalEnd &other)
{
    one.nextSequence = std::max(one.nextSequence, other.nextSequence);
    for (const EndpointRow &row : other.endpoints) {
        const auto same = sameEndpoint(one.endpoints, row);
        if (same == one.endpoints.end())
            one.endpoints.append(row);
        else
            same->accepted = std::max(same->accepted, row.accepted);
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

//! With each commit: so it reads no more of the endpoints than it needs.
Expected<JournalEnd> JournalTail::endOf(Connection &connection)
{
    const auto next = connection.value(u"SELECT next FROM sequence"_s);
    if (!next)
        return tl::make_unexpected(next.error());
    auto rows = connection.query(u"SELECT identity, name, service, url, accepted FROM endpoint"_s);
    return rows.map([&](Rows &row) {
        JournalEnd end{.nextSequence = next->toULongLong()};
        while (row.next()) {
            EndpointRow endpoint;
            endpoint.identity = row.text(0);
            endpoint.name = row.text(1);
            endpoint.service = row.text(2);
            endpoint.url = QUrl(row.text(3));
            endpoint.accepted = row.number(4);
            end.endpoints.append(endpoint);
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
    const QByteArray padded =
        m_file.size() < leastBytes ? bytes.leftJustified(leastBytes, '\0') : bytes;
    if (m_file.seek(0) && m_file.write(padded) == padded.size())
        m_written = bytes;
}

} // namespace trace
