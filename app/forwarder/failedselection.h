// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"
#include "core/journal/journalreader.h"

namespace trace {

//! The failed batches that the command line means: by number, --endpoint, --reason or --all, oldest
//! first. Fails when it names none of these, or a number that there is not.
[[nodiscard]] Expected<QList<FailedBatchRow>> selectedBatches(const CommandLine &line,
                                                              JournalReader &reader);

} // namespace trace
