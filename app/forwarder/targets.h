// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"

#include <QStringList>

namespace trace {

//! What a delivery works with.
struct Targets
{
    QList<Endpoint> configured; //!< All that the engine serves.
    QStringList ids;            //!< Those that the command waits for.
};

//! The endpoint that the command line names, or all configured ones; with \a includeEarlier also
//! those that earlier commands named with --service and --url.
[[nodiscard]] Expected<Targets> targetsOf(const CommandLine &line, bool includeEarlier);

//! Those of `drain`: with earlier ones. A name that nobody knows is an error.
[[nodiscard]] Expected<Targets> drainTargetsOf(const CommandLine &line);

} // namespace trace
