// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/uistate.h"

#include <QSettings>
#include <QSplitter>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

const QString geometryKey = u"window/geometry"_s;

QString keyOf(const QSplitter *splitter)
{
    return u"window/"_s + splitter->objectName();
}

} // namespace

void UiState::restore(QWidget &window)
{
    const QSettings settings;
    window.restoreGeometry(settings.value(geometryKey).toByteArray());
    for (QSplitter *splitter : window.findChildren<QSplitter *>()) {
        if (!splitter->objectName().isEmpty())
            splitter->restoreState(settings.value(keyOf(splitter)).toByteArray());
    }
}

void UiState::save(const QWidget &window)
{
    QSettings settings;
    settings.setValue(geometryKey, window.saveGeometry());
    for (const QSplitter *splitter : window.findChildren<QSplitter *>()) {
        if (!splitter->objectName().isEmpty())
            settings.setValue(keyOf(splitter), splitter->saveState());
    }
}

} // namespace trace
