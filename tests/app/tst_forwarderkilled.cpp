// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <random>

using namespace Qt::StringLiterals;
using namespace trace;

//! What is left after the program was killed while it read and sent.
class TstForwarderKilled final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deliversWhatWasAccepted_data();
    void deliversWhatWasAccepted();
};

void TstForwarderKilled::deliversWhatWasAccepted_data()
{
    QTest::addColumn<int>("arrived");
    std::mt19937 dice(20'260'517);
    std::uniform_int_distribution<int> arrived(0, 40'000);
    for (int run = 0; run < 10; ++run) {
        const int records = arrived(dice);
        QTest::addRow("killed when %d have arrived", records) << records;
    }
}

void TstForwarderKilled::deliversWhatWasAccepted()
{
    QFETCH(int, arrived);
    constexpr qint64 count = 100'000;
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, count);

    // Its standard input stays open, so that it never ends by itself.
    QProcess sending;
    sending.start(forwarderProgram,
                  folder.arguments(QStringList{u"send"_s} + folder.to(practice.port()) +
                                   QStringList{file, u"-"_s}));
    QVERIFY(QTest::qWaitFor([&] { return practice.summary()["records"_L1].toInteger() > arrived; },
                            30'000));
    sending.kill();
    QVERIFY(sending.waitForFinished());
    QCOMPARE(sending.exitStatus(), QProcess::CrashExit);
    const qint64 before = practice.ids()["distinct"_L1].toInteger();

    const CommandResult drained = folder.run({u"drain"_s});
    QVERIFY2(drained.code == 0, drained.errors.constData());
    const QJsonObject ids = practice.ids();
    const qint64 delivered = ids["distinct"_L1].toInteger();
    qInfo() << "arrived before" << before << "and in all" << delivered << "duplicates"
            << ids["duplicates"_L1].toInteger();
    // A prefix of the file, without a gap: what was accepted is not lost, in no place.
    QVERIFY(delivered >= before);
    QCOMPARE(ids["minimum"_L1].toInteger(-1), 0);
    QCOMPARE(ids["maximum"_L1].toInteger(), delivered - 1);
    QCOMPARE(ids["missing"_L1].toInteger(-1), 0);
    QCOMPARE(drained.inLedger("accepted"), delivered);
    QCOMPARE(drained.inLedger("delivered"), delivered);
    QVERIFY(drained.isBalanced());
}

QTEST_GUILESS_MAIN(TstForwarderKilled)
#include "tst_forwarderkilled.moc"
