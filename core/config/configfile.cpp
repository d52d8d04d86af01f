// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/configfile.h"

#include <QFile>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 largestFile = 1 << 20;

} // namespace

Expected<std::optional<QByteArray>> readConfiguration(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return std::nullopt;
    if (!file.open(QIODevice::ReadOnly))
        return fail(u"%1 cannot be read: %2."_s.arg(path, file.errorString()),
                    u"Check its owner and rights."_s);
    if (file.size() > largestFile)
        return fail(u"%1 is too large for a configuration."_s.arg(path));
    return file.readAll();
}

} // namespace trace
