// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace trace {

struct CommandLine;

//! --endpoint, --service, --url and how to deliver there.
void addTarget(CLI::App *command, CommandLine &line);

//! The commands `endpoint`, `config`, `purge`, `serve` and `run`.
void addOperatorCommands(CLI::App &app, CommandLine &line);

//! The files of records that a command reads.
void addRecordFiles(CLI::App &command, CommandLine &line, const std::string &help);

} // namespace trace
