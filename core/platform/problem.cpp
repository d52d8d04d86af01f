// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/problem.h"

#include "core/platform/error.h"
#include "core/platform/phrases.h"

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

struct Wording
{
    ProblemKind kind;
    QString name;
    QString text{};   //!< See filled(); empty where it takes more than that.
    QString action{}; //!< Likewise.
};

const QString again = u"It is tried again by itself."_s;
const QString keychainElse = u"or use env:NAME or file:/path."_s;
const QString proxyPassword =
    u"Put %2://name:password@host:port into a variable and set proxy to env:NAME."_s;

const std::array<Wording, int(ProblemKind::Late) + 1> wordings{{
    {ProblemKind::None, {}},
    {ProblemKind::Other, u"other"_s, u"%1"_s, u"%2"_s},
    {ProblemKind::Paused, u"paused"_s, u"paused by the operator"_s, u"Resume it in the console."_s},
    {ProblemKind::Disabled, u"disabled"_s, u"disabled"_s,
     u"Enable it with: trace-forwarder endpoint set '%1' enabled=true"_s},
    {ProblemKind::NotConfigured, u"not_configured"_s, u"not configured any more"_s,
     u"An endpoint with the id \"%1\" gets what waits: trace-forwarder endpoint add NAME --service "
     u"%2 --url URL --set 'id=%1'. To give it up: trace-forwarder endpoint remove '%1' "
     u"--discard-waiting"_s},
    {ProblemKind::ListMissing, u"list_missing"_s, u"the list of endpoints is missing: no %1"_s,
     u"Bring it back, or name its folder with --config. The endpoint is kept with all that waits "
     u"for it; a program that runs goes on by what the list said last."_s},
    {ProblemKind::NotStarted, u"not_started"_s, u"it could not be started: %1"_s,
     u"This is tried again by itself."_s},
    {ProblemKind::Invalid, u"invalid"_s},
    {ProblemKind::VariableUnset, u"variable_unset"_s, u"The environment variable %2 is not set."_s,
     u"Set it before the program starts."_s},
    {ProblemKind::FileUnreadable,
     u"file_unreadable"_s,
     {},
     u"Name a regular file that exists and that this user may read."_s},
    {ProblemKind::PemUnfit, u"pem_unfit"_s},
    {ProblemKind::SecretEmpty, u"secret_empty"_s, u"The secret in %1 is empty."_s},
    {ProblemKind::SecretUnfit, u"secret_unfit"_s,
     u"The secret in %1 has line breaks or other control characters."_s,
     u"Put the secret alone there, on one line."_s},
    {ProblemKind::ReferenceIncomplete, u"reference_incomplete"_s},
    {ProblemKind::AddressUnfit, u"address_unfit"_s},
    {ProblemKind::SiteDiffers, u"site_differs"_s,
     u"site: \"%1\", but the url goes to the site \"%2\""_s,
     u"change one of them: a key is valid at one site only"_s},
    {ProblemKind::RegionUnfit, u"region_unfit"_s, u"region: \"%1\" is no AWS region"_s,
     u"write it as eu-west-1"_s},
    {ProblemKind::Keychain, u"keychain"_s, u"%1"_s, u"%2"_s},
    {ProblemKind::KeychainMissing, u"keychain_missing"_s, u"The keychain has no secret for %1."_s,
     u"Store it there, "_s + keychainElse},
    {ProblemKind::KeychainDenied, u"keychain_denied"_s,
     u"The keychain does not give the secret for %1: %2"_s,
     u"Unlock it and retry, "_s + keychainElse},
    {ProblemKind::KeychainFailed, u"keychain_failed"_s, u"The keychain cannot be read: %1"_s,
     u"Where no secret service runs, as without a desktop, use env:NAME or file:/path."_s},
    {ProblemKind::KeychainUnusable, u"keychain_unusable"_s,
     u"The keychain cannot be read: the program has no QCoreApplication."_s,
     u"Use env:NAME or file:/path."_s},
    {ProblemKind::KeychainAwaited, u"keychain_awaited"_s, u"waiting for the keychain"_s,
     u"Unlock it if it asks, "_s + keychainElse},
    {ProblemKind::AwsHalfSet, u"aws_half_set"_s,
     u"The environment variable %1 is set, but %2 is not."_s,
     u"Set both before the program starts, or none."_s},
    {ProblemKind::AwsKeyUnfit, u"aws_key_unfit"_s},
    {ProblemKind::AwsNoProfile,
     u"aws_no_profile"_s,
     {},
     u"Set api_key to a reference to KEY_ID:SECRET, or AWS_ACCESS_KEY_ID and "
     u"AWS_SECRET_ACCESS_KEY, or choose another profile."_s},
    {ProblemKind::AwsOtherSource, u"aws_other_source"_s,
     u"%1, profile \"%2\": takes its key from %3, which is not supported."_s,
     u"Export the profile's keys with \"aws configure export-credentials\" to the environment, or "
     u"set api_key."_s},
    {ProblemKind::AwsNoKey, u"aws_no_key"_s,
     u"%1, profile \"%2\": has no aws_access_key_id with an aws_secret_access_key."_s,
     u"Add them, or choose another profile."_s},
    {ProblemKind::NoAnswer, u"no_answer"_s, u"%1"_s, again},
    {ProblemKind::HostNotFound, u"host_not_found"_s, u"host %1: %2"_s, again},
    {ProblemKind::TimedOut, u"timed_out"_s, u"no answer within %1 s"_s, again},
    {ProblemKind::StillSending, u"still_sending"_s,
     u"after %1 s the request was still being sent"_s, again},
    {ProblemKind::NotLookedUp, u"not_looked_up"_s, u"the name %1 was not looked up within %2 s"_s,
     again},
    {ProblemKind::InterimOnly, u"interim_only"_s, u"HTTP %1 came in place of an answer"_s, again},
    {ProblemKind::TooEarly, u"too_early"_s,
     u"HTTP %1 came before the whole request was on its way"_s, again},
    {ProblemKind::Closed, u"closed"_s, u"the connection was closed before there was an answer"_s,
     again},
    {ProblemKind::TlsBroken, u"tls_broken"_s, u"the TLS connection broke (%1)"_s, again},
    {ProblemKind::NoStatus, u"no_status"_s,
     u"%1, which is no status of HTTP, came in place of an answer"_s, again},
    {ProblemKind::WrongLength, u"wrong_length"_s,
     u"HTTP %1 with a body that is not as long as it says"_s, again},
    {ProblemKind::Undecodable, u"undecodable"_s,
     u"HTTP %1 with a body that cannot be decompressed"_s, again},
    {ProblemKind::ProxyNoAnswer, u"proxy_no_answer"_s, u"the proxy %1: %2"_s, again},
    {ProblemKind::ProxyNotLookedUp, u"proxy_not_looked_up"_s,
     u"the proxy %1: the name %2 was not looked up within %3 s"_s, again},
    {ProblemKind::Certificate, u"certificate"_s, u"%1"_s,
     u"Check the server's certificate, or name its authority in tls.ca_file."_s},
    {ProblemKind::CertificateRefused, u"certificate_refused"_s},
    {ProblemKind::ClientCertificateNone, u"client_certificate_none"_s,
     u"the server wants a client certificate"_s,
     u"Name it and its key in tls.client_certificate and tls.client_key."_s},
    {ProblemKind::ClientCertificateRefused, u"client_certificate_refused"_s,
     u"the server does not accept our client certificate (%1)"_s,
     u"Check tls.client_certificate: its authority, its end, and its chain."_s},
    {ProblemKind::ClientKeyUnfit, u"client_key_unfit"_s,
     u"tls.client_key does not belong to tls.client_certificate (%1)"_s,
     u"Name the key with which the certificate was made."_s},
    {ProblemKind::HandshakeRefused, u"handshake_refused"_s,
     u"the server refuses the handshake (%1); mostly because it wants a client certificate"_s,
     u"Name it and its key in tls.client_certificate and tls.client_key."_s},
    {ProblemKind::TlsTooOld, u"tls_too_old"_s,
     u"the server speaks no TLS that is safe enough (%1)"_s, u"It must offer TLS 1.2 or newer."_s},
    {ProblemKind::NoTls, u"no_tls"_s, u"the server does not speak TLS at this port (%1)"_s,
     u"Check the port and whether the url begins with https:// rightly."_s},
    {ProblemKind::Proxy, u"proxy"_s, u"%1"_s, u"Check the proxy of the endpoint."_s},
    {ProblemKind::ProxyPasswordMissing, u"proxy_password_missing"_s,
     u"the proxy %1 wants a name and password"_s, proxyPassword},
    {ProblemKind::ProxyPasswordRefused, u"proxy_password_refused"_s,
     u"the proxy %1 does not accept the name and password"_s, proxyPassword},
    {ProblemKind::KeyRefused, u"key_refused"_s},
    {ProblemKind::KeyMissing, u"key_missing"_s, {}, u"Set the key (api_key): none was sent."_s},
    {ProblemKind::Redirected,
     u"redirected"_s,
     {},
     u"Redirects are not followed; set the url to where records are taken."_s},
    {ProblemKind::Refused, u"refused"_s},
    {ProblemKind::TimesRefused, u"times_refused"_s},
    {ProblemKind::TakesNothing,
     u"takes_nothing"_s,
     {},
     u"It has taken nothing yet. Correct the endpoint; its records are kept, and new ones are "
     u"tried."_s},
    {ProblemKind::Throttled, u"throttled"_s, {}, u"It is tried again by itself, more slowly."_s},
    {ProblemKind::Unavailable, u"unavailable"_s, {}, again},
    {ProblemKind::Unanswered, u"unanswered"_s},
    {ProblemKind::Late, u"late"_s, u"records wait for longer than the flush_interval of %1 s"_s},
}};

//! "url: " before what is said of it.
QString at(const QString &place)
{
    return place.isEmpty() ? QString() : place + u": "_s;
}

QString answered(const QStringList &arguments)
{
    return filled(arguments.value(1).isEmpty() ? u"HTTP %1"_s : u"HTTP %1: %2"_s, arguments);
}

Error certificateWording(const QStringList &arguments)
{
    QStringList faults;
    QStringList actions;
    for (qsizetype i = 1; i < arguments.size(); i += 2) {
        faults.append(phrase(arguments[i], {arguments.value(i + 1), arguments.value(0)}));
        actions.append(phrase(arguments[i] + u"_do"_s));
    }
    faults.removeDuplicates();
    actions.removeDuplicates();
    return {u"the certificate of %1 is not accepted: "_s.arg(arguments.value(0)) +
                faults.join(u"; "_s),
            actions.join(u' ')};
}

QString timesWording(const QStringList &arguments)
{
    QStringList why;
    for (const auto &[place, text] : {std::pair(0, u"%1 older than 14 days"_s),
                                      std::pair(1, u"%1 older than the log group's retention"_s),
                                      std::pair(2, u"%1 more than 2 hours ahead"_s)}) {
        if (const QString number = arguments.value(place); number.toLongLong() > 0)
            why.append(filled(text, {number}));
    }
    return u"CloudWatch did not store events by their time: "_s + why.join(u", "_s);
}

QString profilesWording(const QStringList &arguments)
{
    const auto tell = [&](qsizetype place) {
        const QString file = arguments.value(place) + u' ';
        const QString fault = arguments.value(place + 1);
        const QString rest = arguments.value(place + 2);
        if (!fault.isEmpty())
            return file + phrase(fault, {rest});
        return file + (rest.isEmpty() ? u"has no profiles"_s : u"has "_s + rest);
    };
    return u"There is no AWS profile \"%1\": "_s.arg(arguments.value(0)) + tell(1) + u"; "_s +
           tell(4) + u'.';
}

Error keyWording(const QStringList &arguments)
{
    const QString form = u"write it as KEY_ID:SECRET, or KEY_ID:SECRET:TOKEN for temporary ones"_s;
    const QString profile = arguments.value(2);
    const QString place = profile.isEmpty()
                              ? arguments.value(1)
                              : u"%1, profile \"%2\""_s.arg(arguments.value(1), profile);
    return {at(place) + u"the AWS key "_s + phrase(arguments.value(0)),
            arguments.value(0) == "id_separated"_L1
                ? u"the key id comes first, then the secret: "_s + form
                : form};
}

Error addressWording(const QStringList &arguments)
{
    const QString key = arguments.value(0);
    const QString fault = arguments.value(1);
    const QString text = at(key) + phrase(fault, arguments.mid(2));
    if (key != "proxy"_L1)
        return {text, phrase(fault + u"_do"_s)};
    const QString variable = arguments.value(2);
    return {variable.isEmpty() ? text : text + u" (in %1)"_s.arg(variable),
            u"Use system, none, http://host:port, socks5://host:port, or env:NAME for a variable "
            u"that holds one of these."_s};
}

Error referenceWording(const QString &begin, const QString &place)
{
    if (begin == "env:"_L1)
        return {at(place) + u"The reference env: names no variable."_s, u"Write it as env:NAME."_s};
    if (begin == "file:"_L1)
        return {at(place) + u"The reference file: names no file."_s, u"Write it as file:/path."_s};
    return {at(place) + u"The reference keychain: names no entry."_s,
            u"Write it as keychain:service/account."_s};
}

Error refusalWording(ProblemKind kind, const QStringList &arguments)
{
    const QString remedy = phrase(arguments.value(kind == ProblemKind::KeyRefused ? 3 : 2),
                                  arguments.mid(kind == ProblemKind::KeyRefused ? 4 : 3));
    if (kind == ProblemKind::KeyRefused)
        return {
            answered(arguments),
            u"The key of %1 was sent and refused: %2"_s.arg(
                arguments.value(2) == "the_endpoint"_L1 ? u"the endpoint"_s : arguments.value(2),
                remedy.isEmpty() ? u"check it and its rights."_s : remedy)};
    if (kind == ProblemKind::Throttled)
        return {answered(arguments), u"It is tried again by itself, more slowly."_s +
                                         (remedy.isEmpty() ? QString() : u" Else "_s + remedy)};
    return {answered(arguments),
            remedy.isEmpty() ? u"Correct the endpoint; its records are kept."_s : remedy};
}

//! Of what takes more than its arguments in their places.
Error composed(const Wording &wording, const QStringList &arguments)
{
    switch (wording.kind) {
    case ProblemKind::Invalid:
        return {at(arguments.value(0)) + u"not valid"_s,
                u"The place is told by: trace-forwarder config check"_s};
    case ProblemKind::VariableUnset:
        return {at(arguments.value(0)) + filled(wording.text, arguments), wording.action};
    case ProblemKind::FileUnreadable:
    case ProblemKind::PemUnfit: {
        const QString fault = arguments.value(2);
        return {at(arguments.value(0)) + arguments.value(1) + u' ' +
                    phrase(fault, arguments.mid(3)),
                wording.action.isEmpty() ? phrase(fault + u"_do"_s) : wording.action};
    }
    case ProblemKind::SecretEmpty:
    case ProblemKind::SecretUnfit: {
        const QString place = arguments.value(0);
        return {at(arguments.value(1)) +
                    filled(wording.text, {place.isEmpty() ? u"the configuration"_s : place}),
                wording.action};
    }
    case ProblemKind::ReferenceIncomplete:
        return referenceWording(arguments.value(0), arguments.value(1));
    case ProblemKind::AddressUnfit:
        return addressWording(arguments);
    case ProblemKind::AwsKeyUnfit:
        return keyWording(arguments);
    case ProblemKind::AwsNoProfile:
        return {profilesWording(arguments), wording.action};
    case ProblemKind::CertificateRefused:
        return certificateWording(arguments);
    case ProblemKind::KeyRefused:
    case ProblemKind::Refused:
    case ProblemKind::Throttled:
        return refusalWording(wording.kind, arguments);
    case ProblemKind::KeyMissing:
    case ProblemKind::Unavailable:
        return {answered(arguments), wording.action};
    case ProblemKind::Redirected:
        return {filled(arguments.value(1).isEmpty() ? u"HTTP %1: redirected"_s
                                                    : u"HTTP %1: redirected to %2"_s,
                       arguments),
                wording.action};
    case ProblemKind::TimesRefused:
        return {timesWording(arguments), {}};
    case ProblemKind::Unanswered:
        return {arguments.value(0).isEmpty() ? u"no answer yet to a request"_s
                                             : filled(u"no answer within %1 s"_s, arguments),
                {}};
    case ProblemKind::TakesNothing:
        return {wordingOf({problemKindOf(arguments.value(0)), arguments.mid(1)}).text,
                wording.action};
    default:
        return {filled(wording.text, arguments), filled(wording.action, arguments)};
    }
}

} // namespace

QString nameOf(ProblemKind kind)
{
    const auto found = std::find_if(wordings.begin(), wordings.end(),
                                    [&](const Wording &one) { return one.kind == kind; });
    return found == wordings.end() ? QString() : found->name;
}

ProblemKind problemKindOf(const QString &name)
{
    const auto found = std::find_if(wordings.begin(), wordings.end(),
                                    [&](const Wording &one) { return one.name == name; });
    return found == wordings.end() ? ProblemKind::Other : found->kind;
}

Error wordingOf(const Problem &problem)
{
    const auto found = std::find_if(wordings.begin(), wordings.end(),
                                    [&](const Wording &one) { return one.kind == problem.kind; });
    if (found == wordings.end())
        return {};
    Error error = composed(*found, problem.arguments);
    error.problem = problem;
    return error;
}

bool isRetried(ProblemKind kind)
{
    return (kind >= ProblemKind::NoAnswer && kind <= ProblemKind::ProxyNotLookedUp) ||
           kind == ProblemKind::Throttled || kind == ProblemKind::Unavailable;
}

} // namespace trace
