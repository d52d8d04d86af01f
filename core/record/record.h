// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/level.h"

#include <QMetaType>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trace {

//! The part of a record that many records share: which run, stage and job it belongs to, and where
//! that ran. UTF-8; an empty string means "not set".
struct RunContext
{
    std::string runId;
    std::string parentRunId;
    std::string workflowName;
    std::string stageName;
    std::string jobName;
    std::string userId;
    std::string tenantId;
    std::string environment;
    std::string hostname;
    std::vector<std::string> tags;

    friend bool operator==(const RunContext &left, const RunContext &right);
};

//! The stream that a record came from.
enum class Mode : std::uint8_t { None, Stdout, Stderr };

//! One record. `Text` is std::string where the record owns its bytes and std::string_view where it
//! looks at somebody else's; `Context` likewise is a value or a pointer. All text is valid UTF-8 and
//! empty text means "not set".
template <typename Text, typename Context>
struct BasicRecord
{
    // Not defaulted: GCC clears an aggregate of this size with `rep stos`, which takes as long as
    // reading two of its fields.
    BasicRecord() {}

    std::int64_t timestamp = 0; //!< Nanoseconds since 1970-01-01 UTC.
    std::uint64_t sequence = 0; //!< Place in the journal, from 1; 0 until the record is accepted.
    Context context{};
    Level level = Level::Info;
    Mode mode = Mode::None;
    std::optional<std::int64_t> lineno;
    std::optional<std::int64_t> process;
    std::optional<std::int64_t> thread;
    std::optional<double> durationMs;
    std::optional<double> memoryUsageMb;
    std::optional<double> cpuUsagePercent;
    Text message{};
    Text filename{};
    Text traceId{};
    Text spanId{};
    Text parentSpanId{};
    Text exceptionType{};
    Text exceptionMessage{};
    Text stackTrace{};
    Text errorCode{};
    Text metadata{}; //!< A JSON object as text, minified; empty where there is none.

    friend bool operator==(const BasicRecord &, const BasicRecord &) = default;
};

//! A record that owns its bytes.
using Record = BasicRecord<std::string, RunContext>;

//! A record inside a parsed line or an opened block: cheap to copy, valid as long as its owner.
//! `context` may be null, which means an empty RunContext.
using RecordView = BasicRecord<std::string_view, const RunContext *>;

//! The context of a view, also where it has none.
[[nodiscard]] const RunContext &contextOf(const RecordView &record);

[[nodiscard]] RecordView viewOf(const Record &record);
[[nodiscard]] Record toRecord(const RecordView &view);

//! The JSON name of a member, once for all who read, write or show records.
template <typename Owner, typename Member>
struct FieldName
{
    std::string_view name;
    Member Owner::*member;
};

//! The shared text fields, in the order in which they are written.
inline constexpr std::array<FieldName<RunContext, std::string>, 9> contextFields{{
    {"run_id", &RunContext::runId},
    {"parent_run_id", &RunContext::parentRunId},
    {"workflow_name", &RunContext::workflowName},
    {"stage_name", &RunContext::stageName},
    {"job_name", &RunContext::jobName},
    {"user_id", &RunContext::userId},
    {"tenant_id", &RunContext::tenantId},
    {"environment", &RunContext::environment},
    {"hostname", &RunContext::hostname},
}};

//! A record's own text fields without message and metadata.
template <typename R>
inline constexpr std::array<FieldName<R, decltype(R::message)>, 8> textFields{{
    {"filename", &R::filename},
    {"trace_id", &R::traceId},
    {"span_id", &R::spanId},
    {"parent_span_id", &R::parentSpanId},
    {"exception_type", &R::exceptionType},
    {"exception_message", &R::exceptionMessage},
    {"stack_trace", &R::stackTrace},
    {"error_code", &R::errorCode},
}};

template <typename R>
inline constexpr std::array<FieldName<R, std::optional<std::int64_t>>, 3> integerFields{{
    {"lineno", &R::lineno},
    {"process", &R::process},
    {"thread", &R::thread},
}};

template <typename R>
inline constexpr std::array<FieldName<R, std::optional<double>>, 3> numberFields{{
    {"duration_ms", &R::durationMs},
    {"memory_usage_mb", &R::memoryUsageMb},
    {"cpu_usage_percent", &R::cpuUsagePercent},
}};

//! "stdout", "stderr", or empty for Mode::None.
[[nodiscard]] std::string_view modeName(Mode mode);

} // namespace trace

Q_DECLARE_METATYPE(trace::Record)
