// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/recordmasker.h"
#include "core/platform/error.h"
#include "core/receiver/textinput.h"
#include "core/record/jsonrecordreader.h"
#include "core/record/recordblock.h"

#include <functional>

namespace trace {

//! What was read from a file or standard input.
struct ReadSummary
{
    std::uint64_t records = 0;
    InputProblems problems;
};

//! Takes a packed block; may wait while the journal is behind.
using BlockSink = std::function<void(RecordBlock)>;

//! Reads records (recordlines.h) from the file \a path ("-" is standard input) to its end, whatever
//! textinput.h makes text of, packs them into blocks and gives these to \a sink. Blocks the calling thread. A block that is not full goes
//! out when a pipe has nothing more for the moment. \a summary counts on what earlier files gave.
//! An error comes after what was read before it has reached the sink. What \a masker hides is in no
//! block.
[[nodiscard]] Expected<void> readRecordFile(const QString &path, const BlockSink &sink,
                                            ReadSummary &summary, RecordMasker &masker,
                                            FileKind kind = FileKind::Unknown);
//! Likewise, hiding nothing.
[[nodiscard]] Expected<void> readRecordFile(const QString &path, const BlockSink &sink,
                                            ReadSummary &summary);

} // namespace trace
