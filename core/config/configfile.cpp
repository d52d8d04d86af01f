// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/configfile.h"

#include "core/platform/smallfile.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 largestFile = 1 << 20;

} // namespace

Expected<std::optional<QByteArray>> readConfiguration(const QString &path)
{
    const auto content = readSmallFile(path, largestFile);
    if (content)
        return *content;
    if (content.error().isMissing)
        return std::nullopt;
    return fail(u"%1 %2."_s.arg(path, content.error().text),
                u"A configuration is a file that you own, of at most 1 MB."_s);
}

} // namespace trace
