// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "tests/core/delivery/answerserver.h"

namespace trace {

//! What an operator sees once the four records "message 1" to "message 4" met an answer.
struct Meaning
{
    SenderState state = SenderState::Idle;
    QByteArray words{};        //!< In the problem, or in the reason of the failed batch.
    QByteArray action{};       //!< What the operator is to do.
    std::vector<int> parked{}; //!< Numbers of the records in failed batches.
    int requests = 1;          //!< With records; 0: at least one.
    int status = 0;            //!< Of the failed batch.
    bool mayHaveArrived = false;
    std::chrono::seconds wait{0}; //!< Until the next attempt, at least.

    [[nodiscard]] bool isWaiting() const { return state != SenderState::Idle; }
};

//! A row of a table of answers.
struct AnswerCase
{
    const char *name;
    AnswerRule rule;
    Meaning meaning;
    std::function<void(Endpoint &)> adapt{}; //!< Options that the row needs.
    bool isThere = true;
};

inline const QString badMessage = QStringLiteral("message 3");

//! To every request with records.
inline AnswerRule always(const Answer &answer)
{
    return [answer](const SeenRequest &seen) {
        return seen.number > 0 ? std::optional(answer) : std::nullopt;
    };
}
//! To each request with the third record in it.
inline AnswerRule onTheThird(const Answer &answer)
{
    return [answer](const SeenRequest &seen) {
        return seen.messages.contains(badMessage) ? std::optional(answer) : std::nullopt;
    };
}
//! To each request with more than one record.
inline AnswerRule onSeveral(const Answer &answer)
{
    return [answer](const SeenRequest &seen) {
        return seen.messages.size() > 1 ? std::optional(answer) : std::nullopt;
    };
}

//! Delivered by one request.
inline Meaning taken()
{
    return {};
}
//! Kept; the very same bytes go out again by themselves. It costs attempts, of which there is one.
inline Meaning triedAgain(const char *words = "", std::chrono::seconds wait = {})
{
    return {.state = SenderState::Suspended, .words = words, .requests = 0, .wait = wait};
}
//! Kept, and sent at a lower pace. It costs no attempt.
inline Meaning slowedDown(const char *words = "", std::chrono::seconds wait = {})
{
    return {.state = SenderState::BackingOff, .words = words, .requests = 0, .wait = wait};
}
inline Meaning heldForKey(const char *words, const char *action, int requests = 1)
{
    return {.state = SenderState::HeldAuthentication,
            .words = words,
            .action = action,
            .requests = requests};
}
inline Meaning heldForSetUp(const char *words, const char *action, int requests = 1)
{
    return {.state = SenderState::HeldConfiguration,
            .words = words,
            .action = action,
            .requests = requests};
}
//! Split until the third record is alone, which is parked: 4, 2 and 2, 1 and 1, about.
inline Meaning parkedAlone(int status, const char *words)
{
    return {.words = words, .parked = {3}, .requests = 5, .status = status};
}
//! The service took the others from the one request: nothing is sent again.
inline Meaning parked(int status, const char *words, const std::vector<int> &records,
                      bool mayHaveArrived = false)
{
    return {.words = words, .parked = records, .status = status, .mayHaveArrived = mayHaveArrived};
}
//! 4, 2 and 2, and each alone.
inline Meaning deliveredInParts()
{
    return {.requests = 7};
}

//! The rows that are the same for every service, after which \a own follow.
inline std::vector<AnswerCase> withCommonCases(const std::vector<AnswerCase> &own)
{
    using namespace std::chrono_literals;
    const auto hurry = [](Endpoint &endpoint) { endpoint.timeout = 2s; };
    const auto plain = [](int status, const QByteArray &body, const HttpHeaders &headers = {}) {
        return Answer{status, body, "text/plain", headers};
    };
    const auto redirect = [&plain](int status) {
        return always(plain(status, {}, {{"Location", "/elsewhere"}}));
    };
    const auto wait = [&plain](int status, const QByteArray &words, const QByteArray &seconds) {
        return always(plain(status, words, {{"Retry-After", seconds}}));
    };
    const char *const target = "redirected to /elsewhere";
    const char *const advice = "redirects are not followed";
    std::vector<AnswerCase> cases{
        {"no connection", {}, triedAgain("Connection refused"), {}, false},
        {"connection closed without an answer", always({Answer::closed}), triedAgain("closed")},
        {"no answer in time", always({Answer::silent}), triedAgain("no answer within"), hurry},
        {"301 to another path", redirect(301), heldForSetUp(target, advice)},
        {"302 to another path", redirect(302), heldForSetUp(target, advice)},
        {"303 to another path", redirect(303), heldForSetUp(target, advice)},
        {"307 to another path", redirect(307), heldForSetUp(target, advice)},
        {"308 to another path", redirect(308), heldForSetUp(target, advice)},
        {"408", always(plain(408, "slow")), triedAgain("HTTP 408: slow")},
        {"413 as text for more than one record", onSeveral(plain(413, "large")),
         deliveredInParts()},
        {"413 as text for one record", onTheThird(plain(413, "large")),
         parkedAlone(413, "HTTP 413: large")},
        {"422 as text for one record", onTheThird(plain(422, "no")),
         parkedAlone(422, "HTTP 422: no")},
        {"425", always(plain(425, "too early")), slowedDown("HTTP 425: too early")},
        {"429 as text", always(plain(429, "slow down")), slowedDown("HTTP 429: slow down")},
        {"429 with Retry-After 120", wait(429, "slow down", "120"),
         slowedDown("HTTP 429: slow down", 120s)},
        {"429 with Retry-After 86400", wait(429, "slow down", "86400"),
         slowedDown("HTTP 429: slow down", 15min)},
        {"500 as text", always(plain(500, "oops")), triedAgain("HTTP 500: oops")},
        {"501 for one record", onTheThird(plain(501, "not here")),
         parkedAlone(501, "HTTP 501: not here")},
        {"502", always(plain(502, {})), triedAgain("HTTP 502")},
        {"503 with Retry-After 120", wait(503, "busy", "120"), triedAgain("HTTP 503: busy", 120s)},
        {"503 with Retry-After as a date in 2099",
         wait(503, "busy", "Wed, 21 Oct 2099 07:28:00 GMT"), triedAgain("HTTP 503: busy", 15min)},
        {"504", always(plain(504, {})), triedAgain("HTTP 504")},
    };
    cases.insert(cases.end(), own.begin(), own.end());
    return cases;
}

} // namespace trace
