// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/status.h"

#include "core/journal/journalreader.h"

namespace trace {

using namespace Qt::StringLiterals;
namespace {

SenderState stateOf(const Trouble &trouble)
{
    switch (trouble.kind) {
    case Trouble::Kind::HeldAuthentication:
        return SenderState::HeldAuthentication;
    case Trouble::Kind::HeldConfiguration:
        return SenderState::HeldConfiguration;
    case Trouble::Kind::Suspended:
        return SenderState::Suspended;
    case Trouble::Kind::BackingOff:
        return SenderState::BackingOff;
    case Trouble::Kind::Unanswered:
        return trouble.problem.arguments.isEmpty() ? SenderState::Sending : SenderState::BackingOff;
    case Trouble::Kind::None:
        break;
    }
    return SenderState::Idle;
}

} // namespace

QString healthText(Health health)
{
    return health == Health::Ok        ? u"ok"_s
           : health == Health::Untried ? u"not tried yet"_s
           : health == Health::Unused  ? u"not in use"_s
                                       : u"in trouble"_s;
}

QString healthName(Health health)
{
    return health == Health::Ok        ? u"ok"_s
           : health == Health::Untried ? u"untried"_s
           : health == Health::Unused  ? u"unused"_s
                                       : u"trouble"_s;
}

namespace {

//! When the oldest record began to wait for too long; invalid when none does.
QDateTime lateSince(const EndpointStatus &status, const QDateTime &oldest, const QDateTime &now)
{
    if (!oldest.isValid())
        return {};
    const QDateTime due = oldest.addMSecs(status.flushInterval.count());
    return due.msecsTo(now) > answerPatience.count() ? due : QDateTime();
}

} // namespace

Health healthOf(const EndpointStatus &status, const QDateTime &oldest, const QDateTime &now)
{
    const Ledger &ledger = status.ledger;
    const ProblemKind reason = status.reason.kind;
    const bool isOut = reason == ProblemKind::Disabled || reason == ProblemKind::NotConfigured;
    if (isOut && !status.paused)
        return ledger.waiting > 0 || ledger.failed > 0 ? Health::Trouble : Health::Unused;
    const bool isStopped = status.state == SenderState::HeldAuthentication ||
                           (status.state == SenderState::HeldConfiguration && status.configured) ||
                           status.state == SenderState::Suspended || status.paused;
    const bool isLate = lateSince(status, oldest, now).isValid();
    const bool isBehind = !status.configured && ledger.waiting > 0;
    // What failed last and was not tried again since is no better for it.
    const bool failedLast = status.configured && reason != ProblemKind::None;
    if (isStopped || isLate || isBehind || failedLast || ledger.failed > 0 ||
        status.state == SenderState::BackingOff)
        return Health::Trouble;
    return status.lastSuccess.isValid() || ledger.delivered > 0 ? Health::Ok : Health::Untried;
}

void addHealth(EndpointStatus &status, const QDateTime &oldest, const QDateTime &now)
{
    status.health = healthOf(status, oldest, now);
    const QDateTime since = lateSince(status, oldest, now);
    if (!since.isValid() || status.reason.kind != ProblemKind::None)
        return;
    status.reason = {ProblemKind::Late,
                     {QString::number(double(status.flushInterval.count()) / 1000)}};
    status.since = since;
    if (status.problem.isEmpty())
        status.problem = wordingOf(status.reason).text;
}

Problem unansweredProblem(const QDateTime &since, const QDateTime &now)
{
    const double seconds = double(std::max<qint64>(since.msecsTo(now), 0)) / 1000;
    return {ProblemKind::Unanswered, {QString::number(seconds, 'f', 1)}};
}

bool isOver(const EndpointStatus &status)
{
    const Ledger &ledger = status.ledger;
    return status.reason.kind == ProblemKind::NotConfigured &&
           ledger.waiting + ledger.inFlight + ledger.failed == 0;
}

QDateTime oldestWaiting(JournalReader &reader, qint64 endpoint)
{
    const auto backlog = reader.backlog(endpoint);
    if (!backlog || backlog->isEmpty())
        return {};
    return reader.acceptedAt(backlog->first()).value_or(QDateTime());
}

void addRemembered(EndpointStatus &status, const EndpointRow &row)
{
    status.paused = row.paused;
    if (status.reason.kind == ProblemKind::Paused)
        status.since = row.pausedSince;
    status.lastSuccess = row.lastSuccess;
    if (row.trouble.kind == Trouble::Kind::None || !status.problem.isEmpty())
        return;
    const Error words = wordingOf(row.trouble.problem);
    status.state = stateOf(row.trouble);
    status.problem = words.text;
    status.action = words.action;
    status.reason = row.trouble.problem;
    status.since = row.trouble.since;
}

QString stateName(SenderState state)
{
    switch (state) {
    case SenderState::Idle:
        return u"idle"_s;
    case SenderState::Sending:
        return u"sending"_s;
    case SenderState::BackingOff:
        return u"backing off"_s;
    case SenderState::HeldAuthentication:
        return u"held (authentication)"_s;
    case SenderState::HeldConfiguration:
        return u"held (configuration)"_s;
    case SenderState::HeldByOperator:
        return u"held (by operator)"_s;
    case SenderState::Suspended:
        return u"suspended"_s;
    }
    Q_UNREACHABLE();
    return {};
}

} // namespace trace
