// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/platform/error.h"
#include "core/receiver/textinput.h"
#include "core/record/record.h"

#include <QList>
#include <QString>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace trace {

//! How a command ended; design.md section 4.
enum ExitCode
{
    ExitDelivered = 0,
    ExitError = 1,
    ExitUsage = 2,
    ExitFailed = 3,
    ExitWaiting = 4
};

//! Of `endpoint`.
struct EditOptions
{
    std::string name;
    std::vector<std::string> settings;
    std::string rawFile;
    bool discardWaiting = false;
    bool yes = false;
};

//! Of `purge`.
struct PurgeOptions
{
    std::string run;
    std::string before;
    bool dryRun = false;
    bool yes = false;
};

//! Of `records`.
struct RecordsOptions
{
    std::string output; //!< "text", "json" or "csv"; empty: as --json says.
    bool follows = false;
};

//! Of `serve`.
struct ServeOptions
{
    int port = 4318;
    std::string host = "127.0.0.1";
    std::string token;
};

//! Of `run`.
struct ChildOptions
{
    std::string stderrLevel = "info";
    QStringList command; //!< With its arguments.
};

//! What the user asked for, of all commands.
struct CommandLine
{
    std::string command; //!< "send", "failed replay" …

    std::string configFolder;
    std::string journalFolder;
    bool json = false;
    bool verbose = false;

    std::string endpoint;
    std::string service;
    std::string url;
    std::string apiKey;
    std::vector<std::string> files;
    FileKind fileKind = FileKind::Unknown;
    double drainTimeout = 10;
    double replayTimeout = 120;
    std::optional<double> requestTimeout;
    std::optional<int> bufferSize;
    std::optional<int> maxRetries;
    std::optional<int> maxInFlight;
    std::string onExhausted;
    std::string compression;

    std::vector<qint64> ids;
    bool all = false;
    std::string reason; //!< A part of a failed batch's reason.
    std::string to;     //!< The endpoint that a replay goes to.
    std::string since;
    std::string until;
    std::string output; //!< A file to write.
    double rate = 0;    //!< Records or bytes per second; 0: as fast as it goes.
    bool dryRun = false;
    bool yes = false; //!< Nobody is asked.
    bool isReplayedAtOnce = false;
    RunContext context; //!< Of records that tell no other, of `run` and `send`.
    std::string run;
    std::string filter; //!< In the filter language.
    qint64 limit = 0;

    int port = 0;
    std::string faults;
    int latencyMs = 0;
    bool print = false;
    bool discards = false;
    quint64 seed = 1;

    EditOptions edit;
    PurgeOptions purge;
    RecordsOptions records;
    ServeOptions serve;
    ChildOptions child;

    [[nodiscard]] QString journal() const;
    [[nodiscard]] QString config() const;
    //! Whether those that the command uses are known: named, or told by the environment.
    [[nodiscard]] Expected<void> checkFolders() const;
    //! That of --timeout, as long as a timer can count.
    [[nodiscard]] std::chrono::milliseconds timeout() const;
    //! Likewise of a replay.
    [[nodiscard]] std::chrono::milliseconds replayPatience() const;
    //! Whether --service and --url name the endpoint.
    [[nodiscard]] bool isAdHoc() const { return !service.empty() || !url.empty(); }
    //! The endpoint of --service and --url with the options of this command line.
    [[nodiscard]] Expected<Endpoint> adHoc() const;
};

//! Reads the arguments. The exit code when there is nothing to do (help) or they are wrong; then
//! the text has been printed.
[[nodiscard]] std::optional<int> parseArguments(int argc, char **argv, CommandLine &line);

} // namespace trace
