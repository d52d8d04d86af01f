// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QMetaType>
#include <QString>
#include <QStringList>

namespace trace {

struct Error;

//! What keeps an endpoint from delivering. The arguments of each are named in the order in which
//! Problem has them: names, numbers, and what came from outside, but no words of ours. A fault and
//! a remedy are names of phrase(), with what these want behind them.
enum class ProblemKind
{
    None,
    Other,               //!< Of former versions: text, what to do.
    Paused,              //!< By the operator.
    Disabled,            //!< Name of the endpoint.
    NotConfigured,       //!< Its id, its service.
    ListMissing,         //!< Where the list of endpoints is looked for.
    NotStarted,          //!< The words of the journal, which is why it is not kept there.
    Invalid,             //!< Which setting of the endpoint (may be empty).
    VariableUnset,       //!< Where it is named (may be empty), name of the variable.
    FileUnreadable,      //!< Where it is named (may be empty), path, fault.
    PemUnfit,            //!< Where it is named, path, fault.
    SecretEmpty,         //!< Its reference, where that is named (may be missing).
    SecretUnfit,         //!< Its reference, where that is named (may be missing).
    ReferenceIncomplete, //!< Its beginning, such as "env:".
    AddressUnfit,        //!< Its key, fault; of a proxy, the variable that holds it.
    SiteDiffers,         //!< Datadog's site as configured, and that of the url.
    RegionUnfit,         //!< AWS's region.
    Keychain,            //!< Of former versions: the keychain's words, what to do.
    KeychainMissing,     //!< Entry.
    KeychainDenied,      //!< Entry, the keychain's words.
    KeychainFailed,      //!< The keychain's words.
    KeychainUnusable,    //!< In this program.
    KeychainAwaited,     //!< It has not answered.
    AwsHalfSet,          //!< The variable that is set, the one that is not.
    AwsKeyUnfit,         //!< Fault, where the key is, profile there.
    AwsNoProfile,        //!< Profile; twice a file, its fault, and else the profiles that it has.
    AwsOtherSource,      //!< File, profile, where the profile takes its key from.
    AwsNoKey,            //!< File, profile.
    // From here on, what somebody else told.
    NoAnswer,              //!< The network's words.
    HostNotFound,          //!< Host, the resolver's words.
    TimedOut,              //!< Seconds.
    StillSending,          //!< Seconds.
    NotLookedUp,           //!< Host, seconds.
    InterimOnly,           //!< HTTP status.
    TooEarly,              //!< HTTP status.
    Closed,                //!< By the other side, without an answer.
    TlsBroken,             //!< The library's words.
    NoStatus,              //!< The number in place of an HTTP status.
    WrongLength,           //!< HTTP status.
    Undecodable,           //!< HTTP status.
    ProxyNoAnswer,         //!< Proxy, the network's words.
    ProxyNotLookedUp,      //!< Proxy, host, seconds.
    Certificate,           //!< Of former versions: what is wrong with it.
    CertificateRefused,    //!< Host; for each fault its name and what is found in the certificate.
    ClientCertificateNone, //!< Ours is wanted, and there is none.
    ClientCertificateRefused, //!< The server's words.
    ClientKeyUnfit,           //!< The library's words.
    HandshakeRefused,         //!< The server's words.
    TlsTooOld,                //!< The library's words.
    NoTls,                    //!< The library's words.
    Proxy,                    //!< What it said.
    ProxyPasswordMissing,     //!< Proxy, scheme of its address.
    ProxyPasswordRefused,     //!< Proxy, scheme of its address.
    KeyRefused,               //!< HTTP status, the service's words, where the key is from, remedy.
    KeyMissing,               //!< HTTP status, the service's words.
    Redirected,               //!< HTTP status, where to.
    Refused,                  //!< HTTP status, the service's words, remedy (may be missing).
    TimesRefused, //!< Numbers of events: too old, older than the retention, too far ahead.
    TakesNothing, //!< The name of another kind and its arguments: the last refusal.
    Throttled,    //!< HTTP status, the service's words, remedy (may be missing).
    Unavailable,  //!< HTTP status, the service's words.
    Unanswered,   //!< Seconds for which an answer was waited for (missing while it still is).
    Late,         //!< The seconds of flush_interval, for longer than which records wait.
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

//! Whether a program that runs tries again by itself what failed so.
[[nodiscard]] bool isRetried(ProblemKind kind);

} // namespace trace

Q_DECLARE_METATYPE(trace::Problem)
