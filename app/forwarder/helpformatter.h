// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

namespace trace {

//! Help of a command that also names what every command takes: CLI11 lists that for the program
//! only, where nobody looks who asks about a command.
class HelpFormatter final : public CLI::Formatter
{
public:
    std::string make_footer(const CLI::App *app) const override;
    //! With the command of `run` behind its dashes: those are taken away before CLI11 reads the
    //! arguments, so it knows nothing of them.
    std::string make_usage(const CLI::App *app, std::string name) const override;
};

} // namespace trace
