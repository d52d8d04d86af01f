// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/privatefolder.h"

#include <QDir>
#include <QFileInfo>

#include <cerrno>

#ifdef Q_OS_UNIX
#include <unistd.h>
#endif

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;

tl::unexpected<Error> cannotMake(const QString &path, const QString &reason)
{
    return fail(u"The folder %1 cannot be made: %2."_s.arg(path, reason),
                u"Check the rights of the folder above it, or choose another place."_s);
}

} // namespace

Expected<void> makePrivateFolder(const QString &path)
{
    if (path.isEmpty())
        return fail(u"The name of a folder is empty."_s);
    const QString whole = QDir::cleanPath(QDir::current().absoluteFilePath(path));
    QStringList missing;
    QString at = whole;
    while (!QFileInfo::exists(at)) {
        const QString above = QFileInfo(at).path();
        if (above == at)
            return cannotMake(whole, u"%1 does not exist"_s.arg(at));
        missing.prepend(at);
        at = above;
    }
    if (!QFileInfo(at).isDir())
        return cannotMake(whole, u"%1 is a file"_s.arg(at));
    for (const QString &folder : missing) {
        errno = 0;
        if (QDir().mkdir(folder, ownerOnly))
            continue;
        const int error = errno;
        // Another process may have been faster.
        if (!QFileInfo(folder).isDir())
            return cannotMake(folder, qt_error_string(error));
    }
    if (!QFileInfo(whole).isWritable())
        return fail(u"The folder %1 is not writable."_s.arg(whole),
                    u"Check its owner and rights, or choose another place."_s);
    return {};
}

std::optional<Error> exposureOf(const QString &path)
{
#ifdef Q_OS_UNIX
    const QFileInfo folder(path);
    if (!folder.exists())
        return std::nullopt;
    if (folder.ownerId() != ::geteuid()) {
        return Error{u"The folder %1 belongs to %2, who can read and change what is in it."_s.arg(
                         path, folder.owner().isEmpty() ? u"user %1"_s.arg(folder.ownerId())
                                                        : folder.owner()),
                     u"Use a folder of your own, or change its owner with chown."_s};
    }
    constexpr QFile::Permissions others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup |
                                          QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;
    if (folder.permissions() & others) {
        return Error{u"The folder %1 is open to other users of this computer."_s.arg(path),
                     u"Close it with: chmod 700 '%1'"_s.arg(path)};
    }
#else
    Q_UNUSED(path)
#endif
    return std::nullopt;
}

} // namespace trace
