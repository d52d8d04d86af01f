// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/patience.h"

#include <QImage>
#include <QProcess>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

//! The program from outside.
class TestConsole final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void savesAPictureOfTheDemo();
    void saysWhenThePictureCannotBeWritten();
    void tellsItsVersion();
    void helpsWithoutADisplay();
    void refusesAScreenshotWithoutDemo();

private:
    struct Result
    {
        int exitCode = -1;
        QString output;
    };
    [[nodiscard]] static Result run(const QStringList &arguments);
};

TestConsole::Result TestConsole::run(const QStringList &arguments)
{
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(TRACE_CONSOLE_PROGRAM), arguments);
    if (!program.waitForFinished(trace::patience))
        return {};
    return {program.exitCode(), QString::fromUtf8(program.readAll())};
}

void TestConsole::savesAPictureOfTheDemo()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"console.png"_s);
    const Result result = run({u"--demo"_s, u"--screenshot"_s, file});
    QVERIFY2(result.exitCode == 0, qPrintable(result.output));
    const QImage picture(file);
    QCOMPARE(picture.size(), QSize(1280, 720));
    QSet<QRgb> colors;
    for (int y = 0; y < picture.height(); y += 2) {
        for (int x = 0; x < picture.width(); x += 2)
            colors.insert(picture.pixel(x, y));
    }
    QVERIFY2(colors.size() > 100, qPrintable(QString::number(colors.size())));
}

void TestConsole::saysWhenThePictureCannotBeWritten()
{
    const QTemporaryDir folder;
    const Result result =
        run({u"--demo"_s, u"--screenshot"_s, folder.filePath(u"no/such/folder/x.png"_s)});
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.output.contains(u"no/such/folder/x.png"_s), qPrintable(result.output));
}

void TestConsole::helpsWithoutADisplay()
{
    QProcess program;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString &name : {u"DISPLAY"_s, u"WAYLAND_DISPLAY"_s, u"QT_QPA_PLATFORM"_s})
        environment.remove(name);
    program.setProcessEnvironment(environment);
    program.start(QStringLiteral(TRACE_CONSOLE_PROGRAM), {u"--help"_s});
    QVERIFY(program.waitForFinished(trace::patience));
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 0);
    QVERIFY(program.readAllStandardOutput().contains("--journal"));
}

void TestConsole::tellsItsVersion()
{
    const Result result = run({u"--version"_s});
    QCOMPARE(result.exitCode, 0);
    QVERIFY2(result.output.contains(QStringLiteral(TRACE_VERSION)), qPrintable(result.output));
}

void TestConsole::refusesAScreenshotWithoutDemo()
{
    QCOMPARE(run({u"--screenshot"_s, u"x.png"_s}).exitCode, 2);
}

QTEST_GUILESS_MAIN(TestConsole)
#include "tst_console.moc"
