// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/reservefile.h"

#include <QFile>
#include <QFileInfo>

#ifdef Q_OS_LINUX
#include <fcntl.h>
#endif

namespace trace {

namespace {

bool allocate(QFile &file, qint64 bytes)
{
#ifdef Q_OS_LINUX
    return posix_fallocate(file.handle(), 0, bytes) == 0;
#else
    const QByteArray zeros(64 * 1024, '\0');
    for (qint64 written = 0; written < bytes; written += zeros.size()) {
        if (file.write(zeros) != zeros.size())
            return false;
    }
    return file.flush();
#endif
}

} // namespace

ReserveFile::ReserveFile(QString path, qint64 bytes)
    : m_path(std::move(path))
    , m_bytes(bytes)
{}

bool ReserveFile::make()
{
    if (m_bytes <= 0 || QFileInfo(m_path).size() >= m_bytes)
        return true;
    QFile file(m_path);
    if (file.open(QIODevice::ReadWrite | QIODevice::Unbuffered)) {
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        if (allocate(file, m_bytes))
            return true;
    }
    release();
    return false;
}

bool ReserveFile::release()
{
    return QFile::remove(m_path);
}

} // namespace trace
