// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/level.h"

#include <QTest>

using namespace trace;

class TestLevel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyNameReadsBack();
    void readsNames_data();
    void readsNames();
    void otherWordsAreNoLevel_data();
    void otherWordsAreNoLevel();
    void readsPythonNumbers_data();
    void readsPythonNumbers();
};

void TestLevel::everyNameReadsBack()
{
    for (const Level level : allLevels)
        QCOMPARE(levelFromName(levelName(level)), std::optional(level));
}

void TestLevel::readsNames_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<Level>("level");
    QTest::newRow("Python's capitals") << QByteArray("CRITICAL") << Level::Critical;
    QTest::newRow("mixed case") << QByteArray("Warning") << Level::Warning;
    QTest::newRow("short warning") << QByteArray("WARN") << Level::Warning;
    QTest::newRow("Python's exception()") << QByteArray("exception") << Level::Error;
    QTest::newRow("fatal of log4j") << QByteArray("fatal") << Level::Critical;
    QTest::newRow("syslog notice") << QByteArray("notice") << Level::Info;
    QTest::newRow("syslog err") << QByteArray("err") << Level::Error;
    QTest::newRow("syslog emerg") << QByteArray("emerg") << Level::Critical;
    QTest::newRow("OpenTelemetry trace") << QByteArray("TRACE") << Level::Debug;
    QTest::newRow("OpenTelemetry step") << QByteArray("ERROR3") << Level::Error;
}

void TestLevel::readsNames()
{
    QFETCH(QByteArray, name);
    QFETCH(Level, level);
    QCOMPARE(levelFromName(name.toStdString()), std::optional(level));
}

void TestLevel::otherWordsAreNoLevel_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("another word") << QByteArray("loud");
    QTest::newRow("part of a name") << QByteArray("warni");
    QTest::newRow("step beyond OpenTelemetry's") << QByteArray("INFO5");
    QTest::newRow("step of a name that has none") << QByteArray("notice2");
    QTest::newRow("long") << QByteArray(500, 'e');
}

void TestLevel::otherWordsAreNoLevel()
{
    QFETCH(QByteArray, name);
    QVERIFY(!levelFromName(name.toStdString()));
}

void TestLevel::readsPythonNumbers_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<Level>("level");
    QTest::newRow("debug") << 10 << Level::Debug;
    QTest::newRow("info") << 20 << Level::Info;
    QTest::newRow("own level between") << 25 << Level::Info;
    QTest::newRow("warning") << 30 << Level::Warning;
    QTest::newRow("error") << 40 << Level::Error;
    QTest::newRow("critical") << 50 << Level::Critical;
}

void TestLevel::readsPythonNumbers()
{
    QFETCH(int, number);
    QFETCH(Level, level);
    QCOMPARE(levelFromPythonNumber(number), level);
}

QTEST_GUILESS_MAIN(TestLevel)
#include "tst_level.moc"
