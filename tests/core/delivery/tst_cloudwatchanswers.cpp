// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator sees of each answer that CloudWatch Logs, or what stands before it, gives.
#include "tests/core/delivery/answerstest.h"
#include "tests/core/delivery/handwrittenserver.h"
#include "tests/support/patience.h"

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray json = "application/x-amz-json-1.1"_ba;

Answer stored(const QByteArray &body = "{}")
{
    return {200, body, json, {{"x-amzn-RequestId", "1"}}};
}

Answer rejected(const QByteArray &info)
{
    return stored("{\"rejectedLogEventsInfo\":" + info + '}');
}

// As AWS sends it: nearly everything is a 400.
Answer error(const QByteArray &type, const QByteArray &message = "words", int status = 400,
             const HttpHeaders &headers = {})
{
    return {status, "{\"__type\":\"" + type + "\",\"message\":\"" + message + "\"}", json, headers};
}

// The type in a header only, as some of what stands before AWS tells it.
Answer headerError(const QByteArray &type)
{
    return {400, "{}", json, {{"x-amzn-ErrorType", type + ":http://internal.amazon.com/coral/"}}};
}

AnswerRule first(const Answer &answer)
{
    return [answer](const SeenRequest &seen) {
        return seen.number == 1 ? std::optional(answer) : std::nullopt;
    };
}

// A stream that is not there, and what its creation is answered; "" of an operation: taken. Where
// that of its group is answered, the group is not there either.
AnswerRule missing(const QByteArray &operation = {}, const Answer &answer = {})
{
    const auto isThere = std::make_shared<bool>(false);
    const auto hasGroup = std::make_shared<bool>(operation != "CreateLogGroup");
    return [=](const SeenRequest &seen) -> std::optional<Answer> {
        const auto missing = error("com.amazonaws.logs#ResourceNotFoundException",
                                   "The specified log group does not exist.");
        if (seen.operation == "PutLogEvents")
            return *isThere ? std::nullopt : std::optional(missing);
        *hasGroup = *hasGroup || seen.operation == "CreateLogGroup";
        if (seen.operation == operation)
            return answer;
        if (!*hasGroup)
            return missing;
        *isThere = *isThere || seen.operation == "CreateLogStream";
        return Answer{200, {}, json};
    };
}

std::vector<AnswerCase> refusals()
{
    const auto noGroup = error("ResourceNotFoundException", "The specified log group is missing.");
    return {
        {"missing stream, created", missing(), {.requests = 2}},
        {"missing stream, there by now",
         missing("CreateLogGroup", error("ResourceAlreadyExistsException")),
         {.requests = 2}},
        {"missing stream, no right to groups",
         missing("CreateLogGroup", error("AccessDeniedException")),
         {.requests = 2}},
        {"missing stream, no right to streams",
         missing("CreateLogStream", error("AccessDeniedException")),
         heldForKey("AccessDeniedException", "grant logs:CreateLogStream")},
        {"missing stream, group missing and not to be made", missing("CreateLogStream", noGroup),
         heldForKey("ResourceNotFoundException", "log group")},
        {"missing stream, quota of groups",
         missing("CreateLogGroup", error("LimitExceededException")),
         heldForSetUp("LimitExceededException", "quota")},
        {"missing stream, creation throttled",
         missing("CreateLogStream", error("ThrottlingException")),
         slowedDown("ThrottlingException")},
        {"missing stream for ever", always(noGroup), triedAgain("ResourceNotFoundException")},
        {"ExpiredTokenException once", first(error("ExpiredTokenException")), {.requests = 2}},
        {"ExpiredTokenException", always(error("ExpiredTokenException", "The token has expired")),
         heldForKey("ExpiredTokenException: The token has expired", "check the key (api_key", 2)},
        {"UnrecognizedClientException",
         always(error("UnrecognizedClientException", "The security token is invalid.")),
         heldForKey("UnrecognizedClientException", "TOKEN of temporary credentials", 2)},
        {"InvalidSignatureException for the clock",
         always(error("InvalidSignatureException", "Signature expired: x is now earlier than y")),
         heldForKey("Signature expired", "clock", 2)},
        {"InvalidSignatureException for the key",
         always(error("InvalidSignatureException", "The signature does not match.")),
         heldForKey("InvalidSignatureException", "check the key (api_key")},
        {"RequestTimeTooSkewed", always(error("RequestTimeTooSkewed", "late", 403)),
         heldForKey("RequestTimeTooSkewed", "clock", 2)},
        {"AccessDeniedException", always(error("AccessDeniedException", "not authorized")),
         heldForKey("AccessDeniedException: not authorized", "grant logs:PutLogEvents")},
        {"MissingAuthenticationToken", always(error("MissingAuthenticationToken", "none", 403)),
         heldForKey("MissingAuthenticationToken: none", "check the key (api_key")},
        {"IncompleteSignature", always(error("IncompleteSignature")),
         heldForKey("IncompleteSignature", "check the key (api_key")},
        {"LimitExceededException", always(error("LimitExceededException")),
         heldForSetUp("LimitExceededException", "quota")},
        {"UnknownOperationException", always(error("UnknownOperationException", "what", 404)),
         heldForSetUp("UnknownOperationException", "check the url")},
        {"401 of somebody else", always({401, "who are you"}),
         heldForKey("HTTP 401: who are you", "api_key", 2)},
        {"403 of somebody else", always({403, "forbidden"}),
         heldForKey("HTTP 403: forbidden", "api_key", 2)},
        {"404 of somebody else", always({404, "404 page not found"}),
         heldForSetUp("HTTP 404: 404 page not found", "check the url")},
    };
}

std::vector<AnswerCase> cases()
{
    const auto throttling = error("ThrottlingException", "Rate exceeded");
    const auto waiting =
        error("ThrottlingException", "Rate exceeded", 400, {{"x-amz-retry-after", "120000"}});
    std::vector<AnswerCase> cases{
        {"200 with a token", always(stored(R"({"nextSequenceToken":"495"})")), taken()},
        {"200 {}", always(stored()), taken()},
        {"200: one too old", always(rejected(R"({"tooOldLogEventEndIndex":1})")),
         parked(200, "1 older than 14 days", {1})},
        {"200: two expired", always(rejected(R"({"expiredLogEventEndIndex":2})")),
         parked(200, "2 older than the log group's retention", {1, 2})},
        {"200: one too new", always(rejected(R"({"tooNewLogEventStartIndex":3})")),
         parked(200, "1 more than 2 hours ahead", {4})},
        {"200: one too old and one too new",
         always(rejected(R"({"tooOldLogEventEndIndex":1,"tooNewLogEventStartIndex":3})")),
         parked(200, "1 older than 14 days, 1 more than 2 hours ahead", {1, 4})},
        {"200 with a login page", always({200, "<html>Please log in</html>", "text/html"}),
         heldForSetUp("HTTP 200: <html>", "a web page answered")},
        {"200 of somebody else", always({200, "queued", "text/plain"}),
         triedAgain("the answer is not CloudWatch's")},
        {"DataAlreadyAcceptedException", always(error("DataAlreadyAcceptedException")), taken()},
        {"InvalidSequenceTokenException", always(error("InvalidSequenceTokenException")),
         triedAgain("InvalidSequenceTokenException")},
        {"ThrottlingException, a 400", always(throttling),
         slowedDown("ThrottlingException: Rate exceeded")},
        {"ThrottlingException with x-amz-retry-after", always(waiting),
         slowedDown("ThrottlingException", 120s)},
        {"Throttling as a 503", always(error("SlowDown", "slow", 503)), slowedDown("SlowDown")},
        {"throttled, told by the header", always(headerError("ThrottlingException")),
         slowedDown("ThrottlingException")},
        {"ServiceUnavailableException", always(error("ServiceUnavailableException", "busy", 503)),
         triedAgain("ServiceUnavailableException: busy")},
        {"InternalFailure", always(error("InternalFailure", "oops", 500)),
         triedAgain("InternalFailure: oops")},
        {"RequestTimeoutException, a 400", always(error("RequestTimeoutException")),
         triedAgain("RequestTimeoutException")},
        {"OperationAbortedException, a 400", always(error("OperationAbortedException")),
         triedAgain("OperationAbortedException")},
        {"InvalidParameterException for one record",
         onTheThird(error("InvalidParameterException", "Log event too large")),
         parkedAlone(400, "InvalidParameterException: Log event too large")},
        {"Upload too large for more than one record",
         onSeveral(error("InvalidParameterException", "Upload too large: 1048600 bytes exceeds")),
         deliveredInParts()},
        {"RequestEntityTooLarge for more than one record",
         onSeveral(error("RequestEntityTooLarge", "large", 413)), deliveredInParts()},
        {"SerializationException for one record", onTheThird(error("SerializationException")),
         parkedAlone(400, "SerializationException: words")},
        {"400 of somebody else for one record", onTheThird({400, "bad request"}),
         parkedAlone(400, "HTTP 400: bad request")},
    };
    const std::vector<AnswerCase> more = refusals();
    cases.insert(cases.end(), more.begin(), more.end());
    return withCommonCases(cases);
}

} // namespace

class TestCloudWatchAnswers final : public AnswersTest
{
    Q_OBJECT
public:
    TestCloudWatchAnswers()
        : AnswersTest(u"cloudwatch"_s, cases)
    {}

private Q_SLOTS:
    void signsByTheServersClock_data();
    void signsByTheServersClock();
};

void TestCloudWatchAnswers::signsByTheServersClock_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("words");
    const auto late = "Signature expired: x is now earlier"_ba;
    const auto other = "The signature does not match."_ba; // The type or the Date tells.
    QTest::newRow("InvalidSignature that is told") << "InvalidSignatureException"_ba << 400 << late;
    QTest::newRow("InvalidSignature") << "InvalidSignatureException"_ba << 400 << other;
    QTest::newRow("RequestTimeTooSkewed") << "RequestTimeTooSkewed"_ba << 403 << other;
    QTest::newRow("RequestExpired") << "RequestExpired"_ba << 400 << other;
    QTest::newRow("RequestInTheFuture") << "RequestInTheFuture"_ba << 400 << other;
    QTest::newRow("SignatureDoesNotMatch") << "SignatureDoesNotMatch"_ba << 403 << other;
}

void TestCloudWatchAnswers::signsByTheServersClock()
{
    QFETCH(QByteArray, type);
    QFETCH(int, status);
    QFETCH(QByteArray, words);
    const QDateTime there = QDateTime::currentDateTimeUtc().addSecs(3600);
    const auto expired = error(type, words, status);
    HandWrittenServer server({expired, stored()}, there);
    Endpoint endpoint = AnswerServer(u"cloudwatch"_s).endpoint(1);
    endpoint.options.url = server.url();
    QTemporaryDir temp;
    const auto engine = startEngine(temp.filePath(u"journal"_s), {endpoint});
    std::vector<Record> records = recordsOf(1);
    records[0].timestamp = nowNs();
    for (int delivered = 1; delivered <= 2; ++delivered) {
        engine->append(blockOf(records));
        QTRY_COMPARE(ledgerOf(*engine).delivered, delivered);
    }
    QCOMPARE(server.requests.size(), 3); // The second batch is signed right at once.
    const auto time = [&](int number) {
        return QDateTime::fromString(server.header(number, u"X-Amz-Date"_s),
                                     u"yyyyMMdd'T'HHmmss'Z'"_s);
    };
    for (const int number : {1, 2}) {
        const qint64 ahead = time(0).secsTo(time(number));
        QVERIFY2(ahead >= 3590 && ahead <= 3660, qPrintable(QString::number(ahead)));
        QVERIFY(server.header(number, u"Authorization"_s) != server.header(0, u"Authorization"_s));
    }
    // The clock is for the signature alone: the records keep their times.
    const QByteArray event =
        "\"timestamp\":" + QByteArray::number(qint64(records[0].timestamp / 1'000'000));
    for (const QByteArray &request : server.requests)
        QVERIFY(request.contains(event));
}

QTEST_GUILESS_MAIN(TestCloudWatchAnswers)
#include "tst_cloudwatchanswers.moc"
