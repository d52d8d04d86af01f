// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <tl/expected.hpp>

namespace trace {

//! Why a file was not read.
struct FileProblem
{
    QString text; //!< Continues the file's name: "cannot be read: Permission denied".
    bool isMissing = false;
    QStringList fault{}; //!< The same for who keeps it: see phrase(), and the system's words.
};

//! The content of a file that somebody named, of at most \a largest bytes. What is no regular file
//! is refused without waiting: a pipe would have to be waited for and is empty the second time, a
//! device may never end.
[[nodiscard]] tl::expected<QByteArray, FileProblem> readSmallFile(const QString &path,
                                                                  qint64 largest);

} // namespace trace
