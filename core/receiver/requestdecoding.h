// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/redaction.h"
#include "core/record/recordblock.h"
#include "core/service/service.h"

#include <atomic>
#include <optional>
#include <vector>

namespace trace {

//! The most records that a request may hold.
inline constexpr qint64 maxRecordsPerRequest = 4'000'000;

//! The records of a request, packed.
struct DecodedRequest
{
    std::vector<RecordBlock> blocks{};
    std::optional<DecodeError> error{}; //!< Then there are no blocks.
    ServiceAnswer accepted{};           //!< Else: the answer once they are stored.
    qint64 records = 0;
    InputProblems problems{}; //!< Of these.
    qint64 masked = 0;   //!< Of these, those in which something was hidden.
    qsizetype bytes = 0; //!< That the blocks take.
};

//! Reads and packs what is in \a request. May take seconds; for any thread. Ends early, with an
//! error, once \a isCancelled.
[[nodiscard]] DecodedRequest decodeRequest(const Service &service, const HttpRequest &request,
                                           const std::shared_ptr<const Redaction> &redaction,
                                           const std::atomic<bool> &isCancelled);

//! Whether that takes so little that it can be done at once.
[[nodiscard]] bool isSoonDecoded(const HttpRequest &request);

//! The bytes that \a request may need beside its body while it is decoded.
[[nodiscard]] qsizetype decodingRoom(const HttpRequest &request);

} // namespace trace
