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

QTEST_GUILESS_MAIN(TestRefusedBatches)
#include "tst_refusedbatches.moc"
