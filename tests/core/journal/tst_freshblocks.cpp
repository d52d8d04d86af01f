// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/journal/freshblocks.h"
#include "tests/core/journal/journalsupport.h"

#include <QTemporaryDir>
#include <QTest>

#include <limits>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t quarter = FreshBlocks::maxBytes / 4;

std::shared_ptr<const BlockFrames> framesOf(std::size_t bytes)
{
    return std::make_shared<BlockFrames>(BlockFrames{std::vector<char>(bytes), {}});
}

} // namespace

class TestFreshBlocks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesABlockOnce();
    void knowsWhatComesNext();
    void isBoundedByWhatIsAlive();
    void whatNobodyTakesGivesWay();
    void aPurgeLeavesNothing();
};

void TestFreshBlocks::givesABlockOnce()
{
    FreshBlocks fresh;
    fresh.add({.first = 11, .count = 10, .frames = fresh.admit(framesOf(8))});
    QVERIFY(!fresh.take(10));
    QVERIFY(!fresh.take(21));
    const auto block = fresh.take(15);
    QVERIFY(block);
    QCOMPARE(block->first, 11U);
    QCOMPARE(block->last(), 20U);
    QCOMPARE(block->frames->size(), 8U);
    QVERIFY(!fresh.take(15));
}

void TestFreshBlocks::knowsWhatComesNext()
{
    FreshBlocks fresh;
    for (const std::uint64_t first : {11, 31})
        fresh.add({.first = first, .count = 10, .frames = fresh.admit(framesOf(8))});
    QCOMPARE(fresh.nextBehind(1), 11U);
    QCOMPARE(fresh.nextBehind(11), 31U);
    QCOMPARE(fresh.nextBehind(31), std::numeric_limits<std::uint64_t>::max());
}

void TestFreshBlocks::isBoundedByWhatIsAlive()
{
    FreshBlocks fresh;
    for (std::uint64_t i = 0; i < 4; ++i)
        fresh.add({.first = 1 + i, .count = 1, .frames = fresh.admit(framesOf(quarter))});
    QVERIFY(!fresh.admit(framesOf(1)));
    auto taken = fresh.take(1);
    QVERIFY(taken);
    QVERIFY(!fresh.admit(framesOf(1))); // it is still in memory
    taken.reset();
    QVERIFY(fresh.admit(framesOf(quarter)));
}

void TestFreshBlocks::whatNobodyTakesGivesWay()
{
    FreshBlocks fresh;
    std::uint64_t next = 1;
    std::uint64_t kept = 0;
    // As when an endpoint is held: twice what there is room for goes by.
    for (; next <= 9; ++next) {
        if (auto frames = fresh.admit(framesOf(quarter))) {
            fresh.add({.first = next, .count = 1, .frames = std::move(frames)});
            kept = next;
        }
    }
    QVERIFY(!fresh.take(1));
    for (; next <= 12; ++next) {
        if (auto frames = fresh.admit(framesOf(quarter))) {
            fresh.add({.first = next, .count = 1, .frames = std::move(frames)});
            kept = next;
        }
    }
    QCOMPARE(kept, 12U);
    QVERIFY(fresh.take(12));
}

void TestFreshBlocks::aPurgeLeavesNothing()
{
    const QTemporaryDir temp;
    const auto journal = Journal::open(temp.filePath(u"journal"_s)).value();
    const qint64 endpoint = enrol(*journal, u"a"_s);
    QCOMPARE(append(*journal, blockOf(recordsOf(5)), {endpoint}), QString());
    QCOMPARE(journal->freshBlocks()->nextBehind(0), 1U);
    QVERIFY(journal->purge({.run = "run-1"}));
    QVERIFY(!journal->freshBlocks()->take(1));
}

QTEST_GUILESS_MAIN(TestFreshBlocks)
#include "tst_freshblocks.moc"
