// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Sender that tells when an answer does not come.
#include "core/delivery/sender.h"

#include <algorithm>

namespace trace {

//! When the oldest request went out that has no answer, of those that still matter.
QDateTime Sender::unansweredSince() const
{
    QDateTime oldest = m_isAsking ? m_askedAt : QDateTime();
    for (const auto &active : m_active) {
        const bool matters = active->isTravelling && !active->isLeaving && !active->isOutdated;
        if (matters && (!oldest.isValid() || active->sentAt < oldest))
            oldest = active->sentAt;
    }
    return oldest;
}

void Sender::watchAnswer()
{
    const QDateTime since = unansweredSince();
    if (!since.isValid()) {
        m_answerTimer.stop();
    } else {
        const qint64 waited = since.msecsTo(QDateTime::currentDateTimeUtc());
        m_answerTimer.start(answerPatience - std::chrono::milliseconds(std::clamp<qint64>(
                                                 waited, 0, answerPatience.count())));
    }
}

//! An answer, or that there will be none, refutes that it is not told yet.
void Sender::answerEnded()
{
    if (m_trouble.kind == Trouble::Kind::Unanswered)
        noteTrouble({});
    watchAnswer();
}

//! Kept in the journal: its limit may be minutes away, and who reads meanwhile is to know.
void Sender::noteUnanswered()
{
    const QDateTime since = unansweredSince();
    if (!since.isValid() || isHeld() || m_trouble.kind != Trouble::Kind::None)
        return;
    noteTrouble({.kind = Trouble::Kind::Unanswered,
                 .problem = {ProblemKind::Unanswered, {}},
                 .since = since});
    Q_EMIT changed();
}

} // namespace trace
