// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/contextfiller.h"

#include <map>

namespace trace {

namespace {

Record recordOf(const RunContext &context)
{
    Record record;
    record.context = context;
    return record;
}

} // namespace

RunContext filledContext(RunContext context, const RunContext &run)
{
    if (!context.runId.empty() && context.runId != run.runId && context.parentRunId.empty())
        context.parentRunId = run.runId; // a run of its own inside of ours
    for (const auto &[name, member] : contextFields) {
        if ((context.*member).empty() && member != &RunContext::parentRunId)
            context.*member = run.*member;
    }
    const bool isOurs = run.runId.empty() || context.runId == run.runId;
    if (isOurs && context.parentRunId.empty())
        context.parentRunId = run.parentRunId;
    if (context.tags.empty())
        context.tags = run.tags;
    return context;
}

ContextFiller::ContextFiller(const RunContext &context, std::shared_ptr<const Redaction> redaction)
    : m_given(recordOf(context))
    , m_masker(std::move(redaction))
{}

void ContextFiller::fill(RecordBlock block, const Sink &sink)
{
    if (m_given.context == RunContext()) {
        sink(std::move(block));
        return;
    }
    const auto opened = block.frames
                            ? RecordBlockReader::open(block.frames, block.count, 0)
                            : RecordBlockReader::open(block.data);
    Q_ASSERT(opened); // it was packed a moment ago, in this process
    if (!opened)
        return; // who counts what was accepted misses them
    // Each time: a secret that an endpoint has looked up since then is hidden too.
    const RunContext run = contextOf(m_masker.apply(viewOf(m_given)));
    std::map<const RunContext *, RunContext> contexts; // a block has few, each once
    for (RecordView record : opened->records()) {
        const auto [known, isNew] = contexts.try_emplace(record.context);
        if (isNew)
            known->second = filledContext(contextOf(record), run);
        record.context = &known->second;
        m_builder.append(record);
        if (m_builder.isFull())
            sink(m_builder.finish());
    }
    if (!m_builder.isEmpty())
        sink(m_builder.finish());
}

} // namespace trace
