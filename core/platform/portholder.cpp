// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/portholder.h"

#include <QDir>
#include <QFile>
#include <QSet>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// What /proc/PID/fd/N points to, for each socket that listens on the port.
QSet<QString> listeningSockets(quint16 port)
{
    QSet<QString> sockets;
    const QByteArray suffix = ':' + QByteArray::number(port, 16).toUpper().rightJustified(4, '0');
    for (const QString &table : {u"/proc/net/tcp"_s, u"/proc/net/tcp6"_s}) {
        QFile file(table);
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray text = file.readAll();
        for (const QByteArray &line : text.split('\n')) {
            const QList<QByteArray> columns = line.simplified().split(' ');
            const bool listens = columns.size() > 9 && columns[3] == "0A";
            if (listens && columns[1].endsWith(suffix))
                sockets.insert(u"socket:[%1]"_s.arg(QString::fromLatin1(columns[9])));
        }
    }
    return sockets;
}

} // namespace

QString portHolder(quint16 port)
{
    const QSet<QString> sockets = listeningSockets(port);
    if (sockets.isEmpty())
        return {};
    const QStringList processes = QDir(u"/proc"_s).entryList({u"[1-9]*"_s}, QDir::Dirs);
    for (const QString &process : processes) {
        const QDir descriptors(u"/proc/%1/fd"_s.arg(process));
        const QStringList names = descriptors.entryList(QDir::Files | QDir::System);
        for (const QString &name : names) {
            // Qt takes "socket:[1]" for a relative path and puts the folder before it.
            const QString target = QFile::symLinkTarget(descriptors.filePath(name));
            if (!sockets.contains(target.section(u'/', -1)))
                continue;
            QFile comm(u"/proc/%1/comm"_s.arg(process));
            const bool named = comm.open(QIODevice::ReadOnly);
            const QString program = named ? QString::fromUtf8(comm.readAll()).trimmed() : QString();
            return u"%1 (process %2)"_s.arg(program, process);
        }
    }
    return {};
}

} // namespace trace
