// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/logging.h"

namespace trace::logging {

Q_LOGGING_CATEGORY(journal, "trace.journal", QtWarningMsg)
Q_LOGGING_CATEGORY(delivery, "trace.delivery", QtWarningMsg)
Q_LOGGING_CATEGORY(receiver, "trace.receiver", QtWarningMsg)

void beVerbose()
{
    QLoggingCategory::setFilterRules(QStringLiteral("trace.*=true"));
}

} // namespace trace::logging
