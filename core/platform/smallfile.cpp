// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/smallfile.h"

#include "core/platform/phrases.h"

#include <QFile>
#include <QFileInfo>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace trace {

using namespace Qt::StringLiterals;

namespace {

tl::unexpected<FileProblem> problem(const QStringList &fault)
{
    return tl::make_unexpected(
        FileProblem{phrase(fault.first(), fault.mid(1)), fault.first() == "missing"_L1, fault});
}

#ifdef Q_OS_UNIX
QString kindOf(mode_t mode)
{
    return S_ISDIR(mode) ? u"folder"_s : S_ISFIFO(mode) ? u"pipe"_s : u"device"_s;
}

//! Opens it without waiting for a writer at its other end.
tl::expected<void, FileProblem> open(QFile &file, const QString &path)
{
    const int handle =
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (handle < 0) {
        const int error = errno;
        return error == ENOENT || error == ENOTDIR
                   ? problem({u"missing"_s})
                   : problem({u"unreadable"_s, qt_error_string(error)});
    }
    struct stat status
    {};
    if (::fstat(handle, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(handle);
        return problem({kindOf(status.st_mode)});
    }
    if (!file.open(handle, QIODevice::ReadOnly, QFile::AutoCloseHandle))
        return problem({u"unreadable"_s, file.errorString()});
    return {};
}
#else
tl::expected<void, FileProblem> open(QFile &file, const QString &path)
{
    const QFileInfo info(path);
    if (!info.exists())
        return problem({u"missing"_s});
    if (!info.isFile())
        return problem({info.isDir() ? u"folder"_s : u"irregular"_s});
    file.setFileName(path);
    if (!file.open(QIODevice::ReadOnly))
        return problem({u"unreadable"_s, file.errorString()});
    return {};
}
#endif

} // namespace

tl::expected<QByteArray, FileProblem> readSmallFile(const QString &path, qint64 largest)
{
    QFile file;
    if (const auto opened = open(file, path); !opened)
        return tl::make_unexpected(opened.error());
    // Not by its size alone: it may grow.
    QByteArray content = file.size() > largest ? QByteArray() : file.read(largest + 1);
    if (file.size() > largest || content.size() > largest)
        return problem({u"too_large"_s});
    if (file.error() != QFileDevice::NoError)
        return problem({u"unreadable"_s, file.errorString()});
    return content;
}

} // namespace trace
