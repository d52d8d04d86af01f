// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/answerproblem.h"

namespace trace {

Problem problemOf(const Outcome &outcome, const HttpReply &reply)
{
    if (outcome.problem.kind != ProblemKind::None)
        return outcome.problem;
    if (reply.fault == TransportFault::Certificate)
        return {ProblemKind::Certificate, {outcome.reason}};
    if (reply.fault == TransportFault::Proxy)
        return {ProblemKind::Proxy, {outcome.reason}};
    if (reply.fault != TransportFault::None || reply.status == 0)
        return {ProblemKind::NoAnswer, {outcome.reason}};
    const QString status = QString::number(reply.status);
    if (reply.status / 100 == 3) {
        const QUrl target(QString::fromUtf8(headerValue(reply.headers, "Location")));
        return {ProblemKind::Redirected,
                {status,
                 target.toString(QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo)}};
    }
    const QStringList arguments{status, answerWords(reply.body)};
    if (outcome.heldForAuthentication)
        return {ProblemKind::KeyRefused, arguments};
    if (outcome.kind == Outcome::Kind::Slower)
        return {ProblemKind::Throttled, arguments};
    return {ProblemKind::Refused, arguments};
}

} // namespace trace
