// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/journal/journallimits.h"
#include "core/platform/error.h"
#include "core/record/recordaliases.h"

#include <QTimeZone>

#include <vector>

namespace trace {

//! What holds for the program as a whole, whichever endpoints there are.
struct Settings
{
    JournalLimits journal{};
    QTimeZone timeZone = QTimeZone::systemTimeZone(); //!< Of times in plain lines that name none.
    std::vector<UserAlias> aliases{};                 //!< Of the keys of records.
};

//! `settings.json` in the configuration folder; every member may be left out:
//!
//!     { "version": 1, "journal": { "max_mb": 2048, "max_age_days": 30, "when_full": "shed" },
//!       "time_zone": "Europe/Berlin", "aliases": { "message": ["body_text"] } }
[[nodiscard]] QString settingsPath(const QString &folder);

//! The defaults where there is no such file. A file that is wrong is refused as a whole, with file,
//! place, what was found and what is allowed.
[[nodiscard]] Expected<Settings> loadSettings(const QString &folder);

//! Likewise from the text of the file, without its name.
[[nodiscard]] Expected<Settings> settingsFromJson(const QByteArray &json);

//! From now on records are read by them. To be called before the first one is.
void readRecordsBy(const Settings &settings);

} // namespace trace
