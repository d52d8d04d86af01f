// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commandline.h"

#include "app/forwarder/commandoptions.h"
#include "app/forwarder/helpformatter.h"
#include "app/forwarder/output.h"
#include "core/config/endpointstore.h"
#include "core/config/secret.h"
#include "core/delivery/engine.h"

#include <CLI/CLI.hpp>

#include <map>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

void addService(CLI::App *command, CommandLine &line, CLI::Option *endpoint)
{
    const QString services = u"Service: "_s + serviceNames().join(u", "_s);
    auto *service =
        command->add_option("--service", line.service, services.toStdString())->excludes(endpoint);
    command->add_option("--url", line.url, "Address of the service")->needs(service);
    command->add_option("--api-key", line.apiKey, keyHelp)->needs(service);
}

} // namespace

void addTarget(CLI::App *command, CommandLine &line)
{
    addService(command, line,
               command->add_option("--endpoint", line.endpoint, "Name of a configured endpoint"));
    command
        ->add_option("--timeout", line.drainTimeout,
                     "Seconds to go on without any delivery before giving up (10)")
        ->check(CLI::Range(0.0, 1e9));
    command->add_option("--request-timeout", line.requestTimeout, "Seconds that a request may take")
        ->check(CLI::Range(0.1, 600.0));
    command->add_option("--buffer-size", line.bufferSize, "Records that start a send");
    command->add_option("--max-retries", line.maxRetries, "Requests for a batch in all");
    command->add_option("--max-in-flight", line.maxInFlight, "Requests under way at once, 1 to 4");
    command->add_option("--on-exhausted", line.onExhausted, "hold or park")
        ->check(CLI::IsMember({"hold", "park"}));
    command->add_option("--compression", line.compression, "As the service offers");
}

namespace {

void addReplayTarget(CLI::App *command, CommandLine &line)
{
    addService(command, line,
               command->add_option("--to", line.to, "Another endpoint than the batch's own"));
    command->add_option("--rate", line.rate, "Records per second at most")
        ->check(CLI::NonNegativeNumber);
    command
        ->add_option("--timeout", line.replayTimeout,
                     "Seconds to go on without any record delivered before giving up (120)")
        ->check(CLI::Range(0.0, 1e9));
    command->add_flag("--dry-run", line.dryRun,
                      "Only tell what would be sent, and what the service would not take now");
}

void addFailed(CLI::App &app, CommandLine &line)
{
    CLI::App *failed = app.add_subcommand("failed", "Batches that were not delivered");
    failed->require_subcommand(1);
    failed->add_subcommand("list", "List them with the reason");
    failed->add_subcommand("show", "Show one with its attempts and records")
        ->add_option("ID", line.ids, "Number of the batch")
        ->required();
    for (const auto &[name, help] :
         {std::pair{"replay", "Send them again"},
          {"discard", "Give them up; they are counted"},
          {"export", "Write them to a file that `failed import` reads"}}) {
        CLI::App *command = failed->add_subcommand(name, help);
        command->add_option("ID", line.ids, "Numbers of the batches");
        command->add_option("--endpoint", line.endpoint, "Those of this endpoint");
        command->add_option("--reason", line.reason, "Those whose reason contains this");
        command->add_flag("--all", line.all, "All of them");
    }
    failed->get_subcommand("export")->add_option("--output", line.output,
                                                 "File to write; standard output without it");
    CLI::App *discard = failed->get_subcommand("discard");
    discard->add_flag("--dry-run", line.dryRun, "Only tell which");
    discard->add_flag("--yes", line.yes, "Do not ask, as is done where no numbers are given");
    addReplayTarget(failed->get_subcommand("replay"), line);
    CLI::App *import =
        failed->add_subcommand("import", "Take on batches of an exported, perhaps edited, file");
    import->add_option("FILE", line.files, "What `failed export` wrote; - is standard input")
        ->required();
    import->add_flag("--replay", line.isReplayedAtOnce, "Send them at once");
    addReplayTarget(import, line);
}

void addSpan(CLI::App *command, CommandLine &line)
{
    command->add_option("--since", line.since,
                        "Those from this time on: 2026-11-22, 2026-11-22T15:04:05Z or 2h for two "
                        "hours ago");
    command->add_option("--until", line.until, "Those before this time");
}

void addReplay(CLI::App &app, CommandLine &line)
{
    CLI::App *replay =
        app.add_subcommand("replay", "Send any part of the journal again, to any endpoint");
    replay->add_option("--run", line.run, "The records of this run");
    addSpan(replay, line);
    addReplayTarget(replay, line);
}

void addRecords(CLI::App &app, CommandLine &line)
{
    CLI::App *records = app.add_subcommand("records", "Show the records of the journal");
    records->add_option("--run", line.run, "Only of this run");
    records->add_option("--filter", line.filter,
                        "Only those that match, such as 'level>=warning stage:load \"disk full\"'");
    addSpan(records, line);
    records->add_option("--limit", line.limit, "Only the newest so many")
        ->check(CLI::PositiveNumber);
    records
        ->add_option("--output", line.records.output,
                     "text, as people read them (default), json (NDJSON) or csv")
        ->check(CLI::IsMember({"text", "json", "csv"}));
    records->add_flag("--follow", line.records.follows,
                      "Then go on with each that is accepted, until SIGINT or SIGTERM");
}

void addCommands(CLI::App &app, CommandLine &line)
{
    CLI::App *send = app.add_subcommand("send", "Read records to the end, deliver them, exit");
    addTarget(send, line);
    addContext(send, line.context);
    addRecordFiles(*send, line,
                   "JSON objects or plain lines, packed or not; - is standard input");
    CLI::App *explain = app.add_subcommand(
        "explain", "Show what is read from which key of the first records; keeps and sends nothing");
    addRecordFiles(*explain, line, "Records as `send` reads them; - is standard input");
    explain->add_option("--limit", line.limit, "So many records (10)")->check(CLI::PositiveNumber);
    addTarget(app.add_subcommand("drain", "Deliver what waits in the journal, exit"), line);
    app.add_subcommand("status", "What waits, what was delivered, what failed");
    addFailed(app, line);
    addReplay(app, line);
    addOperatorCommands(app, line);
    addRecords(app, line);
    app.add_subcommand("runs", "List the runs of the journal, or show one's ledger per endpoint")
        ->add_option("RUN-ID", line.run, "Only this run, with its ledgers");
    CLI::App *practice = app.add_subcommand("practice", "A local endpoint to try things out with");
    practice->add_option("--port", line.port, "Port to listen on; 0 takes a free one")
        ->check(CLI::Range(0, 65535));
    practice->add_option("--fail", line.faults,
                         "Faults by probability: a status, drop, lost, half or timeout, as in "
                         "429:0.2,drop:0.05; reject=TEXT refuses records with that text");
    practice->add_option("--latency", line.latencyMs, "Time before each answer, such as 50ms or 2s")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, int>{{"ms", 1}, {"s", 1000}}))
        ->check(CLI::NonNegativeNumber);
    practice->add_option("--seed", line.seed, "For the dice of the faults");
    practice->add_option("--rate", line.rate, "Bytes per second to take; 429 to what is more")
        ->check(CLI::NonNegativeNumber);
    practice->add_flag("--discard", line.discards, "Read each request and forget it, for speed");
    practice->add_flag("--print", line.print, "Print each request");
    app.add_subcommand("demo", "A workflow, an outage and a refused record, all in this process");
}

} // namespace

QString CommandLine::journal() const
{
    return journalFolder.empty() ? defaultJournalFolder().value_or(QString())
                                 : QString::fromStdString(journalFolder);
}

QString CommandLine::config() const
{
    return configFolder.empty() ? defaultConfigFolder().value_or(QString())
                                : QString::fromStdString(configFolder);
}

namespace {

std::chrono::milliseconds timerTime(double seconds)
{
    constexpr double most = 2e9;
    const double wanted = seconds * 1000;
    return std::chrono::milliseconds(qint64(wanted < most ? wanted : most)); // nan is no less
}

} // namespace

std::chrono::milliseconds CommandLine::timeout() const
{
    return timerTime(drainTimeout);
}

std::chrono::milliseconds CommandLine::replayPatience() const
{
    return timerTime(replayTimeout);
}

Expected<void> CommandLine::checkFolders() const
{
    const auto check = [](const std::string &named, const Expected<QString> &usual,
                          const QString &what, const QString &option) -> Expected<void> {
        if (!named.empty() || usual)
            return {};
        return fail(u"where %1 is kept is not known: %2"_s.arg(what, usual.error().text),
                    u"Set one of them, or name the folder with %1."_s.arg(option));
    };
    if (command == "practice" || command == "demo")
        return {};
    const bool usesJournal = !command.starts_with("endpoint ") && command != "config check";
    return check(configFolder, defaultConfigFolder(), u"the configuration"_s, u"--config"_s)
        .and_then([&] {
            return usesJournal ? check(journalFolder, defaultJournalFolder(), u"the journal"_s,
                                       u"--journal"_s)
                               : Expected<void>();
        });
}

Expected<Endpoint> CommandLine::adHoc() const
{
    if (service.empty() || url.empty())
        return fail(u"--service and --url belong together"_s);
    Endpoint result =
        adHocEndpoint(QString::fromStdString(service), QUrl(QString::fromStdString(url)));
    result.apiKey = QString::fromStdString(apiKey);
    if (!result.apiKey.isEmpty() && !isSecretReference(result.apiKey)) {
        return fail(u"--api-key takes a reference, not the key itself: arguments can be read by "
                    u"other users"_s,
                    u"Put the key into a variable or file and name it, as env:NAME or "
                    u"file:/path, or store it and name keychain:service/account."_s);
    }
    result.options.compression = QString::fromStdString(compression);
    if (requestTimeout)
        result.timeout = std::chrono::milliseconds(qint64(*requestTimeout * 1000));
    result.bufferSize = bufferSize.value_or(result.bufferSize);
    result.maxRetries = maxRetries.value_or(result.maxRetries);
    result.maxInFlight = maxInFlight.value_or(result.maxInFlight);
    if (onExhausted == "park")
        result.onExhausted = OnExhausted::Park;
    return validate(result).map([&] { return result; });
}

namespace {

//! What stands behind "--" of `run` is the command's own, whatever it looks like. Gives how many
//! arguments are ours.
int takeChildCommand(int argc, char **argv, CommandLine &line)
{
    const std::string_view run = "run";
    bool isRun = false;
    for (int i = 1; i < argc; ++i) {
        isRun = isRun || argv[i] == run;
        if (!isRun || argv[i] != std::string_view("--"))
            continue;
        for (int k = i + 1; k < argc; ++k)
            line.child.command.append(QString::fromLocal8Bit(argv[k]));
        return i;
    }
    return argc;
}

} // namespace

std::optional<int> parseArguments(int argc, char **argv, CommandLine &line)
{
    CLI::App app("Collects the records of workflow runs and delivers them", "trace-forwarder");
    app.formatter(std::make_shared<HelpFormatter>()); // first: commands take it from here
    app.set_version_flag("--version", TRACE_VERSION);
    app.add_option("--config", line.configFolder, "Folder of endpoints.json");
    app.add_option("--journal", line.journalFolder, "Folder of the journal");
    app.add_flag("--json", line.json, "Print JSON: one document, of records one a line");
    app.add_flag("-v,--verbose", line.verbose, "Tell what happens on the way");
    app.require_subcommand(1);
    app.fallthrough();
    addCommands(app, line);
    const int own = takeChildCommand(argc, argv, line);
    try {
        app.parse(own, argv);
    } catch (const CLI::RequiredError &error) {
        // "a subcommand is required" says nothing to somebody who has given one
        const std::vector<std::string> strange = app.remaining(true);
        if (strange.empty())
            return app.exit(error) == 0 ? int(ExitDelivered) : int(ExitUsage);
        printError({u"there is no command \"%1\""_s.arg(QString::fromStdString(strange.front())),
                    u"List them with --help."_s});
        return ExitUsage;
    } catch (const CLI::ParseError &error) {
        const int code = app.exit(error);
        return code == 0 ? int(ExitDelivered) : int(ExitUsage);
    }
    const CLI::App *command = app.get_subcommands().front();
    line.command = command->get_name();
    if (!command->get_subcommands().empty())
        line.command += " " + command->get_subcommands().front()->get_name();
    return std::nullopt;
}

} // namespace trace
