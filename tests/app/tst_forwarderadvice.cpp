// SPDX-License-Identifier: GPL-3.0-or-later
// That what the program advises works as it is printed.
#include "core/journal/journal.h"
#include "tests/app/forwarderprocess.h"

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

CommandResult runPlainly(const ForwarderFolder &folder, const QStringList &command)
{
    QStringList arguments = folder.arguments(command);
    arguments.removeAll(u"--json"_s);
    return runForwarder(arguments);
}

//! The rest of the line from "trace-forwarder" on that has \a words.
QString commandWith(const QByteArray &output, const QByteArray &words)
{
    for (const QByteArray &line : output.split('\n')) {
        const qsizetype place = line.indexOf(words);
        if (place >= 0)
            return QString::fromUtf8(line.mid(line.lastIndexOf("trace-forwarder", place)));
    }
    return {};
}

//! Runs it as a shell would.
int runInShell(QString command)
{
    command.replace(0, QStringLiteral("trace-forwarder").size(), u"'"_s + forwarderProgram + u'\'');
    QProcess shell;
    shell.start(u"sh"_s, {u"-c"_s, command});
    return shell.waitForFinished(patience) ? shell.exitCode() : -1;
}

} // namespace

class TstForwarderAdvice final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void removesWhatWasRemoved();
    void enablesWhatIsDisabled();
    void advisesNoDrainThatCannot_data();
    void advisesNoDrainThatCannot();
    void doesNotMakeAPipePrivate();
};

void TstForwarderAdvice::removesWhatWasRemoved()
{
    const ForwarderFolder folder;
    QStringList command{u"endpoint"_s, u"add"_s, u"the first"_s};
    QCOMPARE(folder.run(command + ForwarderFolder::to(unusedPort())).code, 0);
    QCOMPARE(folder.run({u"send"_s, u"--timeout"_s, u"0.2"_s, folder.writeRecords(u"r"_s, 3)}).code,
             4);
    QCOMPARE(folder.run({u"endpoint"_s, u"remove"_s, u"the first"_s, u"--yes"_s}).code, 0);
    const CommandResult status = runPlainly(folder, {u"status"_s});
    command = QStringList{commandWith(status.output, "--discard-waiting")};
    QVERIFY2(command.first().contains(folder.journal()), status.output.constData());
    QCOMPARE(runInShell(command.first() + u" --yes"_s), 0);
    QCOMPARE(folder.run({u"status"_s}).ledger()["discarded"_L1]["operator"_L1].toInteger(), 3);
}

void TstForwarderAdvice::enablesWhatIsDisabled()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QStringList add{u"endpoint"_s, u"add"_s, u"a"_s};
    QCOMPARE(folder.run(add + ForwarderFolder::to(practice.port())).code, 0);
    QCOMPARE(folder.run({u"send"_s, folder.writeRecords(u"r"_s, 3)}).code, 0);
    QCOMPARE(folder.run({u"endpoint"_s, u"set"_s, u"a"_s, u"enabled=false"_s}).code, 0);
    const CommandResult status = runPlainly(folder, {u"status"_s});
    const QString command = commandWith(status.output, "enabled=true");
    QCOMPARE(runInShell(command), 0);
    QVERIFY(!runPlainly(folder, {u"status"_s}).output.contains("disabled"));
}

void TstForwarderAdvice::advisesNoDrainThatCannot_data()
{
    QTest::addColumn<bool>("isPaused");
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("paused") << true << "Resume it in the console"_ba;
    QTest::newRow("401 without a key") << false << "--api-key"_ba;
}

void TstForwarderAdvice::advisesNoDrainThatCannot()
{
    QFETCH(bool, isPaused);
    QFETCH(QByteArray, told);
    const ForwarderFolder folder;
    const PracticeProcess practice(isPaused ? QString() : u"401"_s);
    const QStringList to = ForwarderFolder::to(practice.port());
    const QStringList send =
        QStringList{u"send"_s} + to + QStringList{folder.writeRecords(u"r"_s, 3)};
    if (isPaused) {
        QCOMPARE(runPlainly(folder, send).code, 0);
        const auto journal = Journal::open(folder.journal());
        QVERIFY(journal);
        (*journal)->setPaused(1, true, [](const std::optional<Error> &) {});
    }
    const CommandResult sent = runPlainly(folder, send);
    QCOMPARE(sent.code, 4);
    const qsizetype last = sent.errors.lastIndexOf("record(s) wait");
    QVERIFY2(last >= 0 && sent.errors.mid(last).contains(told), sent.errors.constData());
    for (const QByteArray &line : sent.errors.split('\n')) // without the key it is refused again
        QVERIFY2(!line.trimmed().endsWith(" drain"), line.constData());
}

void TstForwarderAdvice::doesNotMakeAPipePrivate()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString pipe = folder.path(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0644), 0);
    const CommandResult sent = runPlainly(
        folder, QStringList{u"send"_s} + ForwarderFolder::to(practice.port()) +
                    QStringList{u"--api-key"_s, u"file:"_s + pipe, folder.writeRecords(u"r"_s, 1)});
    QCOMPARE(sent.code, 4);
    QVERIFY2(sent.errors.contains("pipe"), sent.errors.constData());
    QVERIFY2(!sent.errors.contains("chmod"), sent.errors.constData());
}

QTEST_GUILESS_MAIN(TstForwarderAdvice)
#include "tst_forwarderadvice.moc"
