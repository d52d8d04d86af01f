// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace trace {

struct CommandLine;
struct RunContext;

//! What --api-key takes.
inline constexpr auto keyHelp =
    "Reference to the key: env:NAME, file:/path or keychain:service/account";

//! --endpoint, --service, --url and how to deliver there.
void addTarget(CLI::App *command, CommandLine &line);

//! --run-id, --stage, --tag …: what records are given that do not say it themselves.
void addContext(CLI::App *command, RunContext &context);

//! The commands `endpoint`, `config`, `purge`, `serve` and `run`.
void addOperatorCommands(CLI::App &app, CommandLine &line);

//! The files of records that a command reads.
void addRecordFiles(CLI::App &command, CommandLine &line, const std::string &help);

} // namespace trace
