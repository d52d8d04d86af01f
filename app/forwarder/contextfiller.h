// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/recordmasker.h"
#include "core/record/recordblock.h"

#include <functional>
#include <memory>

namespace trace {

//! \a context with what it does not say itself from \a run. A context of a run of its own gets the
//! given one as its parent.
[[nodiscard]] RunContext filledContext(RunContext context, const RunContext &run);

//! Gives records what the command line says of the run, stage, job … and they do not say
//! themselves, as `run` does with what its command prints. A record of a run of its own gets the
//! given one as its parent.
class ContextFiller final
{
public:
    using Sink = std::function<void(RecordBlock)>;

    //! What \a redaction hides is hidden in \a context too.
    ContextFiller(const RunContext &context, std::shared_ptr<const Redaction> redaction);

    //! Gives \a sink the records of \a block, in one block or several.
    void fill(RecordBlock block, const Sink &sink);

private:
    const Record m_given; // of the context alone
    RecordMasker m_masker;
    RecordBlockBuilder m_builder;
};

} // namespace trace
