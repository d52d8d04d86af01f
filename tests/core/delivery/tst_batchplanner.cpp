// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/delivery/batchplanner.h"
#include "tests/core/journal/journalsupport.h"

#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace trace;
using namespace Qt::StringLiterals;

class TestBatchPlanner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void takesTheRangesAndNoMore();
    void stopsWhenFull();
    void reportsWhatIsNotThere();
    void packsAFailedBatchWhole();
    void unknownFailedBatchIsAnError();
    void unreadableJournalIsAnError();
    void answersNobodyWhoIsGone();

private:
    // Plans on the planner's thread and waits for the answer on this one.
    [[nodiscard]] Expected<std::unique_ptr<Batch>> plan(PlanOrder order)
    {
        bool isAnswered = false;
        Expected<std::unique_ptr<Batch>> answer;
        order.service = m_service;
        m_planner->plan(std::move(order), this, [&](Expected<std::unique_ptr<Batch>> batch) {
            isAnswered = QThread::currentThread() == thread();
            answer = std::move(batch);
        });
        if (!QTest::qWaitFor([&] { return isAnswered; }, 20'000))
            qFatal("no answer");
        return answer;
    }
    static std::vector<std::uint64_t> sequencesOf(const Batch &batch)
    {
        std::vector<std::uint64_t> sequences;
        for (const RecordView &record : batch.records)
            sequences.push_back(record.sequence);
        return sequences;
    }

    std::unique_ptr<QTemporaryDir> m_temp;
    std::unique_ptr<Journal> m_journal;
    std::shared_ptr<const Service> m_service;
    QThread m_thread;
    BatchPlanner *m_planner = nullptr; // Of m_thread, goes with it.
};

void TestBatchPlanner::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_journal = Journal::open(m_temp->filePath(u"journal"_s)).value();
    ServiceOptions options;
    options.url = QUrl(u"http://127.0.0.1:9/logs"_s);
    m_service = makeService(u"generic"_s, options).value();
    m_planner = new BatchPlanner(m_journal->folder());
    m_planner->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_planner, &QObject::deleteLater);
    m_thread.start();
}

void TestBatchPlanner::cleanup()
{
    m_thread.quit();
    m_thread.wait();
    m_journal.reset();
}

void TestBatchPlanner::takesTheRangesAndNoMore()
{
    for (int i = 0; i < 3; ++i)
        QCOMPARE(append(*m_journal, blockOf(recordsOf(10, "run-1", 1 + 10 * i)), {}), QString());
    const auto batch = plan({.service = {}, .ranges = {{3, 4}, {9, 12}, {30, 30}}});
    QVERIFY(batch);
    QCOMPARE(sequencesOf(**batch), (std::vector<std::uint64_t>{3, 4, 9, 10, 11, 12, 30}));
    QCOMPARE((*batch)->records.back().message, "run-1 message 30");
    QVERIFY((*batch)->damaged.empty());
    QVERIFY(!(*batch)->origin);
    QCOMPARE((*batch)->shares.size(), 1U);
    QCOMPARE((*batch)->shares.front().indices.size(), 7U);
}

void TestBatchPlanner::stopsWhenFull()
{
    const std::size_t target = m_service->limits().targetRecords;
    const int blocks = int(target / 2000) + 2;
    for (int i = 0; i < blocks; ++i)
        QCOMPARE(append(*m_journal, blockOf(recordsOf(2000)), {}), QString());
    const auto last = std::uint64_t(blocks) * 2000;
    const auto batch = plan({.service = {}, .ranges = {{1, last}}});
    QVERIFY(batch);
    const std::size_t taken = (*batch)->records.size();
    QVERIFY2(taken >= target / 2 && taken <= target, qPrintable(QString::number(taken)));
    QCOMPARE((*batch)->records.back().sequence, std::uint64_t(taken)); // From the first, no gap.
    QVERIFY((*batch)->damaged.empty()); // What did not fit is not called damaged.
}

void TestBatchPlanner::reportsWhatIsNotThere()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(5)), {}), QString());
    RecordBlock broken = blockOf(recordsOf(5));
    broken.data[broken.data.size() / 2] = char(~broken.data[broken.data.size() / 2]);
    QCOMPARE(append(*m_journal, broken, {}), QString());
    QCOMPARE(append(*m_journal, blockOf(recordsOf(5)), {}), QString());
    const auto batch = plan({.service = {}, .ranges = {{2, 8}, {9, 13}, {16, 17}}});
    QVERIFY(batch);
    QCOMPARE(sequencesOf(**batch), (std::vector<std::uint64_t>{2, 3, 4, 5, 11, 12, 13}));
    QCOMPARE((*batch)->damaged, (std::vector<SequenceRange>{{6, 8}, {9, 10}, {16, 17}}));
    QVERIFY(!(*batch)->damagedBlocks.empty());
    QCOMPARE((*batch)->damagedBlocks.front(), 6U);
    QVERIFY((*batch)->damage);
    QVERIFY(!(*batch)->damage->text.isEmpty());
}

void TestBatchPlanner::packsAFailedBatchWhole()
{
    const qint64 endpoint = enrol(*m_journal, u"a"_s);
    Settlement settlement;
    settlement.endpoint = endpoint;
    settlement.failed = {failedBatchOf(endpoint, {2, 5, 9})};
    QCOMPARE(settle(*m_journal, settlement), QString());
    const auto reader = JournalReader::open(m_journal->folder()).value();
    const qint64 id = reader->failedBatches().value().front().id;
    const auto batch = plan({.service = {}, .ranges = {}, .failedBatch = id});
    QVERIFY(batch);
    QCOMPARE(sequencesOf(**batch), (std::vector<std::uint64_t>{2, 5, 9}));
    QVERIFY((*batch)->origin);
    QCOMPARE((*batch)->origin->row.id, id);
    QCOMPARE((*batch)->shares.size(), 1U);
}

void TestBatchPlanner::unknownFailedBatchIsAnError()
{
    const auto batch = plan({.service = {}, .ranges = {}, .failedBatch = 4711});
    QVERIFY(!batch);
    QVERIFY2(batch.error().text.contains(u"4711"_s), qPrintable(batch.error().text));
}

void TestBatchPlanner::unreadableJournalIsAnError()
{
    const QString folder = m_temp->filePath(u"nothing-here"_s);
    BatchPlanner planner(folder);
    std::optional<Error> error;
    PlanOrder order{.service = m_service, .ranges = {{1, 1}}};
    planner.plan(std::move(order), this, [&](const Expected<std::unique_ptr<Batch>> &batch) {
        error = batch ? Error{} : batch.error();
    });
    QTRY_VERIFY(error);
    QVERIFY2(error->text.contains(folder), qPrintable(error->text));
}

void TestBatchPlanner::answersNobodyWhoIsGone()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(5)), {}), QString());
    int answers = 0;
    {
        QObject gone;
        PlanOrder order{.service = m_service, .ranges = {{1, 5}}};
        m_planner->plan(std::move(order), &gone, [&](const auto &) { ++answers; });
    }
    QVERIFY(plan({.service = {}, .ranges = {{1, 5}}})); // Answered after the first.
    QCOMPARE(answers, 0);
}

QTEST_GUILESS_MAIN(TestBatchPlanner)
#include "tst_batchplanner.moc"
