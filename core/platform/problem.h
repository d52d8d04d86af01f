// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QMetaType>
#include <QString>
#include <QStringList>

namespace trace {

struct Error;

//! What keeps an endpoint from delivering. The arguments of each are named in the order in which
//! Problem has them.
enum class ProblemKind
{
    None,
    Other,          //!< Text, what to do.
    Paused,         //!< By the operator.
    Disabled,       //!< Name of the endpoint.
    NotConfigured,  //!< Its id, its service.
    NotStarted,     //!< What went wrong.
    VariableUnset,  //!< Where it is named (may be empty), name of the variable.
    FileUnreadable, //!< Where it is named (may be empty), path, what follows on it in words.
    SecretEmpty,    //!< Its place.
    SecretUnfit,    //!< Its place.
    Keychain,       //!< The keychain's words, what to do.
    // From here on, what somebody else told.
    NoAnswer,    //!< The network's words.
    Certificate, //!< What is wrong with it.
    Proxy,       //!< What it said.
    KeyRefused,  //!< HTTP status, the service's words, where the key is from.
    KeyMissing,  //!< HTTP status, the service's words.
    Redirected,  //!< HTTP status, where to.
    Refused,     //!< HTTP status, the service's words, what to do (may be missing).
    Throttled,   //!< HTTP status, the service's words.
    Unavailable, //!< HTTP status, the service's words.
    Unanswered,  //!< Seconds for which an answer was waited for (missing while it still is).
    Late,        //!< The seconds of flush_interval, for longer than which records wait.
};

//! A problem as it is kept and sent: worded only by who shows it.
struct Problem
{
    ProblemKind kind = ProblemKind::None;
    QStringList arguments{};

    friend bool operator==(const Problem &, const Problem &) = default;
};

//! "variable_unset": as the journal and --json name it.
[[nodiscard]] QString nameOf(ProblemKind kind);
//! Other for a name that this version does not know.
[[nodiscard]] ProblemKind problemKindOf(const QString &name);

//! What a person reads of it; the error knows its problem.
[[nodiscard]] Error wordingOf(const Problem &problem);

} // namespace trace

Q_DECLARE_METATYPE(trace::Problem)
