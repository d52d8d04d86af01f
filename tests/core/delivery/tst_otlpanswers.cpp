// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator sees of each answer that an OTLP receiver, or what stands before it, gives.
#include "tests/core/delivery/answerstest.h"

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray json = "application/json"_ba;
const QByteArray protobuf = "application/x-protobuf"_ba;

// google.rpc.Status with texts of fewer than 128 bytes.
Answer status(int httpStatus, int code, const QByteArray &words, const HttpHeaders &headers = {})
{
    return {httpStatus,
            "\x08" + QByteArray(1, char(code)) + "\x12" + QByteArray(1, char(words.size())) + words,
            protobuf, headers};
}

// ExportLogsServiceResponse with a partial_success.
Answer partial(int rejected, const QByteArray &words)
{
    const QByteArray message = (rejected > 0 ? "\x08" + QByteArray(1, char(rejected)) : "") +
                               "\x12" + QByteArray(1, char(words.size())) + words;
    return {200, "\x0a" + QByteArray(1, char(message.size())) + message, protobuf};
}

std::vector<AnswerCase> cases()
{
    const std::vector<int> all{1, 2, 3, 4};
    const auto partlyAsJson =
        R"({"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"old"}})";
    return withCommonCases({
        {"200 without a body", always({200, {}, protobuf}), taken()},
        {"200 {}", always({200, "{}", json}), taken()},
        {"202 of a queue", always({202, {}, {}}), taken()},
        {"204 of Loki", always({204, {}, {}}), taken()},
        {"200 with a login page", always({200, "<html><title>Log in</title></html>", "text/html"}),
         heldForSetUp("HTTP 200: <html>", "a web page answered")},
        {"200 partial: one rejected", always(partial(1, "too old")),
         parked(200, "1 of these 4 were refused, unknown which", all, true)},
        {"200 partial as JSON: two rejected", always({200, partlyAsJson, json}),
         parked(200, "2 of 4 rejected: old", all, true)},
        {"200 partial: all rejected", always(partial(4, "too old")),
         parked(200, "4 of 4 rejected: too old", all)},
        {"200 partial: a warning, none rejected", always(partial(0, "deprecated")), taken()},
        {"400 for one record", onTheThird(status(400, 3, "bad id")),
         parkedAlone(400, "HTTP 400: bad id")},
        {"400 as JSON for one record", onTheThird({400, R"({"code":3,"message":"bad id"})", json}),
         parkedAlone(400, "HTTP 400: bad id")},
        {"401", always(status(401, 16, "who are you")),
         heldForKey("HTTP 401: who are you", "api_key")},
        {"403", always(status(403, 7, "no rights")), heldForKey("HTTP 403: no rights", "api_key")},
        {"404", always({404, "404 page not found\n"}),
         heldForSetUp("HTTP 404: 404 page not found", "/v1/logs")},
        {"405", always({405, "GET only"}), heldForSetUp("HTTP 405: GET only", "takes no POST")},
        {"413 for more than one record", onSeveral(status(413, 8, "too large")),
         deliveredInParts()},
        {"413 for one record", onTheThird(status(413, 8, "too large")),
         parkedAlone(413, "HTTP 413: too large")},
        {"415", always({415, "unsupported media type"}),
         heldForSetUp("HTTP 415: unsupported media type", "set encoding")},
        {"422 for one record", onTheThird(status(422, 3, "no body")),
         parkedAlone(422, "HTTP 422: no body")},
        {"429", always(status(429, 8, "quota")), slowedDown("HTTP 429: quota")},
        {"429 with Retry-After 90", always(status(429, 8, "quota", {{"Retry-After", "90"}})),
         slowedDown("HTTP 429: quota", 90s)},
        {"500", always(status(500, 13, "oops")), triedAgain("HTTP 500: oops")},
        {"503 with Retry-After 90", always(status(503, 14, "busy", {{"Retry-After", "90"}})),
         triedAgain("HTTP 503: busy", 90s)},
    });
}

} // namespace

class TestOtlpAnswers final : public AnswersTest
{
    Q_OBJECT
public:
    TestOtlpAnswers()
        : AnswersTest(u"otlp"_s, cases)
    {}
};

QTEST_GUILESS_MAIN(TestOtlpAnswers)
#include "tst_otlpanswers.moc"
