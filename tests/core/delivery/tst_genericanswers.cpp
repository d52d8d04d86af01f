// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator sees of each answer that a generic service gives.
#include "tests/core/delivery/answerstest.h"

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray json = "application/json"_ba;

std::vector<AnswerCase> cases()
{
    const std::vector<int> all{1, 2, 3, 4};
    return withCommonCases({
        {"200", always({200}), taken()},
        {"201 with JSON", always({201, R"({"accepted":4,"rejected":0})", json}), taken()},
        {"202", always({202, "queued"}), taken()},
        {"204", always({204}), taken()},
        {"200 with XML", always({200, "<response><status>0</status></response>", "text/xml"}),
         taken()},
        {"200 with a login page", always({200, "<html><title>Log in</title></html>", "text/html"}),
         heldForSetUp("HTTP 200: <html>", "a web page answered")},
        {"200 with one of them rejected",
         always({200, R"({"accepted":3,"rejected":1,"message":"too long"})", json}),
         parked(200, "1 of these 4 were refused, unknown which", all, true)},
        {"200 with all rejected",
         always({200, R"({"accepted":0,"rejected":4,"message":"too long"})", json}),
         parked(200, "refused 4 of 4 records: too long", all)},
        {"200 of _bulk with a failed item",
         always({200,
                 R"({"errors":true,"items":[{"create":{"status":201}},{"create":{"status":201}},)"
                 R"({"create":{"status":400,"error":{"type":"mapper","reason":"no such field"}}},)"
                 R"({"create":{"status":409}}]})",
                 json}),
         parked(200, "refused 1 of 4 records: no such field", {3})},
        {"400 for one record", onTheThird({400, R"({"error":"no such field"})", json}),
         parkedAlone(400, "HTTP 400: no such field")},
        {"400 of _bulk for the form",
         always({400, R"({"error":{"reason":"Malformed action/metadata line [1]"}})", json}),
         heldForSetUp("Malformed action/metadata line", "Elasticsearch")},
        {"400 of Splunk for an event that is not there",
         always({400, R"({"text":"Event field is required","code":12})", json}),
         heldForSetUp("Event field is required", "Splunk")},
        {"400 of Splunk for an empty event",
         always({400, R"({"text":"Event field cannot be blank","code":13})", json}),
         heldForSetUp("Event field cannot be blank", "Splunk")},
        {"401", always({401, R"({"message":"who are you"})", json}),
         heldForKey("HTTP 401: who are you", "api_key")},
        {"403", always({403, "forbidden"}), heldForKey("HTTP 403: forbidden", "its rights")},
        {"404", always({404, "404 page not found"}),
         heldForSetUp("HTTP 404: 404 page not found", "check the url")},
        {"405", always({405, "GET only"}), heldForSetUp("HTTP 405: GET only", "takes no POST")},
        {"415", always({415, "JSON only"}), heldForSetUp("HTTP 415: JSON only", "compression")},
        {"413 for more than one record", onSeveral({413, R"({"error":"too large"})", json}),
         deliveredInParts()},
        {"422 for one record", onTheThird({422, R"({"detail":"no such field"})", json}),
         parkedAlone(422, "HTTP 422: no such field")},
        {"429 with Retry-After as a date that is over",
         always(
             {429, "slow down", "text/plain", {{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}}}),
         slowedDown("HTTP 429: slow down")},
        {"503 of Splunk", always({503, R"({"text":"Server is busy","code":9})", json}),
         triedAgain("HTTP 503")},
    });
}

} // namespace

class TestGenericAnswers final : public AnswersTest
{
    Q_OBJECT
public:
    TestGenericAnswers()
        : AnswersTest(u"generic"_s, cases)
    {}
};

QTEST_GUILESS_MAIN(TestGenericAnswers)
#include "tst_genericanswers.moc"
