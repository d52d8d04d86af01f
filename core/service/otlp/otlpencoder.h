// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <QByteArray>

#include <span>

namespace trace::otlp {

//! opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest as protobuf. Records keep their
//! order within a resource; the bytes of a record depend on the record only.
[[nodiscard]] QByteArray encodeProtobuf(std::span<const RecordView> records);

} // namespace trace::otlp
