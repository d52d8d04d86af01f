// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/uistate.h"

#include "core/config/endpointstore.h"
#include "core/platform/privatefolder.h"

#include <QFileInfo>
#include <QScreen>
#include <QSettings>
#include <QSplitter>

#include <optional>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

const QString geometryKey = u"window/geometry"_s;

// The frame's size is not known before the window is shown: a title bar and borders as most have.
constexpr QMargins usualFrame(8, 40, 8, 8);

//! None where nobody can say where: then nothing is remembered.
std::optional<QString> settingsFile()
{
    // Not QSettings' own place: that is named after an organization, which there is not.
    const auto folder = defaultConfigFolder();
    return folder ? std::optional(*folder + u"/window.ini"_s) : std::nullopt;
}

QRect roomFor(const QWidget &window)
{
    return window.screen()->availableGeometry().marginsRemoved(usualFrame);
}

QString keyOf(const QSplitter *splitter)
{
    return u"window/"_s + splitter->objectName();
}

} // namespace

void UiState::restore(QWidget &window)
{
    const auto file = settingsFile();
    if (!file)
        return;
    const QSettings settings(*file, QSettings::IniFormat);
    if (window.restoreGeometry(settings.value(geometryKey).toByteArray()) &&
        !window.isMaximized() && !window.isFullScreen()) {
        // The screen may be another than then.
        const QRect room = roomFor(window);
        QRect place(window.geometry().topLeft(), window.size().boundedTo(room.size()));
        place.moveRight(qMin(place.right(), room.right()));
        place.moveBottom(qMin(place.bottom(), room.bottom()));
        place.moveLeft(qMax(place.left(), room.left()));
        place.moveTop(qMax(place.top(), room.top()));
        window.setGeometry(place); // not move(), which counts the frame: it would wander
    }
    for (QSplitter *splitter : window.findChildren<QSplitter *>()) {
        if (!splitter->objectName().isEmpty())
            splitter->restoreState(settings.value(keyOf(splitter)).toByteArray());
    }
}

void UiState::save(const QWidget &window)
{
    const auto file = settingsFile();
    if (!file || !makePrivateFolder(QFileInfo(*file).path()))
        return;
    QSettings settings(*file, QSettings::IniFormat);
    settings.setValue(geometryKey, window.saveGeometry());
    for (const QSplitter *splitter : window.findChildren<QSplitter *>()) {
        if (!splitter->objectName().isEmpty())
            settings.setValue(keyOf(splitter), splitter->saveState());
    }
}

void UiState::fit(QWidget &window, QSize wanted)
{
    window.resize(wanted.boundedTo(roomFor(window).size()));
}

} // namespace trace
