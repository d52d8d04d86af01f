// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/receivernotices.h"

#include "app/forwarder/output.h"
#include "core/receiver/inputwords.h"

#include <chrono>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype longestPath = 200;
constexpr qsizetype longestReason = 500;

} // namespace

void ReceiverNotices::tellRefusal(const QString &path, int status, const QString &reason)
{
    const QString to = path.left(longestPath);
    tell(u"%1 %2"_s.arg(status).arg(to), u"refused a request to %1 (%2): %3"_s.arg(to)
                                             .arg(status)
                                             .arg(reason.left(longestReason)));
}

void ReceiverNotices::tellBent(const QString &path, const InputProblems &problems)
{
    const QString to = path.left(longestPath);
    const QString kind = u"%1%2%3%4%5"_s.arg(problems.notJson > 0)
                             .arg(problems.replacedUtf8 > 0)
                             .arg(problems.wrongType > 0)
                             .arg(int(problems.bent))
                             .arg(problems.overwritten > 0);
    tell(kind + u' ' + to, u"a request to %1: %2"_s.arg(to, inputWords(problems)));
}

void ReceiverNotices::tell(const QString &kind, const QString &text)
{
    constexpr std::chrono::milliseconds interval = std::chrono::minutes(1);
    constexpr qsizetype most = 100; // whoever asks for more paths is no client
    if (m_kinds.size() >= most && !m_kinds.contains(kind))
        return;
    Kind &known = m_kinds[kind];
    if (known.sinceTold.isValid() && !known.sinceTold.hasExpired(interval.count())) {
        ++known.untold;
        return;
    }
    known.sinceTold.start();
    const int untold = std::exchange(known.untold, 0);
    printError({untold > 0 ? u"%1, and %2 more since that was told last"_s.arg(text).arg(untold)
                           : text,
                {}});
}

} // namespace trace
