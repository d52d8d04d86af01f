// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/filewatch.h"

#include "core/platform/privatefolder.h"

#include <QDateTime>
#include <QFileInfo>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Editors write in several steps; each one is reported by the system.
constexpr std::chrono::milliseconds settleTime{50};

// A folder that was removed and made again, or a disk mounted over it, is seen only by looking.
constexpr std::chrono::milliseconds lookInterval{2000};

//! Another one, where the file is another one than before; empty where there is none.
QString stampOf(const QString &path)
{
    const QFileInfo file(path);
    if (!file.exists())
        return {};
    return u"%1 %2 %3 %4"_s.arg(file.canonicalFilePath())
        .arg(file.size())
        .arg(file.lastModified().toMSecsSinceEpoch())
        .arg(file.metadataChangeTime().toMSecsSinceEpoch());
}

} // namespace

FileWatch::FileWatch(const QString &path, QObject *parent)
    : QObject(parent)
    , m_path(path)
    , m_folder(QFileInfo(path).path())
{
    m_settled.setSingleShot(true);
    m_settled.setInterval(settleTime);
    m_settled.callOnTimeout(this, &FileWatch::tell);
    m_look.setInterval(lookInterval);
    m_look.callOnTimeout(this, &FileWatch::look);
    const auto wait = [this] { m_settled.start(); };
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, wait);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, wait);
}

Expected<void> FileWatch::start()
{
    auto made = makePrivateFolder(m_folder);
    watchPaths();
    m_look.start();
    m_settled.start();
    return made;
}

// A file or folder that was replaced is another one and has to be watched anew; of a link the
// watcher follows what it led to.
void FileWatch::watchPaths()
{
    for (const QString &path : {m_folder, m_path}) {
        m_watcher.removePath(path);
        if (QFileInfo::exists(path))
            m_watcher.addPath(path);
    }
}

void FileWatch::look()
{
    if (!m_settled.isActive() && stampOf(m_path) != m_stamp)
        tell();
}

void FileWatch::tell()
{
    watchPaths();
    m_stamp = stampOf(m_path);
    Q_EMIT changed();
}

} // namespace trace
