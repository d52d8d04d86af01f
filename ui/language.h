// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QCoreApplication;

namespace trace {

//! Makes \a application speak the user's language where there is a translation, else English.
void installLanguage(QCoreApplication &application);

} // namespace trace
