// SPDX-License-Identifier: GPL-3.0-or-later
// Whether an endpoint or its records are at fault, for many throws of the dice.
#include "core/delivery/endpointtrust.h"
#include "tests/core/delivery/batchsupport.h"

#include <QTest>

#include <cmath>
#include <set>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr int count = 500;
using IsBad = std::function<bool(int)>;

struct Found
{
    int requests = 0;
    bool isHeld = false;
    std::size_t delivered = 0;
    std::size_t parked = 0;
};

//! Sends a batch as a sender does.
Found sendWith(EndpointTrust &trust, int records, const IsBad &isBad)
{
    BatchProgress progress(generic(), batchOf(records, isBad));
    Found found;
    while (!progress.isDone()) {
        ++found.requests;
        if (holdsBad(progress)) {
            trust.refused();
            std::ignore = progress.apply(outcomeOf(Kind::Rejected, u"no"_s), replyOf(400), 1, now);
        } else {
            trust.took();
            std::ignore = progress.apply(outcomeOf(Kind::Delivered), replyOf(200), 1, now);
        }
        if (trust.isExhausted()) {
            found.isHeld = true;
            return found;
        }
        if (trust.isSuspect() && !progress.isDone())
            progress.probe(trust.nextPlace(std::size_t(records)));
    }
    found.delivered = progress.takeDelivered().size();
    found.parked = progress.refusedRecords();
    return found;
}

} // namespace

class TestEndpointTrust : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsTheBadOnesWhateverTheDice_data();
    void findsTheBadOnesWhateverTheDice();
    void halfAtRandomIsRarelyHeld();
    void takesNothing_data();
    void takesNothing();
    void placesAreFromEverywhere();
    void aSuspectIsClearedByOneRecord();
    void creditIsSpentOnOneBatch();
    void creditEnds();
    void theNewestIsTriedLast();
};

void TestEndpointTrust::findsTheBadOnesWhateverTheDice_data()
{
    QTest::addColumn<int>("bad");
    QTest::addColumn<IsBad>("isBad");
    for (const int k : {1, 2, 5, 8, 16, 32, 125, 250}) {
        QTest::addRow("%d spread", k)
            << k << IsBad([k](int i) { return (i + 1) * k / count != i * k / count; });
        QTest::addRow("%d spread from the first", k)
            << k << IsBad([k](int i) { return i % (count / k) == 0 && i / (count / k) < k; });
        QTest::addRow("%d begin", k) << k << IsBad([k](int i) { return i < k; });
        QTest::addRow("%d middle", k)
            << k << IsBad([k](int i) { return i >= (count - k) / 2 && i < (count + k) / 2; });
        QTest::addRow("%d end", k) << k << IsBad([k](int i) { return i >= count - k; });
    }
}

void TestEndpointTrust::findsTheBadOnesWhateverTheDice()
{
    QFETCH(int, bad);
    QFETCH(IsBad, isBad);
    const double most = 1 + 2 * bad * (std::log2(double(count) / bad) + 1) + 10;
    const quint32 seeds = bad > 100 ? 5 : 40;
    for (quint32 seed = 0; seed < seeds; ++seed) {
        EndpointTrust trust(seed);
        const Found found = sendWith(trust, count, isBad);
        QVERIFY2(!found.isHeld, qPrintable(QString::number(seed)));
        QCOMPARE(found.delivered, std::size_t(count - bad));
        QCOMPARE(found.parked, std::size_t(bad));
        QVERIFY2(found.requests <= most, qPrintable(u"%1 in %2"_s.arg(found.requests).arg(seed)));
    }
}

// No pattern, half of it bad: nine probes all meet bad ones once in five hundred times.
void TestEndpointTrust::halfAtRandomIsRarelyHeld()
{
    int held = 0;
    for (quint32 seed = 0; seed < 500; ++seed) {
        QRandomGenerator dice(seed);
        std::vector<bool> bad(100);
        for (std::size_t i = 0; i < bad.size(); ++i)
            bad[i] = dice.bounded(2) == 0;
        EndpointTrust trust(seed);
        BatchProgress progress(generic(), batchOf(100, [&](int i) { return bad[std::size_t(i)]; }));
        trust.refused(); // as a whole
        while (trust.isSuspect() && !trust.isExhausted()) {
            progress.probe(trust.nextPlace(100));
            if (holdsBad(progress))
                trust.refused();
            else
                trust.took();
            std::ignore = progress.apply(outcomeOf(Kind::Rejected), replyOf(400), 1, now);
        }
        held += trust.isExhausted() ? 1 : 0;
    }
    QVERIFY2(held <= 5, qPrintable(QString::number(held)));
}

void TestEndpointTrust::takesNothing_data()
{
    QTest::addColumn<int>("records");
    QTest::addColumn<bool>("isHeld");
    for (const int records : {1, 2, 8})
        QTest::addRow("%d", records) << records << false; // nothing is left to try
    for (const int records : {9, 10, 11, 100, 1000})
        QTest::addRow("%d", records) << records << true;
}

void TestEndpointTrust::takesNothing()
{
    QFETCH(int, records);
    QFETCH(bool, isHeld);
    for (quint32 seed = 0; seed < 50; ++seed) {
        EndpointTrust trust(seed);
        const Found found = sendWith(trust, records, [](int) { return true; });
        QCOMPARE(found.isHeld, isHeld);
        QVERIFY(trust.isSuspect());
        QVERIFY(!trust.blamesRecords());
        QVERIFY2(found.requests <= 10, qPrintable(QString::number(found.requests)));
    }
}

void TestEndpointTrust::placesAreFromEverywhere()
{
    for (quint32 seed = 0; seed < 200; ++seed) {
        EndpointTrust trust(seed);
        std::set<std::size_t> ninths;
        std::set<std::size_t> rests;
        for (int i = 0; i < 9; ++i) {
            const std::size_t place = trust.nextPlace(900);
            ninths.insert(place / 100);
            rests.insert(place % 2);
        }
        QCOMPARE(ninths.size(), 9U);
        QCOMPARE(rests.size(), 2U);
        for (std::size_t few = 1; few < 40; ++few)
            QVERIFY(trust.nextPlace(few) < few);
    }
}

void TestEndpointTrust::aSuspectIsClearedByOneRecord()
{
    EndpointTrust trust(1);
    QVERIFY(!trust.isSuspect());
    for (int i = 0; i < 9; ++i)
        trust.refused();
    QVERIFY(trust.isSuspect());
    QVERIFY(!trust.isExhausted());
    trust.took();
    QVERIFY(!trust.isSuspect());
    QVERIFY(trust.blamesRecords());
    for (int i = 0; i < 20; ++i)
        trust.refused();
    QVERIFY(!trust.isSuspect());
    QVERIFY(!trust.isExhausted());
}

void TestEndpointTrust::creditIsSpentOnOneBatch()
{
    EndpointTrust trust(1);
    trust.took();
    QVERIFY(!sendWith(trust, 60, [](int) { return true; }).isHeld);
    trust.batchRefused();
    QVERIFY(!trust.isSuspect());
    const Found second = sendWith(trust, 60, [](int) { return true; });
    QVERIFY(second.isHeld);
    QCOMPARE(second.requests, 10);
    // Of a former process there is none for a whole batch.
    EndpointTrust other(1);
    other.tookBefore();
    QVERIFY(other.blamesRecords());
    QVERIFY(sendWith(other, 60, [](int) { return true; }).isHeld);
}

// A batch of many thousands does not tell on and on that an endpoint takes nothing any more.
void TestEndpointTrust::creditEnds()
{
    EndpointTrust trust(1);
    trust.took();
    int requests = 0;
    while (!trust.isExhausted() && requests < 10'000) {
        trust.refused();
        ++requests;
    }
    QVERIFY2(requests > 1000 && requests < 1100, qPrintable(QString::number(requests)));
}

void TestEndpointTrust::theNewestIsTriedLast()
{
    for (quint32 seed = 0; seed < 50; ++seed) {
        EndpointTrust trust(seed);
        trust.tookBefore();
        for (int i = 0; i < 9; ++i)
            trust.refused();
        QVERIFY(!trust.isExhausted());
        QCOMPARE(trust.nextPlace(900), 899U);
        trust.refused();
        QVERIFY(trust.isExhausted());
        QCOMPARE(trust.nextPlace(900), 899U); // that may be another one now
        trust.startOver();
        QVERIFY(!trust.isSuspect());
        QVERIFY(trust.hasTaken());
    }
}

Q_DECLARE_METATYPE(IsBad)

QTEST_GUILESS_MAIN(TestEndpointTrust)
#include "tst_endpointtrust.moc"
