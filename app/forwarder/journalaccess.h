// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"
#include "core/delivery/engine.h"

namespace trace {

//! Opens the journal of the command line within the limits that settings.json sets, and starts to
//! deliver. Problems go to standard error. \a folder: another journal.
[[nodiscard]] Expected<std::unique_ptr<Engine>>
startEngine(const CommandLine &line, const QList<Endpoint> &endpoints, const QString &folder = {});
//! Likewise without delivering.
[[nodiscard]] Expected<std::unique_ptr<Journal>> openJournal(const CommandLine &line);

} // namespace trace
