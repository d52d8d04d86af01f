// SPDX-License-Identifier: GPL-3.0-or-later
// Folders that the environment does not tell, and files that are none.
#include "tests/app/serveprocess.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcessEnvironment>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace trace;

class TstForwarderPaths final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhichFolderIsNotKnown_data();
    void saysWhichFolderIsNotKnown();
    void needsNoHomeWhereFoldersAreNamed();
    void ignoresRelativeFolders();
    void neverWaitsForAFileToRead_data();
    void neverWaitsForAFileToRead();
    void neverWaitsForAKeyToSend();
    void readsRecordsFromAPipe();
    void importsFromAPipe();
    void aProfileNeedsAHome();

private:
    [[nodiscard]] static CommandResult runIn(const QProcessEnvironment &environment,
                                             const QStringList &arguments,
                                             const QString &folder = QDir::tempPath())
    {
        QProcess process;
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(folder);
        process.start(forwarderProgram, arguments);
        CommandResult result;
        if (process.waitForFinished(patience) && process.exitStatus() == QProcess::NormalExit)
            result.code = process.exitCode();
        result.output = process.readAllStandardOutput();
        result.errors = process.readAllStandardError();
        return result;
    }
    //! Without what tells folders.
    [[nodiscard]] static QProcessEnvironment bare()
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const QString &name : {u"HOME"_s, u"XDG_CONFIG_HOME"_s, u"XDG_DATA_HOME"_s})
            environment.remove(name);
        return environment;
    }
};

void TstForwarderPaths::saysWhichFolderIsNotKnown_data()
{
    QTest::addColumn<QString>("home");
    QTest::addColumn<QString>("xdg");
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QByteArray>("option");
    const QString folder = QDir::tempPath() + u"/no-such-configuration"_s;
    for (const QString &home : {QString(), u"relative"_s}) {
        for (const QString &xdg : {QString(), u"relative"_s}) {
            const QByteArray name = "HOME=" + home.toUtf8() + " XDG=" + xdg.toUtf8();
            QTest::newRow((name + ", status").constData())
                << home << xdg << QStringList{u"--config"_s, folder, u"status"_s} << "--journal"_ba;
            QTest::newRow((name + ", send").constData())
                << home << xdg << QStringList{u"--config"_s, folder, u"send"_s} << "--journal"_ba;
            QTest::newRow((name + ", endpoint list").constData())
                << home << xdg << QStringList{u"endpoint"_s, u"list"_s} << "--config"_ba;
            QTest::newRow((name + ", serve").constData())
                << home << xdg << QStringList{u"serve"_s} << "--config"_ba;
        }
    }
}

void TstForwarderPaths::saysWhichFolderIsNotKnown()
{
    QFETCH(QString, home);
    QFETCH(QString, xdg);
    QFETCH(QStringList, command);
    QProcessEnvironment environment = bare();
    if (!home.isEmpty())
        environment.insert(u"HOME"_s, home);
    if (!xdg.isEmpty()) {
        environment.insert(u"XDG_CONFIG_HOME"_s, xdg);
        environment.insert(u"XDG_DATA_HOME"_s, xdg);
    }
    const QTemporaryDir folder;
    const CommandResult refused = runIn(environment, command, folder.path());
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.errors.contains("HOME"), refused.errors.constData());
    QFETCH(QByteArray, option);
    QVERIFY2(refused.errors.contains(option), refused.errors.constData());
    QVERIFY(QDir(folder.path()).isEmpty());
    QVERIFY(!QDir(u"/.local"_s).exists() && !QDir(u"/.config"_s).exists());
}

void TstForwarderPaths::needsNoHomeWhereFoldersAreNamed()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString file = folder.writeRecords(u"in.ndjson"_s, 3);
    const CommandResult sent =
        runIn(bare(), folder.arguments(QStringList{u"send"_s, file} +
                                       ForwarderFolder::to(practice.port())));
    QVERIFY2(sent.code == 0, sent.errors.constData());
    QVERIFY(practice.hasEachOnce(3));
}

void TstForwarderPaths::ignoresRelativeFolders()
{
    const QTemporaryDir folder;
    QProcessEnvironment environment = bare();
    environment.insert(u"HOME"_s, folder.filePath(u"home"_s));
    environment.insert(u"XDG_CONFIG_HOME"_s, u"relative"_s);
    environment.insert(u"XDG_DATA_HOME"_s, u"relative"_s);
    const CommandResult added =
        runIn(environment, QStringList{u"endpoint"_s, u"add"_s, u"a"_s} + ForwarderFolder::to(9),
              folder.path());
    QVERIFY2(added.code == 0, added.errors.constData());
    QVERIFY2(added.errors.contains("XDG_CONFIG_HOME"), added.errors.constData());
    QVERIFY(QFile::exists(folder.filePath(u"home/.config/trace-console/endpoints.json"_s)));
    const CommandResult status = runIn(environment, {u"status"_s}, folder.path());
    QVERIFY2(status.errors.contains(
                 folder.filePath(u"home/.local/share/trace-console/journal"_s).toUtf8()),
             status.errors.constData());
    QVERIFY(!QFile::exists(folder.filePath(u"relative"_s)));
}

void TstForwarderPaths::neverWaitsForAFileToRead_data()
{
    QTest::addColumn<QString>("place"); // the file in the folder of the configuration
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<int>("code");
    const QStringList check{u"config"_s, u"check"_s};
    const QStringList test{u"endpoint"_s, u"test"_s, u"a"_s};
    const QStringList send{u"send"_s, u"--timeout"_s, u"1"_s, u"/dev/null"_s};
    for (const QString &kind : {u"pipe"_s, u"folder"_s, u"device"_s, u"huge"_s}) {
        const auto row = [&](const char *name, const QString &place, const QStringList &command,
                             int code) {
            QTest::addRow("%s %s", qPrintable(kind), name) << place << kind << command << code;
        };
        row("endpoints.json, check", u"endpoints.json"_s, check, 2);
        row("endpoints.json, send", u"endpoints.json"_s, send, 2);
        row("settings.json", u"settings.json"_s, check, 2);
        row("redaction.json", u"redaction.json"_s, check, 2);
        row("key, check", u"key"_s, check, 1);
        row("key, test", u"key"_s, test, 1);
        row("ca_file", u"ca.pem"_s, check, 1);
        row("client_certificate", u"client.pem"_s, check, 1);
    }
}

void TstForwarderPaths::neverWaitsForAFileToRead()
{
    QFETCH(QString, place);
    QFETCH(QString, kind);
    const ForwarderFolder folder;
    QCOMPARE(folder.run(QStringList{u"endpoint"_s, u"add"_s, u"a"_s} + ForwarderFolder::to(9)).code,
             0);
    QStringList set{u"endpoint"_s, u"set"_s, u"a"_s};
    const QString path = folder.path(u"config/"_s + place);
    if (place == "key"_L1)
        set.append(u"api_key=file:"_s + path);
    else if (place == "ca.pem"_L1)
        set.append(u"tls.ca_file="_s + path);
    else if (place == "client.pem"_L1)
        set.append(u"tls.client_certificate="_s + path);
    if (set.size() > 3)
        QCOMPARE(folder.run(set).code, 0);
    QFile::remove(path);
    if (kind == "pipe"_L1)
        QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    else if (kind == "folder"_L1)
        QVERIFY(QDir().mkdir(path));
    else if (kind == "device"_L1)
        QVERIFY(QFile::link(u"/dev/zero"_s, path));
    else
        QVERIFY(QFile(folder.write(u"config/"_s + place, " ")).resize(qint64(1) << 40));
    QFETCH(QStringList, command);
    QElapsedTimer clock;
    clock.start();
    const CommandResult ended = folder.run(command);
    QTEST(ended.code, "code");
    QVERIFY(clock.elapsed() < 10'000);
    const QByteArray told = ended.output + ended.errors;
    const QByteArray word = kind == "huge"_L1 ? "too large"_ba : "is a " + kind.toUtf8();
    QVERIFY2(told.contains(path.toUtf8()) && told.contains(word), told.constData());
}

// Nobody writes the key into the pipe: who sends says what is wrong, and ends when it is told to.
void TstForwarderPaths::neverWaitsForAKeyToSend()
{
    const ForwarderFolder folder;
    QCOMPARE(folder.run(QStringList{u"endpoint"_s, u"add"_s, u"a"_s} + ForwarderFolder::to(9)).code,
             0);
    const QString path = folder.path(u"config/key"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    QCOMPARE(folder.run({u"endpoint"_s, u"set"_s, u"a"_s, u"api_key=file:"_s + path}).code, 0);
    const QString file = folder.writeRecords(u"in.ndjson"_s, 3);
    const QByteArray words = path.toUtf8() + " is a pipe";
    for (const QStringList &command : {QStringList{u"send"_s, file}, QStringList{u"drain"_s}}) {
        QElapsedTimer clock;
        clock.start();
        const CommandResult ended = folder.run(command);
        QVERIFY(clock.elapsed() < 5'000);
        QCOMPARE(ended.code, 4); // the records wait
        QVERIFY2(ended.errors.contains(words), ended.errors.constData());
    }
    ServeProcess serve(folder);
    QVERIFY(serve.port() != 0);
    QCOMPARE(serve.post(recordsFrom(3, 2)), 200);
    QVERIFY(serve.hasSaid(words));
    QElapsedTimer clock;
    clock.start();
    QCOMPARE(serve.terminate().code, 4);
    QVERIFY(clock.elapsed() < 5'000);
    QCOMPARE(folder.run({u"status"_s}).inLedger("waiting"), 5);
}

void TstForwarderPaths::readsRecordsFromAPipe()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    const QString file = folder.writeRecords(u"in.ndjson"_s, 3);
    const QString pipe = folder.path(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    QProcess writer;
    writer.start(u"cp"_s, {file, pipe});
    const CommandResult sent =
        folder.run(QStringList{u"send"_s, pipe} + ForwarderFolder::to(practice.port()));
    QVERIFY2(sent.code == 0, sent.errors.constData());
    QVERIFY(practice.hasEachOnce(3));
    QVERIFY(writer.state() == QProcess::NotRunning || writer.waitForFinished(patience));
}

// Which is at its end, one could think, before its first byte has come.
void TstForwarderPaths::importsFromAPipe()
{
    const ForwarderFolder folder;
    QCOMPARE(folder.run(QStringList{u"endpoint"_s, u"add"_s, u"a"_s} + ForwarderFolder::to(9)).code,
             0);
    const QString exported =
        folder.write(u"batches"_s, "{\"failed_batch\":{\"id\":1,\"endpoint\":\"a\"}}\n"
                                   "{\"level\":\"info\",\"message\":\"m\"}\n");
    const QString pipe = folder.path(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    QProcess writer;
    writer.start(u"cp"_s, {exported, pipe});
    const CommandResult imported = folder.run({u"failed"_s, u"import"_s, pipe});
    QVERIFY2(imported.code == 0, imported.errors.constData());
    QCOMPARE(folder.failedBatches().size(), 1);

    QProcess program;
    program.setStandardInputFile(exported);
    program.start(forwarderProgram, folder.arguments({u"failed"_s, u"import"_s, u"-"_s}));
    QVERIFY(program.waitForFinished(patience));
    QCOMPARE(program.exitCode(), 0);
    QCOMPARE(folder.failedBatches().size(), 2);
}

void TstForwarderPaths::aProfileNeedsAHome()
{
    const ForwarderFolder folder;
    QCOMPARE(folder
                 .run({u"endpoint"_s, u"add"_s, u"aws"_s, u"--service"_s, u"cloudwatch"_s,
                       u"--url"_s, u"http://127.0.0.1:9"_s, u"--set"_s,
                       u"cloudwatch.region=eu-central-1"_s, u"--set"_s, u"cloudwatch.profile=p"_s})
                 .code,
             0);
    QProcessEnvironment environment = bare();
    for (const QString &name : {u"AWS_SHARED_CREDENTIALS_FILE"_s, u"AWS_CONFIG_FILE"_s})
        environment.remove(name);
    const CommandResult checked = runIn(environment, folder.arguments({u"config"_s, u"check"_s}));
    QCOMPARE(checked.code, 1);
    QVERIFY2(checked.output.contains("HOME"), checked.output.constData());
}

QTEST_GUILESS_MAIN(TstForwarderPaths)
#include "tst_forwarderpaths.moc"
