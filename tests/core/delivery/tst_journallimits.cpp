// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/obligations.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/core/journal/retentionsupport.h"
#include "tests/support/smalldisk.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"
#include "tests/support/unusedport.h"

#include <QCoreApplication>
#include <QSet>
#include <QTcpServer>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qint64 cap = 8 * 1024 * 1024;
constexpr int recordsPerBlock = 200; // about 170 KB

std::unique_ptr<Engine> startLimited(const QString &folder, const QList<Endpoint> &endpoints,
                                     const JournalLimits &limits)
{
    auto engine = Engine::start(folder, endpoints, {}, limits);
    if (!engine)
        qFatal("%s", qPrintable(engine.error().message()));
    return std::move(*engine);
}

//! Every status that an engine publishes balances; says which did not.
class BalanceWatch final
{
public:
    explicit BalanceWatch(const Engine &engine)
    {
        QObject::connect(
            &engine, &Engine::statusChanged, &engine,
            [this](const ForwarderStatus &status) {
                for (const EndpointStatus &endpoint : status.endpoints)
                    m_isBalanced = m_isBalanced && endpoint.ledger.isBalanced();
            },
            Qt::DirectConnection);
    }
    [[nodiscard]] bool isBalanced() const { return m_isBalanced; }

private:
    std::atomic<bool> m_isBalanced{true};
};

} // namespace

class TestJournalLimits final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aDeadEndpointsRecordsAreShed();
    void whatTravelsIsNotShed();
    void anEndpointThatIsNotConfiguredIsShed();
    void recordsExpireWhileAnEndpointIsDown();
    void refusedRecordsAreToldOnce();
    void everythingArrivesAfterTheDiskWasFull();
};

void TestJournalLimits::aDeadEndpointsRecordsAreShed()
{
    PracticeHost alive;
    PracticeHost dead(u"503"_s);
    const QTemporaryDir folder;
    auto engine = startLimited(folder.path(), {endpointTo(alive), endpointTo(dead, u"dead"_s)},
                               {.maxBytes = cap});
    const BalanceWatch watch(*engine);
    const Heard<Error> problems(engine.get(), &Engine::problemOccurred);
    for (int i = 0; i < 100; ++i) {
        engine->append(blockOf(bulkyRecords(recordsPerBlock, {Level::Debug, Level::Warning})));
        // Marks are written even when it is full.
        const qint64 used = bytesUsed(folder.path());
        QVERIFY2(used <= cap + cap / 32, qPrintable(QString::number(used)));
    }
    constexpr qint64 accepted = 100 * recordsPerBlock;
    QTRY_COMPARE(ledgerOf(*engine).delivered, accepted);
    QTRY_VERIFY(ledgerOf(*engine, u"dead"_s).discardedShed > 0);
    QTRY_COMPARE(ledgerOf(*engine, u"dead"_s).accepted, accepted);
    QVERIFY(ledgerOf(*engine).discarded() == 0);
    QVERIFY(engine->status().journalProblem.contains(u"the journal is full"));
    QVERIFY(engine->status().firstSequence >= 1);
    qsizetype notices = 0;
    for (const Error &problem : problems.values())
        notices += problem.text.contains(u"the journal is full") ? 1 : 0;
    QCOMPARE(notices, 1);
    QVERIFY(watch.isBalanced());

    // The rest is delivered when the endpoint is back, and nothing that was shed.
    dead.setFaults({});
    engine->retryNow(u"dead"_s);
    QTRY_COMPARE(ledgerOf(*engine, u"dead"_s).waiting + ledgerOf(*engine, u"dead"_s).inFlight, 0);
    const Ledger ledger = ledgerOf(*engine, u"dead"_s);
    QCOMPARE(ledger.delivered + ledger.discardedShed, accepted);
    QCOMPARE(qint64(dead.messages().size()), ledger.delivered);
    for (const QString &message : dead.messages())
        QCOMPARE(message.size(), 1000);

    // Nor is what is left of those a part of the history.
    HistoryGaps gaps;
    std::size_t removed = 0;
    const auto read = forEachInHistory(
        *JournalReader::open(folder.path()).value(), {},
        [&](const RecordView &record) { removed += record.message.size() != 1000 ? 1 : 0; }, gaps);
    QVERIFY(read);
    QCOMPARE(removed, 0U);
    QVERIFY(gaps.removed > 0);
    QCOMPARE(gaps.damaged, 0);
}

void TestJournalLimits::whatTravelsIsNotShed()
{
    QTcpServer silent; // The request travels until its connection is closed.
    const quint16 port = unusedPort();
    QVERIFY(silent.listen(QHostAddress::LocalHost, port));
    const QTemporaryDir folder;
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = u"a"_s;
    endpoint.service = u"generic"_s;
    endpoint.options.url = QUrl(u"http://127.0.0.1:%1/logs"_s.arg(port));
    endpoint.bufferSize = 1;
    endpoint.maxRetries = 1;
    endpoint.timeout = 10min;
    auto engine = startLimited(folder.path(), {endpoint}, {.maxBytes = cap});
    const BalanceWatch watch(*engine);
    engine->append(blockOf(recordsOf(10)));
    QTRY_COMPARE(ledgerOf(*engine).inFlight, 10);
    for (int i = 0; i < 100; ++i)
        engine->append(blockOf(bulkyRecords(recordsPerBlock, {Level::Error})));
    QTRY_VERIFY(ledgerOf(*engine).discardedShed > 0);
    // What is shed counts as in flight until that is written; these stay, though of the lowest level.
    QTRY_COMPARE(ledgerOf(*engine).inFlight, 10);
    silent.close();
    while (auto *connection = silent.nextPendingConnection())
        delete connection;
    QTRY_COMPARE(ledgerOf(*engine).inFlight, 0);
    PracticeHost host({}, port);
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).waiting + ledgerOf(*engine).inFlight, 0);
    QVERIFY(watch.isBalanced());
    QCOMPARE(ledgerOf(*engine).accepted, 10 + 100 * recordsPerBlock);
    const QStringList messages = host.messages();
    QCOMPARE(qint64(messages.size()), ledgerOf(*engine).delivered);
    QCOMPARE(QSet<QString>(messages.begin(), messages.end()).size(), messages.size());
}

void TestJournalLimits::anEndpointThatIsNotConfiguredIsShed()
{
    PracticeHost dead(u"503"_s);
    PracticeHost host;
    const QTemporaryDir folder;
    {
        auto engine =
            startLimited(folder.path(), {endpointTo(dead, u"former"_s)}, {.maxBytes = 2 * cap});
        for (int i = 0; i < 60; ++i)
            engine->append(blockOf(bulkyRecords(recordsPerBlock)));
        engine->journal().sync();
    }
    auto engine = startLimited(folder.path(), {endpointTo(host)}, {.maxBytes = cap});
    QTRY_VERIFY(ledgerOf(*engine, u"former"_s).discardedShed > 0);
    QTRY_VERIFY(bytesUsed(folder.path()) <= cap);
    const Ledger ledger = ledgerOf(*engine, u"former"_s);
    QCOMPARE(ledger.accepted, 60 * recordsPerBlock);
    QVERIFY(ledger.isBalanced());
    engine->append(blockOf(recordsOf(5)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 5);
}

void TestJournalLimits::recordsExpireWhileAnEndpointIsDown()
{
    HandClock hand;
    PracticeHost host(u"503"_s);
    const QTemporaryDir folder;
    auto engine = startLimited(folder.path(), {endpointTo(host)}, {.clock = hand.clock()});
    const BalanceWatch watch(*engine);
    const Heard<Error> problems(engine.get(), &Engine::problemOccurred);
    engine->append(blockOf(recordsOf(10)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Suspended);
    hand.pass(31 * 24h);
    engine->append(blockOf(recordsOf(5, "run-1", 11)));
    QTRY_COMPARE(ledgerOf(*engine).discardedExpired, 10);
    QTRY_COMPARE(engine->status().firstSequence, 11U);
    QVERIFY(!problems.isEmpty());
    QVERIFY(problems.values().back().text.startsWith(u"10 records waited for longer"));
    host.setFaults({});
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 5);
    QCOMPARE(host.messages(), messagesOf(5, 11));
    QVERIFY(watch.isBalanced());
}

void TestJournalLimits::refusedRecordsAreToldOnce()
{
    PracticeHost host(u"503"_s);
    const QTemporaryDir folder;
    auto engine = startLimited(folder.path(), {endpointTo(host)},
                               {.maxBytes = cap, .whenFull = WhenFull::Refuse});
    const Heard<Error> problems(engine.get(), &Engine::problemOccurred);
    std::atomic<int> accepted{0};
    std::atomic<int> refused{0};
    for (int i = 0; i < 100; ++i)
        engine->append(blockOf(bulkyRecords(recordsPerBlock)),
                       [&](const std::optional<Error> &error) { ++(error ? refused : accepted); });
    engine->journal().sync();
    QCOMPARE(accepted + refused, 100);
    QVERIFY(refused > 0);
    QTRY_COMPARE(ledgerOf(*engine).waiting, accepted * recordsPerBlock);
    QCOMPARE(ledgerOf(*engine).discarded(), 0);
    QTRY_VERIFY(engine->status().journalProblem.contains(u"refuses new records"));
    QVERIFY(problems.count() < 10);
    // They are taken again when there is room.
    host.setFaults({});
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*engine).delivered, accepted * recordsPerBlock);
    engine->append(blockOf(recordsOf(5)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, accepted * recordsPerBlock + 5);
    QTRY_COMPARE(engine->status().journalProblem, QString());
}

void TestJournalLimits::everythingArrivesAfterTheDiskWasFull()
{
    const SmallDisk disk(24);
    if (!SmallDisk::whyNot().isEmpty())
        QSKIP(qPrintable(u"no disk to fill up: "_s + SmallDisk::whyNot()));
    PracticeHost host;
    auto engine = startLimited(disk.path(), {endpointTo(host)}, {.reserveBytes = 4 * 1024 * 1024});
    const BalanceWatch watch(*engine);
    const Heard<Error> problems(engine.get(), &Engine::problemOccurred);
    engine->append(blockOf(recordsOf(10)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 10);
    disk.fill();
    for (int i = 0; i < 40; ++i)
        engine->append(blockOf(bulkyRecords(recordsPerBlock)));
    QTRY_VERIFY(engine->status().journalProblem.contains(u"full"));
    disk.fill(); // and the reserve
    disk.clear();
    constexpr qint64 accepted = 10 + 40 * recordsPerBlock;
    QTRY_COMPARE(ledgerOf(*engine).delivered, accepted);
    QTRY_COMPARE(engine->status().journalProblem, QString());
    const QStringList messages = host.messages();
    QCOMPARE(qint64(messages.size()), accepted);
    QCOMPARE(QSet<QString>(messages.begin(), messages.end()).size(), messages.size());
    QVERIFY(watch.isBalanced());
    QVERIFY(problems.count() >= 1);
    QVERIFY(problems.count() <= 3); // the journal's, and the sender's when a mark did not fit
}

int main(int argc, char *argv[])
{
    SmallDisk::prepare();
    QCoreApplication app(argc, argv);
    TestJournalLimits test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_journallimits.moc"
