// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/answerproblem.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! The service's words as its own reading of the answer has them, without the status.
QString wordsOf(const Outcome &outcome, const QString &status)
{
    if (outcome.words)
        return *outcome.words;
    const QString before = u"HTTP "_s + status;
    if (outcome.reason == before)
        return {};
    return outcome.reason.startsWith(before + u": "_s) ? outcome.reason.mid(before.size() + 2)
                                                       : outcome.reason;
}

} // namespace

Problem problemOf(const Outcome &outcome, const HttpReply &reply)
{
    if (outcome.problem.kind != ProblemKind::None)
        return outcome.problem;
    if (reply.faultProblem.kind != ProblemKind::None)
        return reply.faultProblem;
    if (outcome.heldForCertificate) {
        const bool isProxy = reply.fault == TransportFault::Proxy;
        return {isProxy ? ProblemKind::Proxy : ProblemKind::Certificate, {outcome.reason}};
    }
    if (reply.fault != TransportFault::None || reply.status == 0)
        return {ProblemKind::NoAnswer, {outcome.reason}};
    const QString status = QString::number(reply.status);
    if (reply.status / 100 == 3) {
        const QUrl target(QString::fromUtf8(headerValue(reply.headers, "Location")));
        return {ProblemKind::Redirected,
                {status,
                 target.toString(QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo)}};
    }
    const QStringList arguments{status, wordsOf(outcome, status)};
    if (outcome.heldForAuthentication)
        return {ProblemKind::KeyRefused, arguments};
    if (outcome.kind == Outcome::Kind::Slower)
        return {ProblemKind::Throttled, arguments + outcome.remedy};
    if (outcome.kind == Outcome::Kind::RetryLater)
        return {ProblemKind::Unavailable, arguments};
    return {ProblemKind::Refused, arguments + outcome.remedy};
}

} // namespace trace
