// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/problem.h"
#include "core/service/http.h"

#include <QString>

#include <chrono>
#include <optional>
#include <vector>

namespace trace {

//! What is to be done after an answer. The sender acts on this and nothing else.
struct Outcome
{
    enum class Kind
    {
        Delivered,       //!< Everything in the share is stored.
        PartlyDelivered, //!< Stored but for `rejected`, or for `unknownCount` of them.
        RetryLater,      //!< A passing cause; the same bytes again after a wait. Costs an attempt.
        Slower,          //!< Throttled; again after a wait, at a lower pace. Costs no attempt.
        Split,           //!< Too large: send it in parts.
        CreateResource,  //!< Send the service's prepare requests, then this again.
        RefreshCredentials, //!< Get fresh credentials, then once again.
        Hold,     //!< Every batch would fail: keep the data, tell the operator what to fix.
        Rejected, //!< These bytes will be refused again: find the record that is at fault.
    };

    Kind kind = Kind::Delivered;
    QString reason{};                   //!< In the service's words where it has some.
    QString action{};                   //!< For Hold: what to fix.
    QStringList remedy{};               //!< The same as it is kept, see advise().
    std::optional<QString> words{};     //!< The service's own, where `reason` has others too.
    bool heldForAuthentication = false; //!< For Hold: key or rights, not address or set-up.
    bool heldForCertificate = false;    //!< For Hold: certificates, TLS or proxy: nothing arrives.
    std::optional<std::chrono::milliseconds> hint{}; //!< The server's wish for the wait.
    std::vector<std::size_t> rejected{};             //!< For PartlyDelivered: places in the share.
    std::size_t unknownCount = 0; //!< For PartlyDelivered: rejected, but not told which.
    //! For PartlyDelivered: the unknown ones are those before the first time, in ns, and from the
    //! second on, if these are as many.
    std::optional<std::int64_t> rejectedBefore{};
    std::optional<std::int64_t> rejectedFrom{};
    bool mayHaveArrived = false; //!< For RetryLater: the answer says so, as one that was lost.
    Problem problem{}; //!< The reason as it is kept, see problemOf(); None where it is not set.
};

//! Names what can be done: \a remedy is a name of phrase() with its arguments.
void advise(Outcome &outcome, const QStringList &remedy);

//! What the status code alone says, the same for every service: design.md's classes of answers.
//! A service calls this for what it has no own rule for.
[[nodiscard]] Outcome outcomeOfStatus(const HttpReply &reply);

//! The server's wish for a wait: `Retry-After` as seconds or HTTP date (RFC 9110, 10.2.3), or
//! `X-RateLimit-Reset` in seconds (or as an epoch time, told by its magnitude). Never more than 15
//! minutes; nothing for what is no time, or no wait. \a now is in ms since the epoch.
[[nodiscard]] std::optional<std::chrono::milliseconds> retryHint(const HttpHeaders &headers,
                                                                 qint64 now);

//! An HTTP date in any of its three forms (RFC 9110, 5.6.7) as ms since the epoch; \a now, in ms,
//! tells the century of a year of two digits.
[[nodiscard]] std::optional<qint64> httpDate(const QByteArray &text, qint64 now);

//! The first 500 characters of an answer's body as plain text, control characters made visible.
[[nodiscard]] QString bodyExcerpt(const QByteArray &body);

//! What an answer's body says to a person: the words of a JSON error (`message`, `error`, `errors`,
//! `detail`), else the excerpt. Bounded and made visible like bodyExcerpt().
[[nodiscard]] QString answerWords(const QByteArray &body);

//! Whether the body is a page for people: a login, a portal or a server for something else answered
//! in the service's place.
[[nodiscard]] bool isWebPage(const HttpReply &reply);

//! The hold after a success that is a web page: whoever answered has stored nothing. \a path is
//! where the service takes records, empty where that is up to it.
[[nodiscard]] Outcome heldForWebPage(const HttpReply &reply, const QString &path);

//! Whether the body is JSON that ends before its end, and not because more of it is read of none.
[[nodiscard]] bool breaksOff(const HttpReply &reply);

//! What to make of a success that breaks off: the rest may have told of refused records, and these
//! may be stored.
[[nodiscard]] Outcome brokenOff(const HttpReply &reply);

//! Held for an answer in the service's words; \a remedy as for advise().
[[nodiscard]] Outcome heldFor(const HttpReply &reply, const QStringList &remedy);

//! "HTTP 503: words of the body".
[[nodiscard]] QString answerText(const HttpReply &reply);

} // namespace trace
