// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/journal/sequenceset.h"

#include <QTest>

#include <random>
#include <set>

using namespace trace;
using Ranges = std::vector<SequenceRange>;

class TestSequenceSet : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void joinsWhatTouches();
    void keepsGaps();
    void splitsWhereTheMiddleGoes();
    void removesAcrossRanges();
    void findsTheNextRange_data();
    void findsTheNextRange();
    void turnsNumbersIntoRanges();
    void behavesLikeASetOfNumbers();
};

void TestSequenceSet::joinsWhatTouches()
{
    SequenceSet set;
    set.add({1, 3});
    set.add({7, 9});
    set.add({4, 6});
    QCOMPARE(set.ranges(), (Ranges{{1, 9}}));
    set.add({5, 12}); // Overlaps: nothing is counted twice.
    QCOMPARE(set.ranges(), (Ranges{{1, 12}}));
    QCOMPARE(set.count(), 12U);
}

void TestSequenceSet::keepsGaps()
{
    SequenceSet set;
    QVERIFY(set.isEmpty());
    set.add({5, 6});
    set.add({1, 3});
    QCOMPARE(set.ranges(), (Ranges{{1, 3}, {5, 6}}));
    QCOMPARE(set.first(), 1U);
    QCOMPARE(set.count(), 5U);
    QVERIFY(set.contains(3));
    QVERIFY(!set.contains(4));
    QVERIFY(!set.contains(0));
    QVERIFY(!set.contains(7));
}

void TestSequenceSet::splitsWhereTheMiddleGoes()
{
    SequenceSet set;
    set.add({1, 10});
    set.remove({4, 4});
    QCOMPARE(set.ranges(), (Ranges{{1, 3}, {5, 10}}));
    QCOMPARE(set.count(), 9U);
    set.remove({4, 4}); // Not there any more: no change.
    QCOMPARE(set.count(), 9U);
}

void TestSequenceSet::removesAcrossRanges()
{
    SequenceSet set;
    set.add({1, 3});
    set.add({5, 7});
    set.add({9, 11});
    set.remove({3, 9});
    QCOMPARE(set.ranges(), (Ranges{{1, 2}, {10, 11}}));
    set.remove({0, 100});
    QVERIFY(set.isEmpty());
    QCOMPARE(set.count(), 0U);
}

void TestSequenceSet::findsTheNextRange_data()
{
    QTest::addColumn<quint64>("from");
    QTest::addColumn<quint64>("first");
    QTest::addColumn<quint64>("last");
    QTest::newRow("from the start") << quint64(0) << quint64(5) << quint64(9);
    QTest::newRow("from the first member") << quint64(5) << quint64(5) << quint64(9);
    QTest::newRow("from the middle") << quint64(7) << quint64(7) << quint64(9);
    QTest::newRow("from the last member") << quint64(9) << quint64(9) << quint64(9);
    QTest::newRow("from a gap") << quint64(10) << quint64(20) << quint64(20);
    QTest::newRow("behind the end") << quint64(21) << quint64(0) << quint64(0);
}

void TestSequenceSet::findsTheNextRange()
{
    QFETCH(quint64, from);
    QFETCH(quint64, first);
    QFETCH(quint64, last);
    SequenceSet set;
    set.add({5, 9});
    set.add({20, 20});
    const auto found = set.rangeFrom(from);
    QCOMPARE(found.has_value(), first != 0);
    if (found)
        QCOMPARE(*found, (SequenceRange{first, last}));
}

void TestSequenceSet::turnsNumbersIntoRanges()
{
    QCOMPARE(toRanges({}), Ranges());
    QCOMPARE(toRanges({4}), (Ranges{{4, 4}}));
    QCOMPARE(toRanges({1, 2, 3, 5, 8, 9}), (Ranges{{1, 3}, {5, 5}, {8, 9}}));
}

void TestSequenceSet::behavesLikeASetOfNumbers()
{
    std::mt19937 dice(20240611);
    SequenceSet set;
    std::set<std::uint64_t> model;
    for (int step = 0; step < 3000; ++step) {
        const std::uint64_t first = 1 + dice() % 200;
        const std::uint64_t last = first + dice() % 20;
        const bool adds = dice() % 2 == 0;
        if (adds)
            set.add({first, last});
        else
            set.remove({first, last});
        for (std::uint64_t s = first; s <= last; ++s) {
            if (adds)
                model.insert(s);
            else
                model.erase(s);
        }
        QCOMPARE(set.count(), model.size());
        QCOMPARE(set.isEmpty(), model.empty());
        // The same members in ranges that do not touch: that is what toRanges gives.
        QCOMPARE(set.ranges(), toRanges({model.begin(), model.end()}));
        const std::uint64_t probe = dice() % 230;
        QCOMPARE(set.contains(probe), model.contains(probe));
        const auto expected = model.lower_bound(probe);
        const auto found = set.rangeFrom(probe);
        QCOMPARE(found.has_value(), expected != model.end());
        if (found)
            QCOMPARE(found->first, *expected);
    }
}

QTEST_GUILESS_MAIN(TestSequenceSet)
#include "tst_sequenceset.moc"
