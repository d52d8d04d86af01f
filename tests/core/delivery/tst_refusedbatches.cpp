// SPDX-License-Identifier: GPL-3.0-or-later
// Batches of which every large request is refused, whichever service it is: "too large" is the
// request's fault, "bad" may be the endpoint's.
#include "tests/core/delivery/trapsupport.h"
#include "tests/support/patience.h"

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr int recordCount = 20; // more than three halvings
std::vector<Record> records()
{
    std::vector<Record> records;
    for (int i = 0; i < recordCount; ++i)
        records.push_back(recordOf("m" + std::to_string(i), nowNs() + i));
    return records;
}

AnswerRule onSeveral(int status)
{
    return [status](const SeenRequest &seen) {
        return seen.messages.size() > 1 ? std::optional(Answer{status, "its words"}) : std::nullopt;
    };
}

} // namespace

class TestRefusedBatches : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tooLargeIsHalvedToTheEnd_data() { addServices(); }
    void tooLargeIsHalvedToTheEnd();
    void badThroughoutHoldsAndParksNothing_data() { addServices(); }
    void badThroughoutHoldsAndParksNothing();
    void oneRecordPerRequestHoldsAlike();
    void smallBatchesHoldWhenNothingIsTaken();
    void smallBatchIsParkedOnceAnotherIsTaken();
    void onlyRecordIsParked();
    void whatWasRefusedStaysParkedOverAPause();

private:
    static void addServices()
    {
        QTest::addColumn<QString>("service");
        for (const QString &service : serviceNames())
            QTest::newRow(qPrintable(service)) << service;
    }
};

// D1
void TestRefusedBatches::tooLargeIsHalvedToTheEnd()
{
    QFETCH(QString, service);
    Delivery delivery(service, {}, {}, onSeveral(413));
    QVERIFY(delivery.send(records()));
    QCOMPARE(delivery.ledger().delivered, recordCount);
    QCOMPARE(delivery.ledger().failed, 0);
    QStringList stored = delivery.server.stored;
    QCOMPARE(stored.size(), recordCount);
    QCOMPARE(stored.removeDuplicates(), 0);
    QCOMPARE(delivery.server.pushes.size(), 2 * recordCount - 1);
}

void TestRefusedBatches::badThroughoutHoldsAndParksNothing()
{
    QFETCH(QString, service);
    Delivery delivery(service, {}, {}, [](const SeenRequest &seen) {
        return seen.number > 0 ? std::optional(Answer{400, "its words"}) : std::nullopt;
    });
    delivery.engine().append(blockOf(records()));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    QTRY_COMPARE(delivery.ledger().waiting, recordCount);
    QCOMPARE(delivery.ledger().failed, 0);
    const EndpointStatus status = statusOf(delivery.engine());
    QVERIFY2(status.problem.contains(u"its words"_s), qPrintable(status.problem));
    QVERIFY(!status.action.isEmpty());
    QCOMPARE(delivery.server.pushes.size(), 15); // 1, 2, 4 and 8
    delivery.server.release();
    delivery.engine().retryNow(u"a"_s);
    QTRY_COMPARE(delivery.ledger().delivered, recordCount);
    QCOMPARE(delivery.server.stored.size(), recordCount); // Each once.
}

void TestRefusedBatches::oneRecordPerRequestHoldsAlike()
{
    Delivery delivery(u"generic"_s, {{u"shape"_s, u"object"_s}}, {}, [](const SeenRequest &) {
        return Answer{400, "its words"};
    });
    delivery.engine().append(blockOf(records()));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    QTRY_COMPARE(delivery.ledger().waiting, recordCount);
    QCOMPARE(delivery.ledger().failed, 0);
    QCOMPARE(delivery.server.pushes.size(), 8);
}

// Each refusal alone could be the record's fault; so many are the endpoint's. Those that had to be
// decided upon before, since nothing else was there to try, are in failed batches.
void TestRefusedBatches::smallBatchesHoldWhenNothingIsTaken()
{
    Delivery delivery(u"generic"_s, {}, {}, [](const SeenRequest &) {
        return Answer{400, "its words"};
    });
    for (int i = 0; i < 7; ++i)
        QVERIFY(delivery.send({recordOf("m" + std::to_string(i))}));
    QCOMPARE(statusOf(delivery.engine()).state, SenderState::Idle);
    QCOMPARE(delivery.ledger().failed, 7);
    delivery.engine().append(blockOf({recordOf("the eighth")}));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
    QCOMPARE(delivery.ledger().failed, 7);
    QCOMPARE(delivery.ledger().waiting, 1);
    QCOMPARE(delivery.server.pushes.size(), 8);
}

void TestRefusedBatches::smallBatchIsParkedOnceAnotherIsTaken()
{
    Delivery delivery(u"generic"_s, {}, {}, [](const SeenRequest &seen) {
        return seen.messages.join(u' ').contains(u"bad"_s) ? std::optional(Answer{400, "its words"})
                                                           : std::nullopt;
    });
    for (int i = 0; i < 12; ++i) {
        QVERIFY(delivery.send({recordOf("bad " + std::to_string(i))}));
        QVERIFY(delivery.send({recordOf("good " + std::to_string(i))}));
    }
    QCOMPARE(delivery.ledger().failed, 12);
    QCOMPARE(delivery.ledger().delivered, 12);
    QVERIFY(delivery.reasonOf("bad 3").contains(u"its words"_s));
}

void TestRefusedBatches::onlyRecordIsParked()
{
    Delivery delivery(u"generic"_s, {}, {}, [](const SeenRequest &) {
        return Answer{400, "its words"};
    });
    QVERIFY(delivery.send({recordOf("bad")}));
    QCOMPARE(delivery.ledger().failed, 1);
    QVERIFY(delivery.reasonOf("bad").contains(u"its words"_s));
    QCOMPARE(delivery.server.pushes.size(), 1);
}

// A batch that a pause cuts short has its refused record parked already: it is not sent again.
void TestRefusedBatches::whatWasRefusedStaysParkedOverAPause()
{
    bool isReachable = true;
    Delivery delivery(u"generic"_s, {}, {}, [&](const SeenRequest &seen) {
        if (!isReachable)
            return std::optional(Answer{503, "later"});
        if (seen.messages.contains(u"m0"_s)) {
            isReachable = seen.messages.size() > 1; // closes once the record is found
            return std::optional(Answer{400, "its words"});
        }
        return std::optional<Answer>();
    });
    delivery.engine().append(blockOf(records()));
    QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::Suspended);
    delivery.engine().setPaused(u"a"_s, true);
    QTRY_COMPARE(delivery.ledger().failed, 1);
    isReachable = true;
    delivery.engine().setPaused(u"a"_s, false);
    QTRY_COMPARE(delivery.ledger().delivered, recordCount - 1);
    qsizetype attempts = 0;
    for (const SeenRequest &seen : delivery.server.pushes)
        attempts += seen.messages == QStringList{u"m0"_s};
    QCOMPARE(attempts, 1);
}

QTEST_GUILESS_MAIN(TestRefusedBatches)
#include "tst_refusedbatches.moc"
