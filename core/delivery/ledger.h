// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "core/journal/journalreader.h"

namespace trace {

//! The ledger of an endpoint as the journal alone tells it, with nothing in flight.
[[nodiscard]] Expected<Ledger> readLedger(JournalReader &reader, const EndpointRow &row);

} // namespace trace
