// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

//! The answers of OTLP/HTTP, in protobuf or JSON.
namespace trace::otlp {

enum class Encoding
{
    Protobuf,
    Json
};

//! The encoding of a body by its Content-Type; nothing for types that OTLP does not have.
[[nodiscard]] std::optional<Encoding> encodingOf(const HttpHeaders &headers);
[[nodiscard]] QByteArray contentType(Encoding encoding);

//! What the answer to an export of \a records records means.
[[nodiscard]] Outcome outcomeOf(const HttpReply &reply, std::size_t records);

//! ExportLogsServiceResponse with nothing in it: all is stored.
[[nodiscard]] ServiceAnswer success(Encoding encoding);
//! google.rpc.Status with the code that goes with the HTTP \a status.
[[nodiscard]] ServiceAnswer failure(Encoding encoding, int status, const QString &text);

} // namespace trace::otlp
