// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/fileidentity.h"

#include <QFile>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#endif

namespace trace {

std::optional<FileIdentity> FileIdentity::of(const QString &path)
{
#ifdef Q_OS_UNIX
    struct stat file
    {};
    if (::stat(QFile::encodeName(path).constData(), &file) != 0)
        return std::nullopt;
    return FileIdentity{file.st_dev, file.st_ino};
#else
    return QFile::exists(path) ? std::optional(FileIdentity{}) : std::nullopt;
#endif
}

} // namespace trace
