// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/memory.h"

#include <QByteArray>
#include <QFile>
#include <QString>

#ifdef Q_OS_UNIX
#include <sys/resource.h>
#endif

namespace trace {

using namespace Qt::StringLiterals;

qint64 peakMemoryBytes()
{
#ifdef Q_OS_LINUX
    // Not getrusage: a child starts with the peak of the process that started it.
    QFile status(u"/proc/self/status"_s);
    if (status.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : status.readAll().split('\n')) {
            if (line.startsWith("VmHWM:"))
                return line.simplified().split(' ').value(1).toLongLong() * 1024;
        }
    }
#endif
#ifdef Q_OS_UNIX
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
#ifdef Q_OS_DARWIN
    return usage.ru_maxrss;
#else
    return qint64(usage.ru_maxrss) * 1024;
#endif
#else
    return 0;
#endif
}

} // namespace trace
