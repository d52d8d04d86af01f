// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

// Every third record is an error.
std::vector<Record> mixedRecords(int count, int from = 1)
{
    std::vector<Record> records = recordsOf(count, "run-1", from);
    for (std::size_t i = 0; i < records.size(); ++i)
        records[i].level = (from + int(i)) % 3 == 0 ? Level::Error : Level::Info;
    return records;
}

QStringList errorsOf(int count)
{
    QStringList messages;
    for (const Record &record : mixedRecords(count)) {
        if (record.level == Level::Error)
            messages.append(QString::fromStdString(record.message));
    }
    return messages;
}

} // namespace

class TestEndpointFilter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void unwantedRecordsAreDiscardedAndCounted();
    void everythingMayBeUnwanted();
    void onlyTheEndpointWithTheFilterIsSpared();
    void changedFilterHoldsForWhatWaits();
    void isKeptAcrossARestart();

private:
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestEndpointFilter::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    QVERIFY(m_temp->isValid());
    m_folder = m_temp->filePath(u"journal"_s);
}

void TestEndpointFilter::unwantedRecordsAreDiscardedAndCounted()
{
    PracticeHost host;
    Endpoint endpoint = endpointTo(host);
    endpoint.filter = u"level>=error"_s;
    const auto engine = startEngine(m_folder, {endpoint});
    bool isBalanced = true;
    QObject context;
    connect(engine.get(), &Engine::statusChanged, &context, [&](const ForwarderStatus &status) {
        for (const EndpointStatus &one : status.endpoints)
            isBalanced = isBalanced && one.ledger.isBalanced();
    });
    for (int from = 1; from <= 300; from += 50)
        engine->append(blockOf(mixedRecords(50, from)));
    Ledger expected;
    expected.accepted = 300;
    expected.delivered = 100;
    expected.discardedByFilter = 200;
    QTRY_COMPARE(ledgerOf(*engine), expected);
    QVERIFY(isBalanced);
    QCOMPARE(host.messages(), errorsOf(300));
}

void TestEndpointFilter::everythingMayBeUnwanted()
{
    PracticeHost host;
    Endpoint endpoint = endpointTo(host);
    endpoint.filter = u"run:another"_s;
    const auto engine = startEngine(m_folder, {endpoint});
    for (int i = 0; i < 5; ++i)
        engine->append(blockOf(mixedRecords(20, 1 + 20 * i)));
    Ledger expected;
    expected.accepted = 100;
    expected.discardedByFilter = 100;
    QTRY_COMPARE(ledgerOf(*engine), expected);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Idle);
    QCOMPARE(host.summary().requests, 0);
}

void TestEndpointFilter::onlyTheEndpointWithTheFilterIsSpared()
{
    PracticeHost one;
    PracticeHost two;
    Endpoint filtered = endpointTo(one, u"a"_s);
    filtered.filter = u"-level:info"_s;
    const auto engine = startEngine(m_folder, {filtered, endpointTo(two, u"b"_s)});
    engine->append(blockOf(mixedRecords(30)));
    QTRY_COMPARE(ledgerOf(*engine, u"b"_s).delivered, 30);
    QTRY_COMPARE(ledgerOf(*engine, u"a"_s).delivered, 10);
    QCOMPARE(ledgerOf(*engine, u"a"_s).discardedByFilter, 20);
    QCOMPARE(ledgerOf(*engine, u"b"_s).discardedByFilter, 0);
    QCOMPARE(two.messages(), messagesOf(30));
}

void TestEndpointFilter::changedFilterHoldsForWhatWaits()
{
    PracticeHost host;
    Endpoint endpoint = patientEndpointTo(host);
    const auto engine = startEngine(m_folder, {endpoint});
    engine->append(blockOf(mixedRecords(30)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 30);
    endpoint.filter = u"level>=error"_s;
    engine->setEndpoints({endpoint});
    engine->flush();
    QTRY_COMPARE(ledgerOf(*engine).delivered, 10);
    QTRY_COMPARE(ledgerOf(*engine).discardedByFilter, 20);
    QCOMPARE(host.messages(), errorsOf(30));
}

void TestEndpointFilter::isKeptAcrossARestart()
{
    PracticeHost host;
    Endpoint endpoint = endpointTo(host);
    endpoint.filter = u"level>=error"_s;
    {
        const auto engine = startEngine(m_folder, {endpoint});
        engine->append(blockOf(mixedRecords(30)));
        QTRY_COMPARE(ledgerOf(*engine).delivered, 10);
        QTRY_COMPARE(ledgerOf(*engine).discardedByFilter, 20);
    }
    const auto engine = startEngine(m_folder, {endpoint});
    Ledger expected;
    expected.accepted = 30;
    expected.delivered = 10;
    expected.discardedByFilter = 20;
    QTRY_COMPARE(ledgerOf(*engine), expected);
    QVERIFY(ledgerOf(*engine).isBalanced());
}

QTEST_GUILESS_MAIN(TestEndpointFilter)
#include "tst_endpointfilter.moc"
