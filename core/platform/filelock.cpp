// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/filelock.h"

#include "core/platform/smallfile.h"

#include <QCoreApplication>
#include <QFile>

#include <utility>

#ifdef Q_OS_WIN
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::intptr_t noHandle = -1;
constexpr qint64 longestHolder = 200;

QByteArray ownName()
{
    return QByteArray::number(QCoreApplication::applicationPid()) + ' ' +
           QCoreApplication::applicationName().toUtf8() + '\n';
}

tl::unexpected<Error> held(const QString &path, const QByteArray &content)
{
    // "1234 trace-forwarder"; empty while the holder has not written it yet.
    const QString holder = QString::fromUtf8(content).trimmed();
    const QString pid = holder.section(u' ', 0, 0);
    const QString name = holder.section(u' ', 1);
    QString who = u"another process"_s;
    if (!pid.isEmpty())
        who = name.isEmpty() ? u"process %1"_s.arg(pid) : u"%2 (process %1)"_s.arg(pid, name);
    return fail(u"%1 is in use by %2."_s.arg(path, who),
                u"Stop it, or choose another folder with --journal."_s);
}

tl::unexpected<Error> cannotLock(const QString &path, const QString &reason)
{
    return fail(u"%1 cannot be locked: %2."_s.arg(path, reason),
                u"Check the folder's owner and rights, or choose another one with --journal."_s);
}

#ifdef Q_OS_WIN

// Far behind the content, which must stay readable for others.
OVERLAPPED lockedByte()
{
    OVERLAPPED place{};
    place.Offset = 1U << 30;
    return place;
}

void release(std::intptr_t handle)
{
    CloseHandle(reinterpret_cast<HANDLE>(handle));
}

#else

void release(std::intptr_t handle)
{
    ::close(static_cast<int>(handle));
}

QByteArray contentOf(int descriptor)
{
    QByteArray content(longestHolder, '\0');
    const ssize_t size = ::pread(descriptor, content.data(), longestHolder, 0);
    content.truncate(size > 0 ? size : 0);
    return content;
}

#endif

} // namespace

#ifdef Q_OS_WIN

Expected<FileLock> FileLock::tryLock(const QString &path)
{
    HANDLE handle = CreateFileW(reinterpret_cast<const wchar_t *>(path.utf16()),
                                GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (handle == INVALID_HANDLE_VALUE)
        return cannotLock(path, qt_error_string());
    FileLock lock(reinterpret_cast<std::intptr_t>(handle));
    OVERLAPPED place = lockedByte();
    DWORD moved = 0;
    if (!LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place)) {
        QByteArray content(longestHolder, '\0');
        ReadFile(handle, content.data(), static_cast<DWORD>(content.size()), &moved, nullptr);
        content.truncate(static_cast<qsizetype>(moved));
        return held(path, content);
    }
    SetEndOfFile(handle);
    const QByteArray name = ownName();
    WriteFile(handle, name.constData(), static_cast<DWORD>(name.size()), &moved, nullptr);
    return lock;
}

#else

Expected<FileLock> FileLock::tryLock(const QString &path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(),
                                  O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return cannotLock(path, qt_error_string(errno));
    FileLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return held(path, contentOf(descriptor));
        return cannotLock(path, qt_error_string(errno));
    }
    const QByteArray name = ownName();
    // The name only helps others; on a full disk the lock holds without it.
    if (::ftruncate(descriptor, 0) == 0)
        static_cast<void>(::pwrite(descriptor, name.constData(), std::size_t(name.size()), 0) < 0);
    return lock;
}

#endif

bool FileLock::isHeldHere(const QString &path)
{
    const auto holder = readSmallFile(path, longestHolder);
    return holder && *holder == ownName() && !tryLock(path);
}

FileLock::FileLock(FileLock &&other) noexcept
    : m_handle(std::exchange(other.m_handle, noHandle))
{}

FileLock &FileLock::operator=(FileLock &&other) noexcept
{
    std::swap(m_handle, other.m_handle);
    return *this;
}

FileLock::~FileLock()
{
    if (m_handle != noHandle)
        release(m_handle);
}

} // namespace trace
