// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/output.h"
#include "app/forwarder/waiting.h"
#include "core/config/settings.h"
#include "core/journal/journalfiles.h"
#include "core/platform/logging.h"
#include "core/platform/userfolder.h"

#include <QCoreApplication>

#include <functional>
#include <map>
#include <set>

int main(int argc, char **argv)
{
    trace::CommandLine line;
    if (const auto code = trace::parseArguments(argc, argv, line))
        return *code;
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("trace-forwarder"));
    QCoreApplication::setApplicationVersion(QStringLiteral(TRACE_VERSION));

    if (line.verbose)
        trace::logging::beVerbose();

    static const std::map<std::string, std::function<int(const trace::CommandLine &)>> commands{
        {"send", trace::sendCommand},
        {"explain", trace::explainCommand},
        {"drain", trace::drainCommand},
        {"status", trace::statusCommand},
        {"runs", trace::runsCommand},
        {"records", trace::recordsCommand},
        {"failed list", trace::failedListCommand},
        {"failed show", trace::failedShowCommand},
        {"failed replay", trace::failedReplayCommand},
        {"failed discard", trace::failedDiscardCommand},
        {"failed export", trace::failedExportCommand},
        {"failed import", trace::failedImportCommand},
        {"replay", trace::replayCommand},
        {"endpoint list", trace::endpointListCommand},
        {"endpoint show", trace::endpointShowCommand},
        {"endpoint add", trace::endpointAddCommand},
        {"endpoint set", trace::endpointSetCommand},
        {"endpoint remove", trace::endpointRemoveCommand},
        {"endpoint test", trace::endpointTestCommand},
        {"endpoint preview", trace::endpointPreviewCommand},
        {"config check", trace::configCheckCommand},
        {"purge", trace::purgeCommand},
        {"serve", trace::serveCommand},
        {"run", trace::runCommand},
        {"practice", trace::practiceCommand},
        {"demo", trace::demoCommand},
    };
    for (const QString &variable : trace::ignoredFolderVariables()) {
        trace::printError(
            {QStringLiteral("%1 is no absolute path and is ignored").arg(variable), {}});
    }
    if (const auto known = line.checkFolders(); !known) {
        trace::printError(known.error());
        return trace::ExitUsage;
    }
    trace::setAdvisedProgram(trace::commandWith(line, line.journal()));
    // Only what brings records makes a journal: a mistyped folder must not pass for an empty one.
    static const std::set<std::string> readers{
        "drain",       "status",      "runs",           "records",       "replay",       "purge",
        "failed list", "failed show", "failed discard", "failed export", "failed replay"};
    if (readers.contains(line.command) && trace::journalfiles::areMissing(line.journal())) {
        trace::printError({QStringLiteral("there is no journal in %1").arg(line.journal()),
                           QStringLiteral("Name its folder with --journal.")});
        return trace::ExitUsage;
    }
    // A mistake there is one of the configuration, like those in endpoints.json; only `run` starts
    // its command all the same.
    static const std::set<std::string> holders{"explain",
                                               "send",          "drain",          "serve",
                                               "replay",        "purge",          "failed import",
                                               "failed replay", "failed discard", "config check"};
    const auto settings = trace::loadSettings(line.config());
    if (settings) {
        trace::readRecordsBy(*settings);
    } else if (holders.contains(line.command)) {
        trace::printError(settings.error());
        return trace::ExitUsage;
    }
    return trace::withOutputChecked(commands.at(line.command)(line));
}
