// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commandoptions.h"

#include "app/forwarder/commandline.h"

#include <CLI/CLI.hpp>

namespace trace {

void addContext(CLI::App *command, RunContext &context)
{
    const std::string group = "What records get that do not say it themselves";
    const auto add = [&](const char *name, std::string &value, const char *help) {
        command->add_option(name, value, help)->group(group);
    };
    add("--run-id", context.runId, "Name of the run");
    add("--parent-run-id", context.parentRunId, "Run that this one belongs to");
    add("--workflow", context.workflowName, "Name of the workflow");
    add("--stage", context.stageName, "Name of the stage");
    add("--job", context.jobName, "Name of the job");
    add("--user", context.userId, "Id of the user");
    add("--tenant", context.tenantId, "Id of the tenant");
    add("--environment", context.environment, "Such as production or test");
    command->add_option("--tag", context.tags, "A tag; may be repeated")
        ->allow_extra_args(false)
        ->group(group);
}

namespace {

void addNamed(CLI::App *command, CommandLine &line)
{
    command->add_option("NAME", line.edit.name, "Name of the endpoint")->required();
}

void addEndpoint(CLI::App &app, CommandLine &line)
{
    CLI::App *endpoint = app.add_subcommand("endpoint", "The endpoints of endpoints.json");
    endpoint->require_subcommand(1);
    endpoint->add_subcommand("list", "List them");
    addNamed(endpoint->add_subcommand("show", "Show one as JSON, without secrets"), line);

    CLI::App *add = endpoint->add_subcommand("add", "Add one");
    addNamed(add, line);
    add->add_option("--service", line.service, "datadog, grafana, cloudwatch, generic, otlp")
        ->required();
    add->add_option("--url", line.url, "Address of the service");
    add->add_option("--api-key", line.apiKey, keyHelp);
    add->add_option("--set", line.edit.settings,
                    "KEY=VALUE as in endpoints.json, such as buffer_size=100 or grafana.tenant=x; "
                    "may be repeated")
        ->allow_extra_args(false);

    CLI::App *set = endpoint->add_subcommand("set", "Change one; all settings or none");
    addNamed(set, line);
    set->add_option("KEY=VALUE", line.edit.settings,
                    "Keys as in endpoints.json, with a dot for members: grafana.tenant=x; KEY= "
                    "brings the default back")
        ->required();

    CLI::App *remove = endpoint->add_subcommand(
        "remove", "Remove one; what waits for it stays in the journal and is told");
    addNamed(remove, line);
    remove->add_flag("--discard-waiting", line.edit.discardWaiting,
                     "Give up what waits, counted as discarded; also of one removed before");
    remove->add_flag("--yes", line.edit.yes, "Do not ask");

    CLI::App *test = endpoint->add_subcommand(
        "test", "Send one marked record, past the journal, and tell each step");
    addNamed(test, line);

    CLI::App *preview = endpoint->add_subcommand(
        "preview", "Show the requests that records would become; sends nothing");
    addNamed(preview, line);
    addRecordFiles(*preview, line, "Records as `send` reads them; without it a sample record");
    preview->add_option("--raw", line.edit.rawFile,
                        "Write the first request's body to this file; - is standard output");
}

void addPurge(CLI::App &app, CommandLine &line)
{
    CLI::App *purge = app.add_subcommand(
        "purge", "Remove records from the journal for good; what waits counts as discarded");
    auto *run = purge->add_option("--run", line.purge.run, "The records of this run");
    purge
        ->add_option("--before", line.purge.before,
                     "Records with a time of their own before this: 2026-11-22 or "
                     "2026-11-22T15:04:05Z")
        ->excludes(run);
    purge->add_flag("--dry-run", line.purge.dryRun, "Only count them");
    purge->add_flag("--yes", line.purge.yes, "Do not ask");
}

void addServe(CLI::App &app, CommandLine &line)
{
    CLI::App *serve = app.add_subcommand(
        "serve", "Receive records over HTTP and forward them until SIGTERM or SIGINT");
    addTarget(serve, line);
    serve->get_option("--timeout")
        ->description("Once stopped: seconds to go on without any delivery before giving up (10), "
                      "ten times as long in all");
    serve->add_option("--port", line.serve.port, "Port to listen on (4318); 0 takes a free one")
        ->check(CLI::Range(0, 65535));
    serve->add_option("--host", line.serve.host, "Address to listen on (127.0.0.1)");
    serve->add_option("--token", line.serve.token,
                      "Reference to the token that clients must send: env:NAME or file:/path");
}

void addRun(CLI::App &app, CommandLine &line)
{
    CLI::App *run = app.add_subcommand(
        "run", "Run a command as a workflow run: each line that it prints is a record");
    addTarget(run, line);
    run->get_option("--timeout")
        ->description("Seconds that delivery may take in all after the command has ended (10)");
    addContext(run, line.context);
    run->get_option("--run-id")->description("Name of the run; without it a new one");
    run->get_option("--parent-run-id")
        ->description("Run that this one belongs to; without it $TRACE_RUN_ID");
    run->get_option("--workflow")->description("Without it the command's name");
    run->add_option("--stderr-level", line.child.stderrLevel,
                    "Level of lines of standard error that name none (info)")
        ->check(CLI::IsMember({"debug", "info", "warning", "error", "critical"}));
    run->footer("The command's output passes through unchanged, and its exit status is ours. "
                "$TRACE_RUN_ID tells it the name of the run.");
}

} // namespace

void addRecordFiles(CLI::App &command, CommandLine &line, const std::string &help)
{
    command.add_option("FILE", line.files, help);
    command
        .add_option_function<std::string>(
            "--as", [&line](const std::string &) { line.fileKind = FileKind::Text; },
            "What the files hold, where their first bytes say something else")
        ->check(CLI::IsMember({"text"}));
}

void addOperatorCommands(CLI::App &app, CommandLine &line)
{
    addRun(app, line);
    addServe(app, line);
    addEndpoint(app, line);
    CLI::App *config = app.add_subcommand("config", "The configuration");
    config->require_subcommand(1);
    config->add_subcommand("check",
                           "Validate it and reach every endpoint; 0 when all would deliver");
    addPurge(app, line);
}

} // namespace trace
