// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

namespace trace {

//! Follows a file that may come and go, be replaced or be led elsewhere by a link, and its folder
//! too.
class FileWatch final : public QObject
{
    Q_OBJECT
public:
    explicit FileWatch(const QString &path, QObject *parent = nullptr);

    //! Makes the folder where it is missing. Tells of a change soon in any case: there may have
    //! been one since the file was read.
    [[nodiscard]] Expected<void> start();
    //! Whether there was a file at the last change.
    [[nodiscard]] bool isThere() const { return !m_stamp.isEmpty(); }

Q_SIGNALS:
    //! The file may be another one now, or gone.
    void changed();

private:
    void watchPaths();
    void look();
    void tell();

    const QString m_path;
    const QString m_folder;
    QFileSystemWatcher m_watcher;
    QTimer m_settled; // runs while a change may still be under way
    QTimer m_look;    // for what the watcher cannot see
    QString m_stamp;  // of the file that was told of last
};

} // namespace trace
