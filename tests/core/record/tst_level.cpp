// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/levelscale.h"

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
    void readsNumbers_data();
    void readsNumbers();
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

void TestLevel::readsNumbers_data()
{
    QTest::addColumn<LevelScale>("scale");
    QTest::addColumn<QByteArray>("numbers");
    QTest::addColumn<QByteArray>("levels"); // by their first letters; - for none
    using Scale = LevelScale;
    QTest::newRow("Python") << Scale::Python << QByteArray("0 10 20 25 30 40 50 60 101")
                            << QByteArray("-diiwecc-");
    QTest::newRow("pino") << Scale::Pino << QByteArray("0 10 20 30 35 40 50 60 101")
                          << QByteArray("-ddiiwec-");
    QTest::newRow("syslog") << Scale::Syslog << QByteArray("-1 7 6 5 4 3 2 1 0 8")
                            << QByteArray("-diiweccc-");
    QTest::newRow("OpenTelemetry") << Scale::OpenTelemetry
                                   << QByteArray("0 1 8 9 12 13 16 17 20 21 24 25")
                                   << QByteArray("-ddiiwweecc-");
    QTest::newRow("logback") << Scale::Logback << QByteArray("0 5000 10000 20000 30000 40000 50000")
                             << QByteArray("-ddiwec");
}

void TestLevel::readsNumbers()
{
    QFETCH(LevelScale, scale);
    QFETCH(QByteArray, numbers);
    QFETCH(QByteArray, levels);
    QByteArray read;
    for (const QByteArray &number : numbers.split(' ')) {
        const auto level = levelFromNumber(number.toLongLong(), scale);
        read += level ? levelName(*level).front() : '-';
    }
    QCOMPARE(read, levels);
}

QTEST_GUILESS_MAIN(TestLevel)
#include "tst_level.moc"
