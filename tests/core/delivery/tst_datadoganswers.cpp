// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator sees of each answer that Datadog, or what stands before it, gives.
#include "tests/core/delivery/answerstest.h"

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray json = "application/json"_ba;
const QByteArray page = "<html><head><title>502 Bad Gateway</title></head></html>"_ba;

Answer errors(int status, const QByteArray &title, const QByteArray &detail,
              const HttpHeaders &headers = {})
{
    return {status,
            "{\"errors\":[{\"status\":\"" + QByteArray::number(status) + "\",\"title\":\"" + title +
                "\",\"detail\":\"" + detail + "\"}]}",
            json, headers};
}

std::vector<AnswerCase> cases()
{
    const Answer tooLarge = errors(413, "Payload Too Large", "Request body is too large");
    const AnswerRule reset =
        always(errors(429, "Too Many Requests", "Slow down", {{"X-RateLimit-Reset", "90"}}));
    return withCommonCases({
        {"202 {}", always({202, "{}", json}), taken()},
        {"200 {} of v1", always({200, "{}", json}), taken()},
        {"200 with a login page", always({200, "<html><title>Log in</title></html>", "text/html"}),
         heldForSetUp("a web page, not an answer of Datadog: Log in", "/api/v2/logs")},
        {"400 for one record", onTheThird(errors(400, "Bad Request", "Invalid JSON")),
         parkedAlone(400, "HTTP 400: Bad Request: Invalid JSON")},
        {"400 of v1 for one record",
         onTheThird({400, R"({"code":400,"message":"Invalid JSON"})", json}),
         parkedAlone(400, "HTTP 400: Invalid JSON")},
        {"400 of Vector, which takes the Agent's fields only",
         always({400, R"({"code":400,"message":"Error parsing JSON: unknown field `dd`"})", json}),
         heldForSetUp("unknown field `dd`", "use another service")},
        {"401", always(errors(401, "Unauthorized", "Missing API key")),
         heldForKey("Missing API key", "was sent and refused")},
        {"403 for a key of another site", always(errors(403, "Forbidden", "Invalid API key")),
         heldForKey("HTTP 403: Forbidden: Invalid API key", "a key of another site")},
        {"403 with a firewall's page", always({403, page, "text/html"}),
         heldForKey("a web page, not an answer of Datadog", "proxy or firewall")},
        {"404", always({404, "404 page not found"}),
         heldForSetUp("HTTP 404: 404 page not found", "/api/v2/logs")},
        {"413 for more than one record", onSeveral(tooLarge), deliveredInParts()},
        {"413 with a proxy's page for more than one record",
         onSeveral({413, "<html><h1>413</h1></html>", "text/html"}), deliveredInParts()},
        {"413 for one record", onTheThird(tooLarge),
         parkedAlone(413, "HTTP 413: Payload Too Large: Request body is too large")},
        {"422 for one record", onTheThird(errors(422, "Unprocessable", "No message")),
         parkedAlone(422, "HTTP 422: Unprocessable: No message")},
        {"429", always(errors(429, "Too Many Requests", "Slow down")),
         slowedDown("HTTP 429: Too Many Requests: Slow down")},
        {"429 with X-RateLimit-Reset 90", reset, slowedDown("HTTP 429", 90s)},
        {"500", always(errors(500, "Internal Server Error", "Oops")),
         triedAgain("HTTP 500: Internal Server Error: Oops")},
        {"502 with a gateway's page", always({502, page, "text/html"}),
         triedAgain("HTTP 502: a web page, not an answer of Datadog: 502 Bad Gateway")},
    });
}

} // namespace

class TestDatadogAnswers final : public AnswersTest
{
    Q_OBJECT
public:
    TestDatadogAnswers()
        : AnswersTest(u"datadog"_s, cases)
    {}
};

QTEST_GUILESS_MAIN(TestDatadogAnswers)
#include "tst_datadoganswers.moc"
