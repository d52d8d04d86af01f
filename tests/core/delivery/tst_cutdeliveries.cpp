// SPDX-License-Identifier: GPL-3.0-or-later
// Deliveries that are cut short between two requests, and what is still known of them afterwards.
#include "tests/core/delivery/trapsupport.h"
#include "tests/core/journal/retentionsupport.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int count = 8;

std::vector<Record> eight()
{
    std::vector<Record> records;
    for (int i = 0; i < count; ++i)
        records.push_back(recordOf("m" + std::to_string(i)));
    return records;
}

//! An engine with eight records in a failed batch, of which a replay has delivered the first four
//! and waits to send the others.
class HalfReplay final
{
public:
    explicit HalfReplay(const JournalLimits &limits = {})
        : server(u"generic"_s, [this](const SeenRequest &seen) { return answer(seen); })
    {
        folder = m_temp.filePath(u"journal"_s);
        endpoint = server.endpoint(count);
        endpoint.maxRetries = 100; // it waits, and is not given up
        auto started = Engine::start(folder, {endpoint}, {}, limits);
        if (!started)
            qFatal("%s", qPrintable(started.error().message()));
        engine = std::move(*started);
        std::promise<qint64> obliged;
        FailedBatch batch;
        batch.data = blockOf(eight()).data;
        batch.row.records = count;
        engine->oblige(batch, u"a"_s,
                       [&](const Expected<qint64> &given) { obliged.set_value(*given); });
        id = obliged.get_future().get();
        engine->replay({id});
    }

    [[nodiscard]] bool isHalf() const
    {
        return server.stored.size() == 4 && statusOf(*engine).state == SenderState::BackingOff;
    }
    [[nodiscard]] FailedBatchRow row() const
    {
        const auto batches = JournalReader::open(folder).value()->failedBatches().value();
        return batches.value(0);
    }
    //! Runs SQL in the journal beside its writer.
    void tamper(const QString &sql) const
    {
        {
            QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"tamper"_s);
            db.setDatabaseName(Journal::fileIn(folder));
            if (!db.open() || !QSqlQuery(db).exec(sql))
                qFatal("%s", qPrintable(db.lastError().text()));
        }
        QSqlDatabase::removeDatabase(u"tamper"_s);
    }
    //! Everything arrived once, and nothing is left.
    [[nodiscard]] bool isWhole()
    {
        const Ledger ledger = ledgerOf(*engine);
        return server.stored.size() == count && server.stored.removeDuplicates() == 0 &&
               ledger.delivered == count && ledger.failed == 0;
    }

    QString folder;
    AnswerServer server;
    Endpoint endpoint;
    std::unique_ptr<Engine> engine;
    qint64 id = 0;
    bool isDown = false;
    HttpHeaders wait; // that the service asks for while it is down

private:
    std::optional<Answer> answer(const SeenRequest &seen)
    {
        if (seen.messages.size() == count)
            return Answer{413, "too large"};
        if (isDown)
            return Answer{503, "later", "text/plain", wait};
        isDown = true;
        return {};
    }

    QTemporaryDir m_temp;
};

//! A service that answers when the test says so: requests with one record each, by its message.
class TwoRequests final
{
public:
    TwoRequests()
        : m_server({}, [this](HttpRequest &&request, HttpResponder responder) {
            if (request.body.contains("good"))
                responder.answer(200, "text/plain", {});
            else if (refuses)
                responder.answer(400, "text/plain", "its words");
            else
                m_waiting.emplace(nameIn(request.body), responder);
        })
    {
        if (!m_server.listen())
            qFatal("no port");
    }

    [[nodiscard]] Endpoint endpoint() const
    {
        Endpoint endpoint;
        endpoint.id = u"a"_s;
        endpoint.name = u"a"_s;
        endpoint.service = u"generic"_s;
        endpoint.options.url = m_server.url();
        endpoint.options.compression = u"none"_s;
        endpoint.apiKey = u"key"_s;
        endpoint.bufferSize = 1;
        endpoint.maxInFlight = 2;
        endpoint.maxRetries = 100;
        return endpoint;
    }
    [[nodiscard]] bool isWaiting(const std::string &name) const { return m_waiting.contains(name); }
    void answer(const std::string &name, int status)
    {
        m_waiting.extract(name).mapped().answer(status, "text/plain", "its words");
    }
    void drop(const std::string &name) { m_waiting.extract(name).mapped().drop(); }

    bool refuses = false; //!< All but the good one, at once.

private:
    static std::string nameIn(const QByteArray &body)
    {
        return body.contains("lost") ? "lost" : "holds";
    }

    std::map<std::string, HttpResponder> m_waiting;
    HttpServer m_server; // last: its handler uses the others
};

} // namespace

class TestCutDeliveries : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void replayOverAPause();
    void replayOverAChangedConfiguration();
    void replayOverTheEnd();
    void replayOverAHold();
    void replayOverTheRemovalOfItsEndpoint();
    void replayOverShedding();
    void replayThatCannotBeNoted_data();
    void replayThatCannotBeNoted();
    void lostAnswerIsKnownAfterAPause();
    void lostAnswerIsKnownAfterAHold();
    void lostAnswerIsKnownAfterTheHoldOfAnother_data();
    void lostAnswerIsKnownAfterTheHoldOfAnother();
};

void TestCutDeliveries::replayOverAPause()
{
    HalfReplay half;
    QTRY_VERIFY(half.isHalf());
    half.engine->setPaused(u"a"_s, true);
    QTRY_COMPARE(ledgerOf(*half.engine).delivered, 4);
    QCOMPARE(ledgerOf(*half.engine).failed, 4);
    QCOMPARE(half.row().records, 4);
    QCOMPARE(half.row().state, FailedState::Claimed); // it goes on
    half.isDown = false;
    half.server.release();
    half.engine->setPaused(u"a"_s, false);
    QTRY_VERIFY(half.isWhole());
}

void TestCutDeliveries::replayOverAChangedConfiguration()
{
    HalfReplay half;
    QTRY_VERIFY(half.isHalf());
    half.server.release();
    half.endpoint.timeout = 7s;
    half.engine->setEndpoints({half.endpoint});
    QTRY_VERIFY(half.isWhole());
}

void TestCutDeliveries::replayOverTheEnd()
{
    HalfReplay half;
    QTRY_VERIFY(half.isHalf());
    half.engine.reset();
    QCOMPARE(half.row().records, 4);
    QCOMPARE(half.row().state, FailedState::Parked);
    half.server.release();
    half.engine = startEngine(half.folder, {half.endpoint});
    QCOMPARE(ledgerOf(*half.engine).delivered, 4);
    half.engine->replay({half.id});
    QTRY_VERIFY(half.isWhole());
}

void TestCutDeliveries::replayOverAHold()
{
    HalfReplay half;
    QTRY_VERIFY(half.isHalf());
    half.endpoint.apiKey = u"env:TRACE_TEST_NO_SUCH_KEY"_s;
    half.engine->setEndpoints({half.endpoint});
    QTRY_COMPARE(statusOf(*half.engine).state, SenderState::HeldAuthentication);
    QTRY_COMPARE(ledgerOf(*half.engine).delivered, 4);
    QTRY_COMPARE(half.row().state, FailedState::Parked); // the operator is told, and may try again
    QCOMPARE(half.row().records, 4);
    half.server.release();
    half.endpoint.apiKey = u"key"_s;
    half.engine->setEndpoints({half.endpoint});
    half.engine->replay({half.id});
    QTRY_VERIFY(half.isWhole());
}

void TestCutDeliveries::replayOverTheRemovalOfItsEndpoint()
{
    HalfReplay half;
    QTRY_VERIFY(half.isHalf());
    half.engine->setEndpoints({});
    QTRY_COMPARE(half.row().records, 4);
    QTRY_COMPARE(half.row().state, FailedState::Parked);
    half.server.release();
    half.engine->setEndpoints({half.endpoint});
    half.engine->replay({half.id});
    QTRY_VERIFY(half.isWhole());
}

// The journal's limit sheds what waits behind the replay, which is no part of the journal's
// records.
void TestCutDeliveries::replayOverShedding()
{
    HalfReplay half({.maxBytes = 8 * 1024 * 1024});
    half.wait = {{"Retry-After", "600"}}; // longer than the journal needs to be full
    QTRY_VERIFY(half.isHalf());
    const QStringList before = half.server.stored;
    qint64 accepted = count;
    while (ledgerOf(*half.engine).discardedShed == 0 && accepted < 100'000) {
        half.engine->append(blockOf(bulkyRecords(200)));
        accepted += 200;
    }
    QVERIFY(ledgerOf(*half.engine).discardedShed > 0);
    QCOMPARE(half.server.stored, before);
    half.server.release();
    half.engine->retryNow(u"a"_s);
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*half.engine).delivered +
                                  ledgerOf(*half.engine).discardedShed,
                              accepted, patience);
    const Ledger ledger = ledgerOf(*half.engine);
    QVERIFY(ledger.isBalanced());
    QCOMPARE(ledger.accepted, accepted);
    QCOMPARE(ledger.failed, 0);
    QVERIFY(half.server.stored.size() > count); // not all of the others was shed
    QCOMPARE(half.server.stored.size(), ledger.delivered);
    QCOMPARE(half.server.stored.removeDuplicates(), 0);
    for (int i = 0; i < count; ++i)
        QVERIFY(half.server.stored.contains(u'm' + QString::number(i)));
    QVERIFY(JournalReader::open(half.folder).value()->failedBatches().value().isEmpty());
}

void TestCutDeliveries::replayThatCannotBeNoted_data()
{
    QTest::addColumn<QString>("update");
    QTest::newRow("what it delivered") << u"OF delivered ON endpoint"_s;
    QTest::newRow("nor what is left of it") << u"ON failed_batch"_s;
}

//! It is refused before that is noted, and can be replayed afterwards: nothing of it twice.
void TestCutDeliveries::replayThatCannotBeNoted()
{
    QFETCH(QString, update);
    HalfReplay half;
    QTRY_VERIFY(half.isHalf());
    half.tamper(u"CREATE TRIGGER broken BEFORE UPDATE %1 BEGIN SELECT raise(ABORT, 'the disk is "
                u"full'); END"_s.arg(update));
    const Heard<Error> problems(half.engine.get(), &Engine::problemOccurred);
    half.engine->setEndpoints({});
    QTRY_VERIFY(!problems.isEmpty());
    half.server.release();
    half.engine->setEndpoints({half.endpoint});
    half.engine->replay({half.id}); // of records that have gone out already
    QTRY_VERIFY(!statusOf(*half.engine).problem.isEmpty());
    half.tamper(u"DROP TRIGGER broken"_s);
    QTRY_COMPARE(half.row().records, 4);
    QTRY_COMPARE(half.row().state, FailedState::Parked);
    half.engine->replay({half.id});
    QTRY_VERIFY(half.isWhole());
}

// The request arrived and its answer was lost; then it is refused.
void TestCutDeliveries::lostAnswerIsKnownAfterAPause()
{
    bool isRefusing = false;
    AnswerServer server(u"generic"_s, [&](const SeenRequest &seen) {
        if (seen.messages.contains(u"good"_s))
            return std::optional<Answer>();
        return std::optional(isRefusing ? Answer{400, "its words"} : Answer{Answer::closed});
    });
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    Endpoint endpoint = server.endpoint(1);
    endpoint.maxRetries = 100;
    const auto engine = startEngine(folder, {endpoint});
    engine->append(blockOf({recordOf("good")}));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    engine->append(blockOf({recordOf("lost")}));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::BackingOff);
    engine->setPaused(u"a"_s, true);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    isRefusing = true;
    engine->append(blockOf({recordOf("other")})); // in the same batch then
    QTRY_COMPARE(ledgerOf(*engine).waiting, 2);
    engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*engine).failed, 2);
    const auto reader = JournalReader::open(folder).value();
    const QList<FailedBatchRow> batches = reader->failedBatches().value();
    for (const FailedBatchRow &batch : batches) {
        QCOMPARE(batch.records, 1);
        const bool isLost = reader->failedRecords(batch.id).value().front().message == "lost";
        QCOMPARE(batch.mayHaveArrived, isLost);
    }
}

void TestCutDeliveries::lostAnswerIsKnownAfterAHold()
{
    AnswerServer server(u"generic"_s, [&](const SeenRequest &seen) {
        const QList<int> answers{200, Answer::closed, 401, 400};
        const int status = answers.value(seen.number - 1, 400);
        return status == 200 ? std::nullopt : std::optional(Answer{status, "its words"});
    });
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    Endpoint endpoint = server.endpoint(1);
    endpoint.maxRetries = 100;
    const auto engine = startEngine(folder, {endpoint});
    engine->append(blockOf({recordOf("good")}));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    engine->append(blockOf({recordOf("lost")}));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldAuthentication);
    QCOMPARE(server.pushes.size(), 3);
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).failed, 1);
    const auto batches = JournalReader::open(folder).value()->failedBatches().value();
    QCOMPARE(batches.front().status, 400);
    QVERIFY(batches.front().mayHaveArrived);
}

void TestCutDeliveries::lostAnswerIsKnownAfterTheHoldOfAnother_data()
{
    QTest::addColumn<bool>("isLostFirst"); // and waits to be sent again when the hold comes
    QTest::newRow("the hold comes first") << false;
    QTest::newRow("the loss comes first") << true;
}

// Of two batches under way one causes the hold; what the other may have brought is told.
void TestCutDeliveries::lostAnswerIsKnownAfterTheHoldOfAnother()
{
    QFETCH(bool, isLostFirst);
    TwoRequests server;
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    Endpoint endpoint = server.endpoint();
    const auto engine = startEngine(folder, {endpoint});
    engine->append(blockOf({recordOf("good")}));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    engine->append(blockOf({recordOf("holds")}));
    engine->append(blockOf({recordOf("lost")}));
    QTRY_VERIFY(server.isWaiting("holds") && server.isWaiting("lost"));
    if (isLostFirst) {
        server.drop("lost");
        QTRY_COMPARE(statusOf(*engine).state, SenderState::BackingOff);
    }
    server.answer("holds", 401);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldAuthentication);
    if (!isLostFirst)
        server.drop("lost");
    QTRY_COMPARE(ledgerOf(*engine).inFlight, 0);
    QCOMPARE(ledgerOf(*engine).waiting, 2);
    server.refuses = true;
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).failed, 2);
    const auto reader = JournalReader::open(folder).value();
    const QList<FailedBatchRow> batches = reader->failedBatches().value();
    QCOMPARE(batches.size(), 2);
    for (const FailedBatchRow &batch : batches) {
        QCOMPARE(batch.records, 1);
        const bool isLost = reader->failedRecords(batch.id).value().front().message == "lost";
        QCOMPARE(batch.mayHaveArrived, isLost);
    }
}

QTEST_GUILESS_MAIN(TestCutDeliveries)
#include "tst_cutdeliveries.moc"
