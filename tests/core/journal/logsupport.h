// SPDX-License-Identifier: GPL-3.0-or-later
// For what happens to a journal's files while nobody has them open.
#pragma once

#include "tests/core/journal/journalsupport.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTest>

#include <random>

namespace trace {

inline QString logIn(const QString &folder)
{
    return Journal::fileIn(folder) + QStringLiteral("-wal");
}

inline QString tailIn(const QString &folder)
{
    return folder + QStringLiteral("/journal.tail");
}

inline QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(bytes), bytes.size());
}

//! A folder as a process leaves it that is killed.
inline void copyJournal(const QString &from, const QString &to)
{
    QVERIFY(QDir().mkpath(to));
    QVERIFY(QFile::setPermissions(to, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    for (const QString &name : QDir(from).entryList(QDir::Files)) {
        if (!name.endsWith(u"-shm"))
            QVERIFY(QFile::copy(from + u'/' + name, to + u'/' + name));
    }
}

//! Records that fill pages of their own.
inline std::vector<Record> bulky(int count, int from)
{
    static std::mt19937 dice(3);
    std::vector<Record> records = recordsOf(count, "run-1", from);
    for (Record &record : records) {
        for (int i = 0; i < 1500; ++i)
            record.message.push_back(char('!' + dice() % 90));
    }
    return records;
}

inline QString toText(const QList<Error> &findings)
{
    QString text;
    for (const Error &finding : findings)
        text += finding.message() + u'\n';
    return text;
}

} // namespace trace
