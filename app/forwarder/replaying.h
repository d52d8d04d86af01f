// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"
#include "app/forwarder/replayrun.h"

//! What the commands that replay have in common.
namespace trace {

//! The endpoint that --to, or --service and --url, name; nothing when none is named.
[[nodiscard]] Expected<std::optional<Endpoint>> destinationOf(const CommandLine &line);

//! All that replays may need, and the destination among them.
[[nodiscard]] Expected<QList<Endpoint>> servedBy(const CommandLine &line,
                                                 const std::optional<Endpoint> &destination);

//! Takes the batch on; blocks until the engine answered.
[[nodiscard]] Expected<qint64> oblige(Engine &engine, FailedBatch batch, const Endpoint &endpoint);

//! Replays what was added, so many batches, tells how each ended, and gives the exit code.
[[nodiscard]] int runToTheEnd(const CommandLine &line, ReplayRun &run, qsizetype batches);

} // namespace trace
