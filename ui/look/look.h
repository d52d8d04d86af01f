// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "core/record/level.h"

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QString>

namespace trace {

//! How serious something is to the operator; every colour of the console is one of these.
enum class Tone
{
    Neutral,
    Info,
    Good,
    Warning,
    Bad,
    Critical
};

//! Text colour of \a tone, readable (contrast 4.5:1 or more) on the base colour of \a palette,
//! light or dark.
[[nodiscard]] QColor toneColor(Tone tone, const QPalette &palette);

[[nodiscard]] Tone levelTone(Level level);
[[nodiscard]] QString levelText(Level level);
[[nodiscard]] QIcon levelIcon(Level level);

[[nodiscard]] Tone stateTone(const EndpointStatus &status);
//! "Idle", "Sending" …; "Removed" for an endpoint that is configured no more.
[[nodiscard]] QString stateText(const EndpointStatus &status);
[[nodiscard]] QIcon stateIcon(const EndpointStatus &status);

//! An icon of the application by its file name without ending.
[[nodiscard]] QIcon namedIcon(const QString &name);

} // namespace trace
