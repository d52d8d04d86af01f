// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/problem.h"

#include "core/platform/error.h"

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

const std::array<std::pair<ProblemKind, QString>, 22> names{{
    {ProblemKind::None, {}},
    {ProblemKind::Other, u"other"_s},
    {ProblemKind::Paused, u"paused"_s},
    {ProblemKind::Disabled, u"disabled"_s},
    {ProblemKind::NotConfigured, u"not_configured"_s},
    {ProblemKind::NotStarted, u"not_started"_s},
    {ProblemKind::VariableUnset, u"variable_unset"_s},
    {ProblemKind::FileUnreadable, u"file_unreadable"_s},
    {ProblemKind::SecretEmpty, u"secret_empty"_s},
    {ProblemKind::SecretUnfit, u"secret_unfit"_s},
    {ProblemKind::Keychain, u"keychain"_s},
    {ProblemKind::NoAnswer, u"no_answer"_s},
    {ProblemKind::Certificate, u"certificate"_s},
    {ProblemKind::Proxy, u"proxy"_s},
    {ProblemKind::KeyRefused, u"key_refused"_s},
    {ProblemKind::KeyMissing, u"key_missing"_s},
    {ProblemKind::Redirected, u"redirected"_s},
    {ProblemKind::Refused, u"refused"_s},
    {ProblemKind::Throttled, u"throttled"_s},
    {ProblemKind::Unavailable, u"unavailable"_s},
    {ProblemKind::Unanswered, u"unanswered"_s},
    {ProblemKind::Late, u"late"_s},
}};

//! "url: " before what is said of it.
QString at(const QString &place)
{
    return place.isEmpty() ? QString() : place + u": "_s;
}

QString answered(const QString &status, const QString &words)
{
    return words.isEmpty() ? u"HTTP %1"_s.arg(status) : u"HTTP %1: "_s.arg(status) + words;
}

//! Of what this computer or its user has to set right.
Error wordingHere(ProblemKind kind, const QString &first, const QString &second,
                  const QString &third)
{
    switch (kind) {
    case ProblemKind::Paused:
        return {u"paused by the operator"_s, u"Resume it in the console."_s};
    case ProblemKind::Disabled:
        return {u"disabled"_s,
                u"Enable it with: trace-forwarder endpoint set '%1' enabled=true"_s.arg(first)};
    case ProblemKind::NotConfigured:
        return {
            u"not configured any more"_s,
            u"An endpoint with the id \"%1\" gets what waits: trace-forwarder endpoint add NAME "
            u"--service %2 --url URL --set 'id=%1'. To give it up: trace-forwarder endpoint remove "
            u"'%1' --discard-waiting"_s.arg(first, second)};
    case ProblemKind::NotStarted:
        return {u"it could not be started: "_s + first, u"This is tried again by itself."_s};
    case ProblemKind::VariableUnset:
        return {at(first) + u"The environment variable %1 is not set."_s.arg(second),
                u"Set it before the program starts."_s};
    case ProblemKind::FileUnreadable:
        return {at(first) + u"%1 %2"_s.arg(second, third),
                u"Name a regular file that exists and that this user may read."_s};
    case ProblemKind::SecretEmpty:
        return {u"The secret in %1 is empty."_s.arg(first), {}};
    case ProblemKind::SecretUnfit:
        return {u"The secret in %1 has line breaks or other control characters."_s.arg(first),
                u"Put the secret alone there, on one line."_s};
    default:
        return {first, second};
    }
}

} // namespace

QString nameOf(ProblemKind kind)
{
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto &entry) { return entry.first == kind; });
    return found == names.end() ? QString() : found->second;
}

ProblemKind problemKindOf(const QString &name)
{
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto &entry) { return entry.second == name; });
    return found == names.end() ? ProblemKind::Other : found->first;
}

Error wordingOf(const Problem &problem)
{
    const QString first = problem.arguments.value(0);
    const QString second = problem.arguments.value(1);
    const QString third = problem.arguments.value(2);
    Error error;
    switch (problem.kind) {
    case ProblemKind::NoAnswer:
        error = {first, u"It is tried again by itself; retry now tries at once."_s};
        break;
    case ProblemKind::Certificate:
        error = {first, u"Check the server's certificate, or name its authority in tls.ca_file."_s};
        break;
    case ProblemKind::Proxy:
        error = {first, u"Check the proxy of the endpoint."_s};
        break;
    case ProblemKind::KeyRefused:
        error = {answered(first, second),
                 u"The key of %1 was sent and refused: check it and its rights."_s.arg(third)};
        break;
    case ProblemKind::KeyMissing:
        error = {answered(first, second), u"Set the key (api_key): none was sent."_s};
        break;
    case ProblemKind::Redirected:
        error = {second.isEmpty() ? u"HTTP %1: redirected"_s.arg(first)
                                  : u"HTTP %1: redirected to %2"_s.arg(first, second),
                 u"Redirects are not followed; set the url to where records are taken."_s};
        break;
    case ProblemKind::Refused:
        error = {answered(first, second),
                 third.isEmpty() ? u"Correct the endpoint; its records are kept."_s : third};
        break;
    case ProblemKind::Unavailable:
        error = {answered(first, second),
                 u"It is tried again by itself; retry now tries at once."_s};
        break;
    case ProblemKind::Throttled:
        error = {answered(first, second), u"It is tried again by itself, more slowly."_s};
        break;
    case ProblemKind::Unanswered:
        error = {first.isEmpty() ? u"no answer yet to a request"_s
                                 : u"no answer within %1 s"_s.arg(first),
                 {}};
        break;
    case ProblemKind::Late:
        error = {u"records wait for longer than the flush_interval of %1 s"_s.arg(first), {}};
        break;
    default:
        error = wordingHere(problem.kind, first, second, third);
        break;
    }
    error.problem = problem;
    return error;
}

} // namespace trace
