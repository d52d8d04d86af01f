// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"

#include <QJsonArray>

//! Journals of single runs. `run` makes one below the usual journal while another process holds
//! that, and removes it once all is delivered.
namespace trace {

//! Where this process keeps such a journal for the run.
[[nodiscard]] QString runJournalFor(const QString &journal, const std::string &runId);

//! The folders of those that there are below \a journal.
[[nodiscard]] QStringList runJournalsOf(const QString &journal);

//! Delivers what waits in those below the command line's journal, and removes those that are done.
//! Gives the exit code, and in \a told what --json tells of each.
[[nodiscard]] int drainRunJournals(const CommandLine &line, QJsonArray &told);

} // namespace trace
