// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

//! What the program says of itself, on standard error: warnings by default, the rest with
//! QT_LOGGING_RULES="trace.*=true" or `-v`. Never a secret, never a record.
namespace trace::logging {

Q_DECLARE_LOGGING_CATEGORY(journal)  //!< "trace.journal": commits, recovery, retention.
Q_DECLARE_LOGGING_CATEGORY(delivery) //!< "trace.delivery": states, requests and their outcomes.
Q_DECLARE_LOGGING_CATEGORY(receiver) //!< "trace.receiver": connections and requests.

//! Everything of ours from now on, as `-v` asks.
void beVerbose();

} // namespace trace::logging
