// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QTemporaryDir>

#ifdef Q_OS_LINUX
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#endif

namespace trace {

//! A disk of a few megabytes that can be filled up: a tmpfs that only this process sees.
class SmallDisk final
{
public:
    //! To be called first of all in main(), while there is one thread: from then on this process
    //! has mounts of its own, as root or where the system lets anybody have them.
    static void prepare()
    {
#ifdef Q_OS_LINUX
        const auto write = [](const char *path, const QByteArray &text) {
            QFile file(QString::fromLatin1(path));
            return file.open(QFile::WriteOnly) && file.write(text) == text.size();
        };
        const QByteArray user = QByteArray::number(geteuid());
        const QByteArray group = QByteArray::number(getegid());
        bool ready = unshare(CLONE_NEWNS) == 0;
        if (!ready && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
            ready = write("/proc/self/setgroups", "deny") &&
                    write("/proc/self/uid_map", "0 " + user + " 1") &&
                    write("/proc/self/gid_map", "0 " + group + " 1");
        }
        ready = ready && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        whyNot() = ready ? QString() : QString::fromLocal8Bit(std::strerror(errno));
#endif
    }

    explicit SmallDisk(int mebibytes)
    {
#ifdef Q_OS_LINUX
        const QByteArray options = "size=" + QByteArray::number(mebibytes) + "m";
        if (whyNot().isEmpty() && mount("tmpfs", QFile::encodeName(m_folder.path()).constData(),
                                        "tmpfs", 0, options.constData()) != 0)
            whyNot() = QString::fromLocal8Bit(std::strerror(errno));
#endif
    }
    ~SmallDisk()
    {
#ifdef Q_OS_LINUX
        umount2(QFile::encodeName(m_folder.path()).constData(), MNT_DETACH);
#endif
    }
    Q_DISABLE_COPY_MOVE(SmallDisk)

    //! Why there can be none here; empty when there is one.
    static QString &whyNot()
    {
        static QString reason = QStringLiteral("no small file systems on this system");
        return reason;
    }

    [[nodiscard]] QString path() const
    {
        return m_folder.path();
    }

    //! Leaves no byte free.
    void fill() const
    {
        QFile file(path() + QStringLiteral("/filler"));
        if (!file.open(QFile::WriteOnly | QFile::Append | QFile::Unbuffered))
            return;
        for (const int size : {1 << 20, 1 << 12}) {
            const QByteArray bytes(size, 'x');
            while (file.write(bytes) == bytes.size()) {
            }
        }
    }
    void clear() const
    {
        QFile::remove(path() + QStringLiteral("/filler"));
    }

private:
    QTemporaryDir m_folder;
};

} // namespace trace
