// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/helpformatter.h"

namespace trace {

std::string HelpFormatter::make_footer(const CLI::App *app) const
{
    const std::string footer = CLI::Formatter::make_footer(app);
    if (app->get_parent() == nullptr)
        return footer;
    const CLI::App *program = app;
    while (program->get_parent() != nullptr)
        program = program->get_parent();
    const auto globals = program->get_options([](const CLI::Option *option) {
        return option->nonpositional() && !option->check_name("--help") &&
               !option->check_name("--version");
    });
    const std::string group = "Global options, before or behind the command";
    const std::string text = make_group(group, false, globals).substr(1); // an empty line is there
    return footer.empty() ? text : text + '\n' + footer;
}

std::string HelpFormatter::make_usage(const CLI::App *app, std::string name) const
{
    std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    if (app->get_name() == "run")
        usage.insert(usage.find_last_not_of('\n') + 1, " -- COMMAND [ARGUMENT...]");
    return usage;
}

} // namespace trace
