// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

using namespace Qt::StringLiterals;
using namespace trace;

// What --help tells.
class TstForwarderHelp final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void namesWhatEveryCommandTakes_data();
    void namesWhatEveryCommandTakes();
    void takesGlobalOptionsWhereItSays();
    void tellsThatRunWrapsACommand();
    void tellsWhatNamesAKey_data();
    void tellsWhatNamesAKey();
    void sendTakesTheContextOfRun();
};

namespace {

QByteArray helpOf(const QStringList &command)
{
    const CommandResult help = runForwarder(command + QStringList{u"--help"_s});
    return help.code == 0 ? help.output : QByteArray();
}

//! The names of the subcommands in a help.
QStringList commandsIn(const QByteArray &help)
{
    QStringList names;
    bool isThere = false;
    for (const QByteArray &line : help.split('\n')) {
        isThere = (isThere || line.startsWith("Subcommands:")) && !line.startsWith("Global");
        if (isThere && line.startsWith("  ") && line[2] != ' ')
            names.append(QString::fromUtf8(line.trimmed().split(' ').first()));
    }
    return names;
}

} // namespace

void TstForwarderHelp::namesWhatEveryCommandTakes_data()
{
    QTest::addColumn<QStringList>("command");
    int count = 0;
    for (const QString &name : commandsIn(helpOf({}))) {
        QTest::newRow(name.toUtf8().constData()) << QStringList{name};
        ++count;
        for (const QString &part : commandsIn(helpOf({name}))) {
            QTest::newRow((name + u' ' + part).toUtf8().constData()) << QStringList{name, part};
            ++count;
        }
    }
    QVERIFY(count > 25);
}

void TstForwarderHelp::namesWhatEveryCommandTakes()
{
    QFETCH(QStringList, command);
    const QByteArray help = helpOf(command);
    QVERIFY(!help.isEmpty());
    const QByteArray globals = help.mid(help.indexOf("Global options"));
    for (const QByteArray &option : {"--config"_ba, "--journal"_ba, "--json"_ba, "--verbose"_ba})
        QCOMPARE(globals.count(option), 1);
    QVERIFY2(!help.contains("\n\n\n\n"), help.constData());
}

void TstForwarderHelp::takesGlobalOptionsWhereItSays()
{
    const ForwarderFolder folder;
    const QStringList globals{u"--config"_s, folder.path(u"config"_s), u"--json"_s};
    const QStringList command{u"endpoint"_s, u"list"_s};
    const CommandResult before = runForwarder(globals + command);
    QCOMPARE(before.code, 0);
    QVERIFY(!before.json().isEmpty());
    QCOMPARE(runForwarder(command + globals).output, before.output);
}

void TstForwarderHelp::tellsThatRunWrapsACommand()
{
    const QByteArray help = helpOf({u"run"_s});
    QVERIFY2(help.contains("Usage: trace-forwarder run [OPTIONS] -- COMMAND [ARGUMENT...]\n"),
             help.constData());
}

void TstForwarderHelp::tellsWhatNamesAKey_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::newRow("send") << QStringList{u"send"_s};
    QTest::newRow("run") << QStringList{u"run"_s};
    QTest::newRow("replay") << QStringList{u"replay"_s};
    QTest::newRow("endpoint add") << QStringList{u"endpoint"_s, u"add"_s};
}

void TstForwarderHelp::tellsWhatNamesAKey()
{
    QFETCH(QStringList, command);
    const QByteArray help = helpOf(command);
    for (const QByteArray &reference :
         {"env:NAME"_ba, "file:/path"_ba, "keychain:service/account"_ba})
        QVERIFY2(help.contains(reference), help.constData());
    if (command.first() != "send"_L1)
        return;
    const CommandResult refused =
        runForwarder(command + ForwarderFolder::to(unusedPort()) +
                     QStringList{u"--api-key"_s, u"the-key-itself"_s, u"/dev/null"_s});
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.errors.contains("keychain:service/account"), refused.errors.constData());
}

void TstForwarderHelp::sendTakesTheContextOfRun()
{
    const QByteArray run = helpOf({u"run"_s});
    const QByteArray send = helpOf({u"send"_s});
    for (const QByteArray &option :
         {"--run-id"_ba, "--parent-run-id"_ba, "--workflow"_ba, "--stage"_ba, "--job"_ba,
          "--user"_ba, "--tenant"_ba, "--environment"_ba, "--tag"_ba})
        QVERIFY2(run.contains(option) && send.contains(option), option.constData());
}

QTEST_GUILESS_MAIN(TstForwarderHelp)
#include "tst_forwarderhelp.moc"
