// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/status.h"

#include "core/journal/journalreader.h"

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// A request and its answer take their time too.
constexpr std::chrono::milliseconds patience = 5s;

SenderState stateOf(Trouble::Kind kind)
{
    switch (kind) {
    case Trouble::Kind::HeldAuthentication:
        return SenderState::HeldAuthentication;
    case Trouble::Kind::HeldConfiguration:
        return SenderState::HeldConfiguration;
    case Trouble::Kind::Suspended:
        return SenderState::Suspended;
    case Trouble::Kind::BackingOff:
        return SenderState::BackingOff;
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
                                       : u"in trouble"_s;
}

QString healthName(Health health)
{
    return health == Health::Ok ? u"ok"_s : health == Health::Untried ? u"untried"_s : u"trouble"_s;
}

Health healthOf(const EndpointStatus &status, const QDateTime &oldest, const QDateTime &now)
{
    const Ledger &ledger = status.ledger;
    const bool isStopped = status.state == SenderState::HeldAuthentication ||
                           (status.state == SenderState::HeldConfiguration && status.configured) ||
                           status.state == SenderState::Suspended || status.paused;
    const auto longest = status.flushInterval + patience;
    const bool isLate = oldest.isValid() && oldest.msecsTo(now) > longest.count();
    const bool isBehind = !status.configured && ledger.waiting > 0;
    // What failed last and was not tried again since is no better for it.
    const bool failedLast = status.configured && status.reason.kind != ProblemKind::None &&
                            status.reason.kind != ProblemKind::Disabled;
    if (isStopped || isLate || isBehind || failedLast || ledger.failed > 0 ||
        status.state == SenderState::BackingOff)
        return Health::Trouble;
    return status.lastSuccess.isValid() || ledger.delivered > 0 ? Health::Ok : Health::Untried;
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
    status.lastSuccess = row.lastSuccess;
    if (row.trouble.kind == Trouble::Kind::None || !status.problem.isEmpty())
        return;
    const Error words = wordingOf(row.trouble.problem);
    status.state = stateOf(row.trouble.kind);
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
