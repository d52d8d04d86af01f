// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/journal/retentionsupport.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// What expires when a process begins, under whichever clock.
class TestExpiry final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void aStartUnderAClockAheadExpiresNothing();
    void whatWasStampedAheadConfirmsNothing();
    void aServersDateLetsItExpire();
    void aBlockFromTheFutureHoldsNoneBack();

private:
    void open();
    void nudge(int times = 2);
    [[nodiscard]] qint64 expired() const
    {
        return endpointRow(m_folder->path(), m_endpoint).discardedExpired;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<HandClock> m_hand;
    std::unique_ptr<Journal> m_journal;
    qint64 m_endpoint = 0;
};

void TestExpiry::init()
{
    m_journal.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_hand = std::make_unique<HandClock>();
    open();
}

void TestExpiry::open()
{
    m_journal.reset();
    m_journal = Journal::open(m_folder->path(), {.clock = m_hand->clock()}).value();
    Journal *const plain = m_journal.get();
    connect(
        plain, &Journal::giveUpAsked, plain,
        [plain](const GiveUp &request) {
            plain->giveUp(request, [](const std::optional<Error> &) {});
            plain->giveUpAnswered();
        },
        Qt::DirectConnection);
    m_endpoint = enrol(*m_journal, u"a"_s);
}

//! Appends single records; behind the second one, what the first one set off is over.
void TestExpiry::nudge(int times)
{
    for (int i = 0; i < times; ++i)
        QCOMPARE(append(*m_journal, blockOf(recordsOf(1)), {m_endpoint}), QString());
    m_journal->sync();
}

void TestExpiry::aStartUnderAClockAheadExpiresNothing()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(10)), {m_endpoint}), QString());
    nudge();
    m_hand->jump(5 * 365 * 24h);
    open();
    nudge(3);
    m_hand->pass(11min);
    nudge(3);
    QCOMPARE(expired(), 0);
    m_hand->jump(-5 * 365 * 24h);
    m_hand->pass(31 * 24h); // the right time, and they are old
    nudge();
    QTRY_VERIFY(expired() >= 10);
}

void TestExpiry::whatWasStampedAheadConfirmsNothing()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(10)), {m_endpoint}), QString());
    nudge();
    m_hand->jump(5 * 365 * 24h);
    open();
    nudge(); // stamped with that time
    open();
    nudge(3);
    QCOMPARE(expired(), 0);
}

void TestExpiry::aServersDateLetsItExpire()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(10)), {m_endpoint}), QString());
    m_hand->jump(40 * 24h); // the computer was off
    open();
    nudge(3);
    QCOMPARE(expired(), 0);
    m_journal->compareClocks(2s);
    nudge();
    QTRY_COMPARE(expired(), 10);
}

void TestExpiry::aBlockFromTheFutureHoldsNoneBack()
{
    QCOMPARE(append(*m_journal, blockOf(recordsOf(1)), {m_endpoint}), QString());
    nudge(1);
    m_hand->jump(365 * 24h);
    QCOMPARE(append(*m_journal, blockOf(recordsOf(100)), {m_endpoint}), QString());
    m_journal->sync();
    m_hand->jump(-365 * 24h);
    QCOMPARE(append(*m_journal, blockOf(recordsOf(20)), {m_endpoint}), QString());
    m_journal->sync();
    m_hand->pass(31 * 24h);
    nudge();
    QTRY_COMPARE(expired(), 22);
    QCOMPARE(waitingIn(m_folder->path(), m_endpoint), 102);
}

QTEST_GUILESS_MAIN(TestExpiry)
#include "tst_expiry.moc"
