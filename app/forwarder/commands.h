// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"

namespace trace {

// Each runs one command to its end and gives the exit code. A QCoreApplication exists.
int sendCommand(const CommandLine &line);
int explainCommand(const CommandLine &line);
int drainCommand(const CommandLine &line);
int statusCommand(const CommandLine &line);
int runsCommand(const CommandLine &line);
int recordsCommand(const CommandLine &line);
int failedListCommand(const CommandLine &line);
int failedShowCommand(const CommandLine &line);
int failedReplayCommand(const CommandLine &line);
int failedExportCommand(const CommandLine &line);
int failedImportCommand(const CommandLine &line);
int replayCommand(const CommandLine &line);
int failedDiscardCommand(const CommandLine &line);
int endpointListCommand(const CommandLine &line);
int endpointShowCommand(const CommandLine &line);
int endpointAddCommand(const CommandLine &line);
int endpointSetCommand(const CommandLine &line);
int endpointRemoveCommand(const CommandLine &line);
int endpointTestCommand(const CommandLine &line);
int endpointPreviewCommand(const CommandLine &line);
int configCheckCommand(const CommandLine &line);
int purgeCommand(const CommandLine &line);
int serveCommand(const CommandLine &line);
int runCommand(const CommandLine &line);
int practiceCommand(const CommandLine &line);
int demoCommand(const CommandLine &line);

} // namespace trace
