// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/refusalteller.h"

#include "app/forwarder/output.h"

#include <chrono>

namespace trace {

using namespace Qt::StringLiterals;

void RefusalTeller::tell(const QString &path, int status, const QString &reason)
{
    constexpr std::chrono::minutes interval{1};
    constexpr qsizetype most = 100; // whoever asks for more paths is no client
    const QString kind = u"%1 %2"_s.arg(status).arg(path.left(200));
    if (m_kinds.size() >= most && !m_kinds.contains(kind))
        return;
    Kind &known = m_kinds[kind];
    if (known.sinceTold.isValid() && !known.sinceTold.hasExpired(qint64(
                                         std::chrono::milliseconds(interval).count()))) {
        ++known.untold;
        return;
    }
    known.sinceTold.start();
    const QString more =
        known.untold > 0 ? u", and %1 more since that was told last"_s.arg(known.untold) : QString();
    known.untold = 0;
    printError({u"refused a request to %1 (%2): %3%4"_s.arg(path.left(200))
                    .arg(status)
                    .arg(reason.left(500), more),
                {}});
}

} // namespace trace
