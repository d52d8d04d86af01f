// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator sees of each answer that Loki, or what stands before it, gives.
#include "tests/core/delivery/answerstest.h"

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// 400: of the whole request, or of single entries, where the others are stored.
std::vector<AnswerCase> badRequests()
{
    const std::vector<int> all{1, 2, 3, 4};
    return {
        {"400 for labels that cannot be read",
         onTheThird({400, "couldn't parse labels: 1:4: parse error\n"}),
         parkedAlone(400, "HTTP 400: couldn't parse labels")},
        {"400 for JSON that cannot be read", onTheThird({400, "unexpected end of JSON input\n"}),
         parkedAlone(400, "unexpected end of JSON input")},
        {"400 partial: one too old",
         always({400, "entry for stream '{a=\"b\"}' has timestamp too old: 2020-01-01T00:00:00Z, "
                      "oldest acceptable timestamp is: 2026-01-01T00:00:00Z\n"}),
         parked(400, "1 of these 4 were refused, unknown which", all, true)},
        {"400 partial: two too far behind",
         always({400, "entry with timestamp 2026-01-01 ignored, reason: 'entry too far behind, "
                      "entry timestamp is: x, oldest acceptable timestamp is: y',\ntotal ignored: "
                      "2 out of 4 for stream: {a=1}\n"}),
         parked(400, "2 of these 4 were refused, unknown which", all, true)},
        {"400 partial: one too long",
         always({400, "max entry size '262144' bytes exceeded for stream '{}' while adding an "
                      "entry with length '300000' bytes\n"}),
         parked(400, "1 of these 4 were refused", all, true)},
        {"400 partial: one too long, in the words of older versions",
         always({400, "Max entry size '262144' bytes exceeded for stream '{}' while adding an "
                      "entry with length '300000' bytes\n"}),
         parked(400, "1 of these 4 were refused", all, true)},
        {"400 partial: one with too much metadata",
         always({400, "stream '{}' has structured metadata too large: '70000' bytes, limit: "
                      "'65536' bytes\n"}),
         parked(400, "1 of these 4 were refused", all, true)},
        {"400 partial: one out of order",
         always({400, "rpc error: code = Code(400) desc = entry out of order\n"}),
         parked(400, "1 of these 4 were refused, unknown which", all, true)},
        {"400 partial: the value of a label too long",
         always({400, "stream '{a=\"b\"}' has label value too long: 'b'\n"}),
         parked(400, "1 of these 4 were refused", all, true)},
        {"400 partial: one with too many fields of metadata",
         always({400, "stream '{}' has too many structured metadata labels: '130', limit: '128'. "
                      "Please see `limits_config.max_structured_metadata_entries_count`\n"}),
         parked(400, "1 of these 4 were refused", all, true)},
        {"400: all too new",
         always({400, "4 errors like: entry for stream '{}' has timestamp too new: 2030\n"}),
         parked(400, "has timestamp too new", all)},
        {"400 for labels that the operator of Loki wants",
         always({400, "missing required labels 'team' for user a\n"}),
         heldForSetUp("missing required labels", "option labels")},
        {"400 for the number of labels",
         always({400, "entry for stream '{a=\"b\"}' has 9 label names; limit 5\n"}),
         heldForSetUp("has 9 label names", "option labels")},
        {"400 for the name of a label",
         always({400, "stream '{a=\"b\"}' has label name too long: 'service_name'\n"}),
         heldForSetUp("label name too long", "option labels")},
        {"400 for a label that is there twice",
         always({400, "stream '{a=\"b\", a=\"c\"}' has duplicate label name: 'a'\n"}),
         heldForSetUp("duplicate label name", "option labels")},
        {"400 for a stream without labels",
         always({400, "error at least one label pair is required per stream\n"}),
         heldForSetUp("at least one label pair", "option labels")},
        {"400 for the compression", always({400, "Content-Encoding \"snappy\" not supported\n"}),
         heldForSetUp("not supported", "option compression")},
    };
}

std::vector<AnswerCase> cases()
{
    std::vector<AnswerCase> cases{
        {"204", always({204}), taken()},
        {"200 of a proxy", always({200}), taken()},
        {"200 with a login page", always({200, "<html><title>Log in</title></html>", "text/html"}),
         heldForSetUp("HTTP 200: <html>", "a web page answered")},
        {"260: taken, but not stored",
         always({260, "ingestion blocked for user 'a' until '2027-01-01' with status code '260'"}),
         heldForSetUp("ingestion blocked for user", "ask its operator")},
        {"401 no org id", always({401, "no org id\n"}),
         heldForKey("HTTP 401: no org id", "set the option tenant")},
        {"401 of a proxy", always({401, "who are you"}),
         heldForKey("HTTP 401: who are you", "api_key")},
        {"403 of a proxy", always({403, "forbidden"}),
         heldForKey("HTTP 403: forbidden", "api_key")},
        {"404", always({404, "404 page not found\n"}),
         heldForSetUp("HTTP 404: 404 page not found", "/loki/api/v1/push")},
        {"413 for more than one record", onSeveral({413, "request body too large\n"}),
         deliveredInParts()},
        {"422 for one record",
         onTheThird({422, "error at least one valid stream is required for ingestion\n"}),
         parkedAlone(422, "at least one valid stream")},
        {"429 for the tenant's rate",
         always({429, "ingestion rate limit exceeded for user a (limit: 4 bytes/sec) while "
                      "attempting to ingest '4' lines totaling '400' bytes\n"}),
         slowedDown("ingestion rate limit exceeded")},
        {"429 for a stream's rate",
         always({429, "entry with timestamp x ignored, reason: 'Per stream rate limit exceeded "
                      "(limit: 3MB/sec) while attempting to ingest for stream '{}''\n"}),
         slowedDown("Per stream rate limit exceeded")},
        {"429 for too many streams",
         always({429, "maximum active stream limit exceeded when trying to create stream {}\n"}),
         slowedDown("reduce the labels of this endpoint", 60s)},
        {"500 of the ingester", always({500, "rpc error: code = Unknown\n"}),
         triedAgain("HTTP 500: rpc error")},
        {"503 of the ring", always({503, "too many unhealthy instances in the ring\n"}),
         triedAgain("HTTP 503: too many unhealthy instances")},
    };
    const std::vector<AnswerCase> more = badRequests();
    cases.insert(cases.end(), more.begin(), more.end());
    return withCommonCases(cases);
}

} // namespace

class TestGrafanaAnswers final : public AnswersTest
{
    Q_OBJECT
public:
    TestGrafanaAnswers()
        : AnswersTest(u"grafana"_s, cases)
    {}
};

QTEST_GUILESS_MAIN(TestGrafanaAnswers)
#include "tst_grafanaanswers.moc"
