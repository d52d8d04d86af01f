// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/service/cloudwatchsupport.h"

#include <algorithm>
#include <set>

using namespace trace;

class TestCloudWatchOutcome : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersByType_data();
    void answersByType();
    void answersByStatus_data();
    void answersByStatus();
    void findsTheTypeOfAnError_data();
    void findsTheTypeOfAnError();
    void waitsAsAwsWishes();
    void saysWhatToGrant();
    void readsRejectedEvents_data();
    void readsRejectedEvents();
    void keepsAllWhereAPlaceCannotBeRead_data();
    void keepsAllWhereAPlaceCannotBeRead();
    void doubtsAnAnswerThatBreaksOff();
    void mapsRejectedEventsToRecords();
    void doubtsAnAnswerOfSomebodyElse();
    void answersCreation_data();
    void answersCreation();
};

// C5, C8, and the table of errors.
void TestCloudWatchOutcome::answersByType_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<bool>("authentication");
    const auto rows = [](const QByteArrayList &types, Kind kind, bool authentication = false,
                         const QByteArray &message = "words"_ba) {
        for (const QByteArray &type : types)
            QTest::newRow((type + (message == "words" ? ""_ba : ", " + message)).constData())
                << message << kind << authentication;
    };
    rows({"ThrottlingException", "Throttling", "ThrottledException", "RequestThrottled",
          "RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
          "SlowDown"},
         Kind::Slower);
    rows({"ServiceUnavailableException", "ServiceUnavailable", "InternalFailure",
          "InternalServerError", "RequestTimeout", "RequestTimeoutException",
          "OperationAbortedException", "InvalidSequenceTokenException"},
         Kind::RetryLater);
    rows({"ResourceNotFoundException"}, Kind::CreateResource);
    rows({"ResourceAlreadyExistsException", "DataAlreadyAcceptedException"}, Kind::Delivered);
    rows({"LimitExceededException", "UnknownOperationException"}, Kind::Hold);
    rows({"InvalidParameterException", "MalformedHttpRequest", "SerializationException",
          "ValidationError"},
         Kind::Rejected);
    rows({"InvalidParameterException"}, Kind::Split, false,
         "Upload too large: 1048600 bytes exceeds limit of 1048576"_ba);
    rows({"RequestEntityTooLarge"}, Kind::Split);
    rows({"ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "RequestExpired",
          "RequestTimeTooSkewed", "SignatureDoesNotMatch", "RequestInTheFuture"},
         Kind::RefreshCredentials, true);
    rows({"InvalidSignatureException"}, Kind::RefreshCredentials, true,
         "Signature expired: 20261122T100000Z is now earlier than 20261122T100501Z "
         "(20261122T101001Z - 5 min.)"_ba);
    rows({"InvalidSignatureException"}, Kind::RefreshCredentials, true,
         "Signature not yet current: 20261122T100000Z is still later than 20261122T095459Z"_ba);
    rows({"InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException",
          "MissingAuthenticationToken", "MissingAuthenticationTokenException",
          "InvalidClientTokenId", "AccessDeniedException", "AccessDenied", "OptInRequired",
          "NotAuthorized"},
         Kind::Hold, true);
    rows({"SomethingNew"}, Kind::Rejected);
}

void TestCloudWatchOutcome::answersByType()
{
    QFETCH(QByteArray, message);
    QFETCH(Kind, kind);
    QFETCH(bool, authentication);
    const QByteArray type = QByteArray(QTest::currentDataTag()).split(',').first();
    const Outcome outcome = make()->interpret(shareOf(2), awsError(type, message));
    QCOMPARE(outcome.kind, kind);
    QCOMPARE(outcome.heldForAuthentication, authentication);
    QCOMPARE(outcome.action.isEmpty(), kind != Kind::Hold && kind != Kind::RefreshCredentials);
    QCOMPARE(outcome.reason, QString::fromLatin1(type + ": " + message));
}

void TestCloudWatchOutcome::answersByStatus_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<Kind>("kind");
    QTest::newRow("stored") << 200 << Kind::Delivered;
    QTest::newRow("redirected") << 307 << Kind::Hold;
    QTest::newRow("400 without a type") << 400 << Kind::Rejected;
    QTest::newRow("401") << 401 << Kind::RefreshCredentials;
    QTest::newRow("403") << 403 << Kind::RefreshCredentials;
    QTest::newRow("404") << 404 << Kind::Hold;
    QTest::newRow("408") << 408 << Kind::RetryLater;
    QTest::newRow("413") << 413 << Kind::Split;
    QTest::newRow("425") << 425 << Kind::Slower;
    QTest::newRow("429") << 429 << Kind::Slower;
    QTest::newRow("500") << 500 << Kind::RetryLater;
    QTest::newRow("501") << 501 << Kind::Rejected;
    for (const int status : {502, 503, 504})
        QTest::newRow(qPrintable(QString::number(status))) << status << Kind::RetryLater;
    QTest::newRow("no answer") << 0 << Kind::RetryLater;
}

void TestCloudWatchOutcome::answersByStatus()
{
    QFETCH(int, status);
    HttpReply reply = answer(status);
    if (status == 0)
        reply.fault = TransportFault::Lost;
    QTEST(make()->interpret(shareOf(2), reply).kind, "kind");
    reply.fault = TransportFault::Certificate;
    const Outcome held = make()->interpret(shareOf(2), reply);
    QCOMPARE(held.kind, Kind::Hold);
    QVERIFY(held.heldForCertificate);
}

void TestCloudWatchOutcome::findsTheTypeOfAnError_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("header");
    const auto row = [](const char *what, const QByteArray &body, const QByteArray &header = {}) {
        QTest::newRow(what) << body << header;
    };
    row("plain", R"({"__type":"ThrottlingException","message":"Rate exceeded"})"_ba);
    row("namespace", R"({"__type":"com.amazonaws.logs#ThrottlingException"})"_ba);
    row("behind a colon", R"({"__type":"ThrottlingException:http://internal/doc/"})"_ba);
    row("namespace and colon", R"({"__type":"a.b#ThrottlingException:http://x/#y"})"_ba);
    row("message in capitals", R"({"__type":"ThrottlingException","Message":"Rate exceeded"})"_ba);
    row("header", R"({"message":"Rate exceeded"})"_ba, "ThrottlingException"_ba);
    row("header with more", ""_ba, "ThrottlingException:http://internal.amazon.com/coral/"_ba);
    row("header with a namespace", "not JSON"_ba, "aws#ThrottlingException"_ba);
    row("code", R"({"code":"ThrottlingException"})"_ba);
}

void TestCloudWatchOutcome::findsTheTypeOfAnError()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, header);
    HttpReply reply = answer(400, body);
    if (!header.isEmpty())
        reply.headers.append({"x-amzn-ErrorType"_ba, header});
    const Outcome outcome = make()->interpret(shareOf(1), reply);
    QCOMPARE(outcome.kind, Kind::Slower);
    QVERIFY2(outcome.reason.startsWith(u"ThrottlingException"_s), qPrintable(outcome.reason));
}

void TestCloudWatchOutcome::waitsAsAwsWishes()
{
    using std::chrono::milliseconds;
    HttpReply reply = awsError("ThrottlingException"_ba, "Rate exceeded"_ba);
    QVERIFY(!make()->interpret(shareOf(1), reply).hint);
    reply.headers = {{"x-amz-retry-after"_ba, "1500"_ba}};
    QCOMPARE(make()->interpret(shareOf(1), reply).hint, milliseconds(1500));
    reply.headers = {{"x-amz-retry-after"_ba, "99999999999"_ba}};
    QCOMPARE(make()->interpret(shareOf(1), reply).hint, milliseconds(15 * 60 * 1000));
    reply.headers = {{"Retry-After"_ba, "3"_ba}};
    QCOMPARE(make()->interpret(shareOf(1), reply).hint, milliseconds(3000));
}

void TestCloudWatchOutcome::saysWhatToGrant()
{
    const Outcome outcome = make()->interpret(shareOf(1), awsError("AccessDeniedException"_ba));
    QVERIFY2(outcome.action.contains(u"logs:PutLogEvents"_s), qPrintable(outcome.action));
}

// C4
void TestCloudWatchOutcome::readsRejectedEvents_data()
{
    QTest::addColumn<QByteArray>("info");
    QTest::addColumn<QList<int>>("rejected");
    QTest::newRow("none") << "{}"_ba << QList<int>{};
    QTest::newRow("too old") << R"({"tooOldLogEventEndIndex":2})"_ba << QList<int>{0, 1};
    QTest::newRow("expired") << R"({"expiredLogEventEndIndex":1})"_ba << QList<int>{0};
    QTest::newRow("too new") << R"({"tooNewLogEventStartIndex":4})"_ba << QList<int>{4};
    QTest::newRow("all kinds")
        << R"({"tooOldLogEventEndIndex":1,"expiredLogEventEndIndex":2,"tooNewLogEventStartIndex":3})"_ba
        << QList<int>{0, 1, 3, 4};
    QTest::newRow("all") << R"({"tooOldLogEventEndIndex":5})"_ba << QList<int>{0, 1, 2, 3, 4};
    QTest::newRow("beyond the end")
        << R"({"tooOldLogEventEndIndex":99})"_ba << QList<int>{0, 1, 2, 3, 4};
    QTest::newRow("overlapping")
        << R"({"tooOldLogEventEndIndex":4,"tooNewLogEventStartIndex":2})"_ba
        << QList<int>{0, 1, 2, 3, 4};
    QTest::newRow("nonsense")
        << R"({"tooOldLogEventEndIndex":-3,"tooNewLogEventStartIndex":null})"_ba << QList<int>{};
    QTest::newRow("too old, as a text")
        << R"({"tooOldLogEventEndIndex":"2"})"_ba << QList<int>{0, 1};
    QTest::newRow("expired, as a text") << R"({"expiredLogEventEndIndex":"1"})"_ba << QList<int>{0};
    QTest::newRow("too new, as a text")
        << R"({"tooNewLogEventStartIndex":"4"})"_ba << QList<int>{4};
    QTest::newRow("beyond the end, as a text")
        << R"({"tooNewLogEventStartIndex":"5"})"_ba << QList<int>{};
}

//! That a place cannot be read does not say that there is none.
void TestCloudWatchOutcome::keepsAllWhereAPlaceCannotBeRead_data()
{
    QTest::addColumn<QByteArray>("info");
    QTest::addColumn<std::size_t>("unknown");
    for (const char *value : {R"("x")", R"("")", R"("4.5")", "4.5", "true", "[4]", "{}"})
        QTest::newRow(value) << R"({"tooNewLogEventStartIndex":)" + QByteArray(value) + "}"
                             << std::size_t(1);
    QTest::newRow("beside one that can")
        << R"({"tooOldLogEventEndIndex":2,"tooNewLogEventStartIndex":"x"})"_ba << std::size_t(3);
}

void TestCloudWatchOutcome::keepsAllWhereAPlaceCannotBeRead()
{
    QFETCH(QByteArray, info);
    QFETCH(std::size_t, unknown);
    const Outcome outcome = make()->interpret(shareOf(5), rejecting(info));
    QCOMPARE(outcome.kind, Kind::PartlyDelivered);
    QVERIFY(outcome.rejected.empty());
    QCOMPARE(outcome.unknownCount, unknown);
    QVERIFY(!outcome.reason.isEmpty());
}

//! It may have told of refused events.
void TestCloudWatchOutcome::doubtsAnAnswerThatBreaksOff()
{
    const HttpReply whole = rejecting(R"({"tooOldLogEventEndIndex":2})"_ba);
    for (qsizetype length = 1; length < whole.body.size(); ++length) {
        for (const HttpHeaders &headers : {HttpHeaders(), HttpHeaders{{"x-amzn-RequestId", "1"}}}) {
            HttpReply cut = whole;
            cut.headers = headers;
            cut.body.truncate(length);
            const Outcome outcome = make()->interpret(shareOf(5), cut);
            QCOMPARE(outcome.kind, Kind::RetryLater);
            QVERIFY(outcome.mayHaveArrived);
        }
    }
}

void TestCloudWatchOutcome::readsRejectedEvents()
{
    QFETCH(QByteArray, info);
    QFETCH(QList<int>, rejected);
    const Outcome outcome = make()->interpret(shareOf(5), rejecting(info));
    QCOMPARE(outcome.kind, rejected.isEmpty() ? Kind::Delivered : Kind::PartlyDelivered);
    QCOMPARE(QList<int>(outcome.rejected.begin(), outcome.rejected.end()), rejected);
    QCOMPARE(outcome.unknownCount, 0U);
    QCOMPARE(outcome.reason.isEmpty(), rejected.isEmpty());
}

void TestCloudWatchOutcome::mapsRejectedEventsToRecords()
{
    // Sent in the order 3, 1, 0, 2: the oldest and the newest are refused.
    const Plan plan = planOf({recordAt(start + 3 * second), recordAt(start + 2 * second),
                              recordAt(start + 4 * second), recordAt(start)});
    const Outcome outcome = make()->interpret(
        plan.shares.at(0),
        rejecting(R"({"tooOldLogEventEndIndex":1,"tooNewLogEventStartIndex":3})"_ba));
    QCOMPARE(outcome.rejected, (std::vector<std::size_t>{2, 3}));
    QVERIFY(outcome.reason.contains(u"1 older than 14 days"_s));
    QVERIFY(outcome.reason.contains(u"1 more than 2 hours ahead"_s));
}

void TestCloudWatchOutcome::doubtsAnAnswerOfSomebodyElse()
{
    const auto kindOf = [](const HttpReply &reply) {
        return make()->interpret(shareOf(1), reply).kind;
    };
    QCOMPARE(kindOf(answer(200, "<html>Please log in</html>"_ba)), Kind::Hold);
    QCOMPARE(kindOf(answer(200, "queued"_ba)), Kind::RetryLater);
    QCOMPARE(kindOf(answer(200, R"({"nextSequenceToken":"4954"})"_ba)), Kind::Delivered);
    QCOMPARE(kindOf(answer(200, "not JSON"_ba, {{"x-amzn-RequestId"_ba, "1"_ba}})),
             Kind::Delivered);
}

void TestCloudWatchOutcome::answersCreation_data()
{
    QTest::addColumn<QByteArray>("operation");
    QTest::addColumn<HttpReply>("reply");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<QString>("action");
    const auto group = "CreateLogGroup"_ba;
    const auto stream = "CreateLogStream"_ba;
    const auto retention = "PutRetentionPolicy"_ba;
    const auto row = [](const char *what, const QByteArray &operation, const HttpReply &reply,
                        Kind kind, const QString &action = {}) {
        QTest::newRow(what) << operation << reply << kind << action;
    };
    row("created", group, answer(200), Kind::Delivered);
    row("group exists", group, awsError("ResourceAlreadyExistsException"_ba), Kind::Delivered);
    row("stream exists", stream, awsError("ResourceAlreadyExistsException"_ba), Kind::Delivered);
    row("somebody else at work", group, awsError("OperationAbortedException"_ba), Kind::RetryLater);
    row("throttled", stream, awsError("ThrottlingException"_ba, "Rate exceeded"_ba), Kind::Slower);
    row("no right to groups, which may be there", group, awsError("AccessDeniedException"_ba),
        Kind::Delivered);
    row("the group was not there", stream, awsError("ResourceNotFoundException"_ba),
        Kind::CreateResource, u"logs:CreateLogGroup"_s);
    row("retention of no group", retention, awsError("ResourceNotFoundException"_ba),
        Kind::CreateResource, u"logs:CreateLogGroup"_s);
    row("no right to streams", stream, awsError("AccessDeniedException"_ba), Kind::Hold,
        u"logs:CreateLogStream"_s);
    row("no right to retention", retention, awsError("AccessDeniedException"_ba), Kind::Hold,
        u"logs:PutRetentionPolicy"_s);
    row("quota", group, awsError("LimitExceededException"_ba), Kind::Hold, u"quota"_s);
    row("bad name", group, awsError("InvalidParameterException"_ba), Kind::Hold, u"log_group"_s);
    row("server at fault", stream, answer(500), Kind::RetryLater);
    row("old key", group, awsError("ExpiredTokenException"_ba), Kind::RefreshCredentials,
        u"api_key"_s);
    HttpReply lost;
    lost.fault = TransportFault::Lost;
    row("no answer", group, lost, Kind::RetryLater);
}

void TestCloudWatchOutcome::answersCreation()
{
    QFETCH(QByteArray, operation);
    QFETCH(HttpReply, reply);
    QFETCH(QString, action);
    HttpRequest request;
    request.headers = {{"X-Amz-Target"_ba, "Logs_20140328." + operation}};
    const Outcome outcome = make()->interpretCreated(request, reply);
    QTEST(outcome.kind, "kind");
    QVERIFY2(outcome.action.contains(action), qPrintable(outcome.action));
}

QTEST_GUILESS_MAIN(TestCloudWatchOutcome)
#include "tst_cloudwatchoutcome.moc"
