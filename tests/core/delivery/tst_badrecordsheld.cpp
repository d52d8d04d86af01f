// SPDX-License-Identifier: GPL-3.0-or-later
// An endpoint that took records once, and refuses what it gets now, across restarts: it is held
// with nothing given up, and never for good.
#include "tests/core/delivery/badrecords.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

//! A service, and an engine that has delivered twenty records to it and was started anew.
class Restarted final
{
public:
    //! Before the restart there are \a more records, and it ends while the answer to the request
    //! with the number \a silentAt is awaited.
    explicit Restarted(const std::vector<Record> &more = {}, int silentAt = 0)
        : server(u"generic"_s,
                 [silentAt](const SeenRequest &seen) {
                     return seen.number == silentAt ? Answer{Answer::silent} : refuseBad(seen);
                 })
        , m_folder(m_temp.filePath(u"journal"_s))
    {
        start();
        engine->append(blockOf(recordsOf(20, none)));
        if (!QTest::qWaitFor([this] { return ledgerOf(*engine).delivered == 20; }))
            qFatal("not delivered");
        if (!more.empty())
            engine->append(blockOf(more));
        if (!QTest::qWaitFor([&] { return server.pushes.size() >= silentAt; }))
            qFatal("not sent");
        start();
    }

    void start()
    {
        engine.reset();
        before = server.pushes.size();
        engine = startEngine(m_folder, {server.endpoint(100'000)});
    }
    [[nodiscard]] bool isHeld() const
    {
        return statusOf(*engine).state == SenderState::HeldConfiguration;
    }

    AnswerServer server;
    std::unique_ptr<Engine> engine;
    qsizetype before = 0; //!< Requests before the last start.

private:
    QTemporaryDir m_temp;
    QString m_folder;
};

} // namespace

class TestBadRecordsHeld : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void killedWhilePlacingBlame();
    void theNewestTellsBeforeAHold();
    void goodOnesInALaterStart();
    void triesByItself();
    void triesOneAtATime();
    void triesAnewWhenTold();
    void oneThatLedElsewhereBeforeIsNotBelieved();
    void isToldOnce();
    void isToldAgainAfterItTookSome();
};

void TestBadRecordsHeld::killedWhilePlacingBlame()
{
    Restarted restarted(recordsOf(60, all, 20), 30);
    QTRY_VERIFY(restarted.isHeld());
    QCOMPARE(ledgerOf(*restarted.engine).failed, 0);
    QCOMPARE(ledgerOf(*restarted.engine).waiting, 60);
    QCOMPARE(restarted.server.pushes.size() - restarted.before, 10);
    restarted.engine->append(blockOf(recordsOf(5, none, 80)));
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*restarted.engine).delivered, 25, patience);
    QTRY_COMPARE(ledgerOf(*restarted.engine).failed, 60);
    QTRY_COMPARE(statusOf(*restarted.engine).state, SenderState::Idle);
    QVERIFY(statusOf(*restarted.engine).problem.isEmpty());
    QCOMPARE(restarted.server.stored.removeDuplicates(), 0);
}

void TestBadRecordsHeld::theNewestTellsBeforeAHold()
{
    // One of two hundred: probes from random places rarely meet it.
    Restarted restarted(recordsOf(
                            200, [](int i) { return i < 219; }, 20),
                        40);
    const Heard<Error> problems(restarted.engine.get(), &Engine::problemOccurred);
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*restarted.engine).failed, 199, patience);
    QTRY_COMPARE(ledgerOf(*restarted.engine).delivered, 21);
    QCOMPARE(problems.count(), 0);
}

void TestBadRecordsHeld::goodOnesInALaterStart()
{
    Restarted restarted(recordsOf(60, all, 20), 30);
    QTRY_VERIFY(restarted.isHeld());
    restarted.start();
    QTRY_VERIFY(restarted.isHeld());
    QCOMPARE(restarted.server.pushes.size() - restarted.before, 10);
    restarted.engine->append(blockOf(recordsOf(1, none, 80)));
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*restarted.engine).delivered, 21, patience);
    QTRY_COMPARE(ledgerOf(*restarted.engine).failed, 60);
}

void TestBadRecordsHeld::triesByItself()
{
    Restarted restarted(recordsOf(60, all, 20), 30);
    QTRY_VERIFY(restarted.isHeld());
    QVERIFY(statusOf(*restarted.engine).nextAttempt.isValid());
    restarted.server.release();
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*restarted.engine).delivered, 80, patience);
    QCOMPARE(ledgerOf(*restarted.engine).failed, 0);
    QCOMPARE(restarted.server.stored.removeDuplicates(), 0);
}

void TestBadRecordsHeld::triesOneAtATime()
{
    Restarted restarted(recordsOf(60, all, 20), 30);
    QTRY_VERIFY(restarted.isHeld());
    const QDateTime first = statusOf(*restarted.engine).nextAttempt;
    restarted.engine->append(blockOf(recordsOf(60, all, 80)));
    QTRY_COMPARE(restarted.server.pushes.size() - restarted.before, 11); // at once, for it is new
    QTRY_VERIFY(restarted.isHeld() && statusOf(*restarted.engine).nextAttempt > first);
    const QDateTime next = statusOf(*restarted.engine).nextAttempt;
    restarted.engine->append(blockOf(recordsOf(60, all, 140)));
    QTRY_COMPARE(restarted.server.pushes.size() - restarted.before, 12); // and then in its time
    QVERIFY(QDateTime::currentDateTimeUtc() >= next);
    for (qsizetype i = restarted.before + 1; i < restarted.server.pushes.size(); ++i)
        QCOMPARE(restarted.server.pushes[i].messages.size(), 1);
    QCOMPARE(restarted.server.pushes[restarted.before + 10].messages.front(), u"bad 139"_s);
    QCOMPARE(ledgerOf(*restarted.engine).failed, 0);
}

void TestBadRecordsHeld::triesAnewWhenTold()
{
    Restarted restarted(recordsOf(60, all, 20), 30);
    QTRY_VERIFY(restarted.isHeld());
    const Heard<Error> problems(restarted.engine.get(), &Engine::problemOccurred);
    const qsizetype before = restarted.server.pushes.size();
    restarted.engine->retryNow(u"a"_s);
    QTRY_COMPARE(problems.count(), 1);
    QCOMPARE(restarted.server.pushes.size() - before, 10);
    QCOMPARE(restarted.server.pushes[before].messages.size(), 60);
    restarted.engine->append(blockOf(recordsOf(1, none, 80))); // it still counts what was before
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*restarted.engine).delivered, 21, patience);
    QTRY_COMPARE(ledgerOf(*restarted.engine).failed, 60);
}

void TestBadRecordsHeld::oneThatLedElsewhereBeforeIsNotBelieved()
{
    AnswerServer former(u"generic"_s);
    AnswerServer server(u"generic"_s, refuseAll);
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    auto engine = startEngine(folder, {former.endpoint(100'000)});
    engine->append(blockOf(recordsOf(20, none)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 20);
    engine.reset();
    engine = startEngine(folder, {server.endpoint(100'000)});
    engine->append(blockOf(recordsOf(5, none, 20)));
    QTRY_COMPARE(server.pushes.size(), 6); // all of them, and each alone
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldConfiguration);
    QCOMPARE(ledgerOf(*engine).waiting, 5);
    QCOMPARE(ledgerOf(*engine).failed, 0);
}

void TestBadRecordsHeld::isToldOnce()
{
    Delivery delivery(u"generic"_s, {}, {}, refuseAll);
    const Heard<Error> problems(&delivery.engine(), &Engine::problemOccurred);
    for (int i = 1; i <= 10; ++i) {
        delivery.engine().append(blockOf(recordsOf(1, all, i)));
        QTRY_COMPARE(delivery.server.pushes.size(), i);
        QTRY_COMPARE(statusOf(delivery.engine()).state, SenderState::HeldConfiguration);
        QTRY_COMPARE(delivery.ledger().waiting, i);
    }
    QCOMPARE(problems.count(), 1);
    delivery.engine().retryNow(u"a"_s); // whoever asks is told
    QTRY_COMPARE(problems.count(), 2);
}

void TestBadRecordsHeld::isToldAgainAfterItTookSome()
{
    Restarted restarted(recordsOf(60, all, 20), 30);
    const Heard<Error> problems(restarted.engine.get(), &Engine::problemOccurred);
    QTRY_VERIFY(restarted.isHeld());
    restarted.engine->append(blockOf(recordsOf(1, none, 80)));
    QTRY_COMPARE(ledgerOf(*restarted.engine).failed, 60);
    const std::size_t before = problems.count();
    restarted.engine->append(blockOf(recordsOf(60, all, 81)));
    QTRY_VERIFY(restarted.isHeld());
    QTRY_COMPARE(problems.count(), before + 1);
}

QTEST_GUILESS_MAIN(TestBadRecordsHeld)
#include "tst_badrecordsheld.moc"
