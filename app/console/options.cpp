// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/console/options.h"

#include "core/config/endpointstore.h"
#include "core/delivery/engine.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace trace {

Options Options::parse(const QCoreApplication &application)
{
    const auto text = [](const char *source) {
        return QCoreApplication::translate("main", source);
    };
    QCommandLineParser parser;
    parser.setApplicationDescription(
        text(QT_TRANSLATE_NOOP("main", "Watch the logs of workflow runs and forward them.")));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption journal(
        u"journal"_s, text(QT_TRANSLATE_NOOP("main", "Keep records in this folder.")), u"DIR"_s,
        defaultJournalFolder().value_or(QString()));
    const QCommandLineOption config(
        u"config"_s, text(QT_TRANSLATE_NOOP("main", "Read the endpoints from this folder.")),
        u"DIR"_s, defaultConfigFolder().value_or(QString()));
    const QCommandLineOption demo(
        u"demo"_s,
        text(QT_TRANSLATE_NOOP("main", "Show a demonstration that needs no service; nothing of it "
                                       "is kept.")));
    const QCommandLineOption screenshot(
        u"screenshot"_s,
        text(QT_TRANSLATE_NOOP("main", "With --demo: save a picture of the window and exit.")),
        u"FILE"_s);
    parser.addOptions({journal, config, demo, screenshot});
    parser.process(application);
    if (parser.isSet(screenshot) && !parser.isSet(demo)) {
        std::fputs(
            qPrintable(text(QT_TRANSLATE_NOOP("main", "--screenshot needs --demo.")) + u'\n'),
            stderr);
        std::exit(2);
    }
    return {parser.value(journal), parser.value(config), parser.value(screenshot),
            parser.isSet(demo)};
}

} // namespace trace
