// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/console/options.h"
#include "app/console/screenshot.h"
#include "app/demo/demosession.h"
#include "app/signals.h"
#include "core/config/endpointstore.h"
#include "core/config/settings.h"
#include "core/delivery/engine.h"
#include "core/platform/userfolder.h"
#include "ui/language.h"
#include "ui/mainwindow.h"
#include "ui/session/consolesession.h"

#include <QApplication>
#include <QMenuBar>
#include <QMessageBox>
#include <QTemporaryDir>
#include <QThread>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <tuple>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

//! So long closing waits at most until what is on its way, or waits, is delivered.
constexpr std::chrono::seconds finishingTime{10};
//! For all else that happens at the end, such as a name that is being looked up.
constexpr std::chrono::seconds grace{10};

const QString unknownFolderAction = u"Set one of them, or use --config and --journal."_s;

//! Says on both channels why the program cannot go on; a screenshot run has nobody to click. One
//! of \a stopSignals closes the box.
int giveUp(const Error &problem, bool silent, const Signals *stopSignals = nullptr)
{
    std::fputs(qPrintable(problem.message() + u'\n'), stderr);
    if (!silent) {
        QMessageBox box(QMessageBox::Critical, QApplication::applicationDisplayName(),
                        problem.text);
        box.setTextFormat(Qt::PlainText);
        box.setInformativeText(problem.action);
        if (stopSignals)
            QObject::connect(stopSignals, &Signals::caught, &box, &QDialog::reject);
        box.exec();
    }
    return 1;
}

struct Opened
{
    QList<Endpoint> endpoints;
    std::unique_ptr<Engine> engine;
};

//! Reads the configuration and recovers the journal, on a thread of its own: that may take a while.
Expected<Opened> open(const QString &journal, const QString &config, QList<Error> &problems)
{
    Expected<Opened> opened;
    const std::unique_ptr<QThread> opener(QThread::create([&] {
        auto endpoints = EndpointStore(config).load();
        if (!endpoints) {
            opened = tl::make_unexpected(endpoints.error());
            return;
        }
        const auto settings = loadSettings(config);
        if (!settings) {
            opened = tl::make_unexpected(settings.error());
            return;
        }
        const auto tell = [&problems](const Error &problem) {
            QMetaObject::invokeMethod(qApp, [&problems, problem] { problems.append(problem); });
        };
        auto engine = Engine::start(journal, *endpoints, tell, settings->journal);
        if (!engine) {
            opened = tl::make_unexpected(engine.error());
            return;
        }
        (*engine)->moveToThread(qApp->thread());
        opened->endpoints = std::move(*endpoints);
        opened->engine = std::move(*engine);
    }));
    QObject::connect(opener.get(), &QThread::finished, qApp, &QCoreApplication::quit);
    opener->start();
    QApplication::exec();
    opener->wait();
    return opened;
}

//! Tells, in the terminal, what stays in the journal.
void tellWhatIsLeft(const ConsoleSession &session, const Options &options)
{
    const qint64 open = session.openRecords();
    if (open == 0)
        return;
    QString folders;
    if (options.config != defaultConfigFolder().value_or(QString()))
        folders += u" --config '%1'"_s.arg(options.config);
    if (options.journal != defaultJournalFolder().value_or(QString()))
        folders += u" --journal '%1'"_s.arg(options.journal);
    std::fprintf(stderr,
                 "trace-console: %lld record(s) wait in the journal %s; they are sent when this "
                 "program runs with it again, or by: trace-forwarder%s drain\n",
                 static_cast<long long>(open), qPrintable(options.journal), qPrintable(folders));
}

//! Shows the session until the window is closed, or a signal or the end of the desktop's session
//! closes it.
int show(ConsoleSession &session, MainWindow &window, Signals &stopSignals)
{
    QObject::connect(&stopSignals, &Signals::caught, &window, &QWidget::close);
    QObject::connect(
        qApp, &QGuiApplication::commitDataRequest, &window,
        [&session] { session.finish(finishingTime); }, Qt::DirectConnection);
    // Not left to the last window: it may be hidden.
    QObject::connect(
        &window, &MainWindow::closed, qApp, [] { QApplication::exit(0); }, Qt::QueuedConnection);
    window.show();
    const int code = QApplication::exec();
    Signals::endWithin(grace, code);
    return code;
}

int run(const Options &options, const QString &journal, const QString &config)
{
    const bool silent = !options.screenshot.isEmpty();
    Signals stopSignals{SIGTERM, SIGINT, SIGHUP};
    stopSignals.endUnheard(grace, 1);
    bool isStopped = false; // before there is a window
    QObject::connect(&stopSignals, &Signals::caught, qApp, [&] { isStopped = true; });
    QList<Error> problems; // found before there is a window to show them
    auto opened = open(journal, config, problems);
    if (!opened)
        return giveUp(opened.error(), silent || isStopped, &stopSignals);
    if (isStopped)
        return 0;
    Engine &engine = *opened->engine;
    std::unique_ptr<DemoSession> demo;
    if (options.demo) {
        demo = std::make_unique<DemoSession>(engine);
        if (const auto started = demo->start(); !started)
            return giveUp(started.error(), silent, &stopSignals);
        opened->endpoints = demo->endpoints();
    }
    ConsoleSession session(engine, config, opened->endpoints);
    MainWindow window(session, !options.demo && configHome());
    if (!options.demo)
        window.finishBeforeClosing(finishingTime);
    for (const Error &problem : std::as_const(problems))
        Q_EMIT session.problemOccurred(problem);
    if (demo) {
        QMenu *const menu = window.menuBar()->addMenu(QCoreApplication::translate("main", "&Demo"));
        QAction *const accept = menu->addAction(
            QCoreApplication::translate("main", "&Practice endpoint accepts all records"));
        accept->setCheckable(true);
        QObject::connect(accept, &QAction::toggled, demo.get(), &DemoSession::setAcceptingAll);
    }
    Screenshot screenshot(session, window, options.screenshot);
    if (silent) {
        window.resize(1280, 720); // whatever the screen
        QObject::connect(demo.get(), &DemoSession::finished, &screenshot, &Screenshot::take);
        QObject::connect(&screenshot, &Screenshot::saved, qApp, [] { QApplication::exit(0); });
        QObject::connect(&screenshot, &Screenshot::failed, qApp, [](const QString &reason) {
            QApplication::exit(giveUp({reason, {}}, true));
        });
    }
    const int code = show(session, window, stopSignals);
    if (!options.demo)
        tellWhatIsLeft(session, options);
    return code;
}

bool asksForText(int argc, char *argv[])
{
    return std::any_of(argv + 1, argv + argc, [](const std::string_view argument) {
        return argument == "--help" || argument == "-h" || argument == "--help-all" ||
               argument == "--version" || argument == "-v";
    });
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication::setApplicationName(u"trace-console"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(TRACE_VERSION));
    if (asksForText(argc, argv)) { // which needs no display
        QCoreApplication application(argc, argv);
        installLanguage(application);
        std::ignore = Options::parse(application);
        return 0;
    }
    QApplication application(argc, argv);
    QApplication::setDesktopFileName(u"io.github.traceconsole.TraceConsole"_s);
    installLanguage(application);
    QApplication::setApplicationDisplayName(u"Trace Console"_s);
    const Options options = Options::parse(application);
    if (!options.demo) {
        for (const auto &[named, usual] : {std::pair(options.config, defaultConfigFolder()),
                                           std::pair(options.journal, defaultJournalFolder())}) {
            if (named.isEmpty() && !usual)
                return giveUp({usual.error().text, unknownFolderAction}, false);
        }
        return run(options, options.journal, options.config);
    }
    const QTemporaryDir folder;
    if (!folder.isValid())
        return giveUp({folder.errorString(), {}}, !options.screenshot.isEmpty());
    return run(options, folder.filePath(u"journal"_s), folder.filePath(u"config"_s));
}
