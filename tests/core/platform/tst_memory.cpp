// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/memory.h"

#include <QByteArray>
#include <QTest>

using namespace trace;

class TestMemory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void thePeakStays();
};

void TestMemory::thePeakStays()
{
    const qint64 before = peakMemoryBytes();
    QVERIFY(before > 0);
    constexpr qsizetype size = 64 << 20;
    {
        const QByteArray large(size, 'x');
        QVERIFY(large.endsWith('x'));
    }
    QVERIFY(peakMemoryBytes() >= before + size / 2);
}

QTEST_GUILESS_MAIN(TestMemory)
#include "tst_memory.moc"
