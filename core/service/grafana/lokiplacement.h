// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"
#include "core/service/grafana/lokilabels.h"

#include <QString>

#include <optional>

namespace trace::loki {

// Loki's own defaults; a tenant's may be others. Of the structured metadata a little is left for
// what Loki adds by itself, such as detected_level.
inline constexpr std::size_t maxLineBytes = 256 * 1024;
inline constexpr std::size_t maxMetadataBytes = 64 * 1024 - 1024;
inline constexpr std::size_t maxMetadataPairs = 128 - 8;

//! Where the fields of a record go.
enum class Placement
{
    Pairs,      //!< All into structured metadata.
    KeysInLine, //!< The keys of the record's metadata into the line, the others as usual.
    Line,       //!< All into the line.
};

//! The first placement that keeps everything within the limits, so that Loki does not refuse the
//! entry. Where there is none it is Line.
[[nodiscard]] Placement placementOf(const RecordView &record, bool structuredMetadata,
                                    const Labels &fixed);

//! Why Loki would refuse \a record however it is placed; nothing when it takes it.
[[nodiscard]] std::optional<QString> unfitReason(const RecordView &record, bool structuredMetadata,
                                                 const Labels &fixed);

//! Appends the line of a record: its message, the fields that \a placement puts there as logfmt,
//! the stack trace. \a contextFields is the context as logfmt.
void appendLine(std::string &out, const RecordView &record, Placement placement,
                std::string_view contextFields, const Labels &fixed);

//! Appends a field as logfmt: bare where that is clear, else as a JSON string.
void appendLogfmt(std::string &out, std::string_view name, std::string_view value);

//! A record's context as logfmt.
void appendContextLine(std::string &out, const RunContext &context);

} // namespace trace::loki
