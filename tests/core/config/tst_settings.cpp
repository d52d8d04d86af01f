// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/settings.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestSettings final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsTheLimits();
    void leavesOutWhatIsNotSaid();
    void refusesWhatIsWrong_data();
    void refusesWhatIsWrong();
    void namesTheFile();
};

void TestSettings::readsTheLimits()
{
    const auto settings = settingsFromJson(
        R"({"version":1,"journal":{"max_mb":4096,"max_age_days":7,"when_full":"refuse"}})");
    QVERIFY(settings);
    QCOMPARE(settings->journal.maxBytes, qint64(4096) * 1024 * 1024);
    QVERIFY(settings->journal.maxAge == 7 * 24h);
    QCOMPARE(settings->journal.whenFull, WhenFull::Refuse);
}

void TestSettings::leavesOutWhatIsNotSaid()
{
    const QTemporaryDir folder;
    const JournalLimits standard;
    for (const auto &settings :
         {loadSettings(folder.path()), settingsFromJson(R"({"version":1})"),
          settingsFromJson(R"({"version":1,"journal":{"max_age_days":0}})")}) {
        QVERIFY(settings);
        QCOMPARE(settings->journal.maxBytes, standard.maxBytes);
        QCOMPARE(settings->journal.whenFull, WhenFull::Shed);
    }
    QVERIFY(loadSettings(folder.path())->journal.maxAge == standard.maxAge);
    QVERIFY(settingsFromJson(R"({"version":1,"journal":{"max_age_days":0}})")->journal.maxAge ==
            0ms);
}

void TestSettings::refusesWhatIsWrong_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("action");
    QTest::newRow("no JSON") << QByteArray("{\n  max: 1}") << u"line 2, column 4"_s << u"JSON"_s;
    QTest::newRow("no version") << QByteArray("{}") << u"version: found none"_s << u"1"_s;
    QTest::newRow("later version")
        << QByteArray(R"({"version":2})") << u"version: found 2"_s << u"1"_s;
    QTest::newRow("too small") << QByteArray(R"({"version":1,"journal":{"max_mb":1}})")
                               << u"journal.max_mb: found the number 1"_s << u"from 16 to"_s;
    QTest::newRow("negative age") << QByteArray(R"({"version":1,"journal":{"max_age_days":-1}})")
                                  << u"journal.max_age_days: found the number -1"_s
                                  << u"from 0 to"_s;
    QTest::newRow("wrong type") << QByteArray(R"({"version":1,"journal":{"max_mb":"2 GB"}})")
                                << u"journal.max_mb: found a text"_s << u"number"_s;
    QTest::newRow("unknown word") << QByteArray(R"({"version":1,"journal":{"when_full":"drop"}})")
                                  << u"journal.when_full: found \"drop\""_s << u"shed"_s;
    QTest::newRow("unknown key") << QByteArray(R"({"version":1,"journal":{"max_gb":1}})")
                                 << u"journal.max_gb: unknown key"_s << u"max_mb"_s;
    QTest::newRow("no zone") << QByteArray(R"({"version":1,"time_zone":"Mars"})")
                             << u"time_zone: found \"Mars\""_s << u"Europe/Berlin"_s;
    QTest::newRow("no field") << QByteArray(R"({"version":1,"aliases":{"colour":["c"]}})")
                              << u"aliases.colour: found"_s << u"run_id"_s;
    QTest::newRow("no list") << QByteArray(R"({"version":1,"aliases":{"message":"c"}})")
                             << u"aliases.message: found"_s << u"list"_s;
    QTest::newRow("a key of its own") << QByteArray(R"({"version":1,"aliases":{"message":["level"]}})")
                                      << u"aliases.message: found"_s << u"no keys"_s;
    QTest::newRow("not an object")
        << QByteArray(R"({"version":1,"journal":5})") << u"journal: found"_s << u"object"_s;
}

void TestSettings::refusesWhatIsWrong()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, text);
    QFETCH(QString, action);
    const auto settings = settingsFromJson(json);
    QVERIFY(!settings);
    QVERIFY2(settings.error().text.startsWith(text), qPrintable(settings.error().text));
    QVERIFY2(settings.error().action.contains(action), qPrintable(settings.error().action));
}

void TestSettings::namesTheFile()
{
    const QTemporaryDir folder;
    QFile file(settingsPath(folder.path()));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{}");
    file.close();
    const auto settings = loadSettings(folder.path());
    QVERIFY(!settings);
    QVERIFY2(settings.error().text.startsWith(file.fileName()), qPrintable(settings.error().text));
}

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
