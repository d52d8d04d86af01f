// SPDX-License-Identifier: GPL-3.0-or-later
// Texts in the filter language: a filter or a problem with its place, and a block that may not
// match holds no record that does.
#include "core/filter/filter.h"
#include "tests/fuzz/fuzzing.h"

using namespace trace;

namespace {

constexpr std::int64_t now = 1'700'000'000'000'000'000;

Record sampleRecord()
{
    Record record;
    record.timestamp = now - 1'000'000'000;
    record.level = Level::Warning;
    record.mode = Mode::Stderr;
    record.context.runId = "etl-17";
    record.context.workflowName = "nightly";
    record.context.stageName = "load";
    record.context.tags = {"team:data"};
    record.lineno = 45;
    record.durationMs = 1500;
    record.message = "Disk full: retry 3";
    record.exceptionType = "OSError";
    record.metadata = R"({"rows":1200,"source":{"name":"crm"}})";
    return record;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    static const Record record = sampleRecord();
    const RecordView view = viewOf(record);
    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const FilterOptions options{.now = now};
    const auto filter = Filter::parse(text, options);
    const auto problem = Filter::problemIn(text, options);
    check(filter.has_value() == !problem, "a text is a filter, or has a problem");
    if (problem) {
        check(problem->position >= 0 && problem->length >= 0 &&
                  problem->position + problem->length <= text.size(),
              "a problem has its place in the text");
        check(!problem->text.isEmpty() && !filter.error().text.isEmpty(), "a problem has words");
        return 0;
    }
    const bool matches = filter->matches(view);
    const auto mask = std::uint8_t(1U << unsigned(record.level));
    check(!matches || filter->mayMatch(mask, record.timestamp, record.timestamp),
          "a block with a match may match");
    RecordView bare = view;
    bare.message = {};
    bare.exceptionMessage = {};
    bare.stackTrace = {};
    check(filter->readsText() || filter->matches(bare) == matches,
          "a filter that reads no text needs none");
    const auto again = Filter::parse(filter->text(), options);
    check(again && again->matches(view) == matches, "a filter's text is the same filter");
    check(filter->at(now).matches(view) == matches, "a filter at its own time is the same");
    return 0;
}
