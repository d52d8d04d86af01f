// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <QDir>
#include <QRandomGenerator>

using namespace trace;
using namespace Qt::StringLiterals;

//! settings.json.
class TestForwarderSettings final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aWrongFileIsRefusedAsAWhole_data();
    void aWrongFileIsRefusedAsAWhole();
    void theLimitsHold();

private:
    static void writeSettings(ForwarderFolder &folder, const QByteArray &json)
    {
        QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
        QVERIFY(!folder.write(u"config/settings.json"_s, json).isEmpty());
    }
};

void TestForwarderSettings::aWrongFileIsRefusedAsAWhole_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<int>("code");
    const QStringList to = ForwarderFolder::to(unusedPort());
    QTest::newRow("config check") << QStringList{u"config"_s, u"check"_s} << 2;
    QTest::newRow("send") << QStringList{u"send"_s, u"/dev/null"_s} + to << 2;
    QTest::newRow("drain") << QStringList{u"drain"_s} + to << 2;
    QTest::newRow("serve") << QStringList{u"serve"_s, u"--port"_s, u"0"_s} + to << 2;
    QTest::newRow("run") << QStringList{u"run"_s} + to + QStringList{u"--"_s, u"echo"_s, u"hello"_s}
                         << 2;
}

void TestForwarderSettings::aWrongFileIsRefusedAsAWhole()
{
    QFETCH(QStringList, command);
    QFETCH(int, code);
    ForwarderFolder folder;
    const QStringList to = ForwarderFolder::to(unusedPort());
    const bool needsJournal = command.first() == "drain"_L1;
    if (needsJournal)
        QCOMPARE(folder.run(QStringList{u"send"_s, u"/dev/null"_s} + to).code, 0);
    writeSettings(folder, R"({"version":1,"journal":{"max_age_days":7,"max_mb":0}})");
    const CommandResult result = folder.run(command);
    QCOMPARE(result.code, code);
    QCOMPARE(result.output, QByteArray());
    QVERIFY2(result.errors.contains("settings.json: journal.max_mb: found the number 0"),
             result.errors.constData());
    QVERIFY2(result.errors.contains("a whole number from 16"), result.errors.constData());
    QCOMPARE(QFile::exists(folder.path(u"journal/journal.sqlite"_s)), needsJournal);
}

void TestForwarderSettings::theLimitsHold()
{
    constexpr int count = 1500;
    ForwarderFolder folder;
    writeSettings(folder, R"({"version":1,"journal":{"max_mb":16,"when_full":"refuse"}})");
    QByteArray text;
    QByteArray bytes(18'000, 0);
    for (int i = 0; i < count; ++i) { // 36 MB that hardly compress
        QRandomGenerator::global()->generate(bytes.begin(), bytes.end());
        text += bytes.toBase64() + '\n';
    }
    const QString file = folder.write(u"in.txt"_s, text);
    const CommandResult sent = folder.run(QStringList{u"send"_s, u"--timeout"_s, u"1"_s, file} +
                                          ForwarderFolder::to(unusedPort()));
    QVERIFY2(sent.errors.contains("the journal is full (16.0 MiB)"), sent.errors.constData());
    QCOMPARE(sent.code, 1);
    const CommandResult status = folder.run({u"status"_s});
    QVERIFY(status.inLedger("accepted") > 0);
    QVERIFY(status.inLedger("accepted") < count);
    QCOMPARE(status.inLedger("waiting"), status.inLedger("accepted"));
}

QTEST_GUILESS_MAIN(TestForwarderSettings)
#include "tst_forwardersettings.moc"
