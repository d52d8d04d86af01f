// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/look/look.h"

#include <QCoreApplication>
#include <QHash>

using namespace Qt::StringLiterals;

namespace trace {

QColor toneColor(Tone tone, const QPalette &palette)
{
    const bool dark = palette.color(QPalette::Base).lightness() < 128;
    switch (tone) {
    case Tone::Neutral:
        return QColor(dark ? 0xffa9b1bc : 0xff5b6470);
    case Tone::Info:
        return QColor(dark ? 0xff7fb5ff : 0xff1b5fb8);
    case Tone::Good:
        return QColor(dark ? 0xff6fd08c : 0xff1a7538);
    case Tone::Warning:
        return QColor(dark ? 0xfff2b84b : 0xff8f5a00);
    case Tone::Bad:
        return QColor(dark ? 0xffff8a80 : 0xffb3261e);
    case Tone::Critical:
        return QColor(dark ? 0xffff8ac4 : 0xff9c1260);
    }
    return palette.color(QPalette::Text);
}

QIcon namedIcon(const QString &name)
{
    static QHash<QString, QIcon> icons; // of the GUI thread, as all icons are
    auto found = icons.constFind(name);
    if (found == icons.constEnd()) {
        QIcon icon;
        const QString file = u":/icons/%1.svg"_s.arg(name);
        icon.addFile(file);
        icon.addFile(file, {}, QIcon::Selected); // the style would tint it
        found = icons.insert(name, icon);
    }
    return *found;
}

Tone levelTone(Level level)
{
    switch (level) {
    case Level::Debug:
        return Tone::Neutral;
    case Level::Info:
        return Tone::Info;
    case Level::Warning:
        return Tone::Warning;
    case Level::Error:
        return Tone::Bad;
    case Level::Critical:
        return Tone::Critical;
    }
    return Tone::Neutral;
}

QString levelText(Level level)
{
    switch (level) {
    case Level::Debug:
        return QCoreApplication::translate("trace::Look", "Debug");
    case Level::Info:
        return QCoreApplication::translate("trace::Look", "Info");
    case Level::Warning:
        return QCoreApplication::translate("trace::Look", "Warning");
    case Level::Error:
        return QCoreApplication::translate("trace::Look", "Error");
    case Level::Critical:
        return QCoreApplication::translate("trace::Look", "Critical");
    }
    return {};
}

QIcon levelIcon(Level level)
{
    switch (level) {
    case Level::Debug:
        return namedIcon(u"level-debug"_s);
    case Level::Info:
        return namedIcon(u"level-info"_s);
    case Level::Warning:
        return namedIcon(u"level-warning"_s);
    case Level::Error:
        return namedIcon(u"level-error"_s);
    case Level::Critical:
        return namedIcon(u"level-critical"_s);
    }
    return {};
}

Tone stateTone(const EndpointStatus &status)
{
    if (status.health == Health::Unused)
        return Tone::Neutral;
    if (!status.configured)
        return status.health == Health::Trouble ? Tone::Warning : Tone::Neutral;
    switch (status.state) {
    case SenderState::Idle:
        return status.health == Health::Ok        ? Tone::Good
               : status.health == Health::Untried ? Tone::Neutral
                                                  : Tone::Bad;
    case SenderState::Sending:
        return status.health == Health::Trouble ? Tone::Warning : Tone::Info;
    case SenderState::BackingOff:
    case SenderState::HeldByOperator:
        return Tone::Warning;
    case SenderState::HeldAuthentication:
    case SenderState::HeldConfiguration:
    case SenderState::Suspended:
        return Tone::Bad;
    }
    return Tone::Neutral;
}

QString stateText(const EndpointStatus &status)
{
    if (!status.configured)
        return QCoreApplication::translate("trace::Look", "Not configured");
    switch (status.state) {
    case SenderState::Idle:
        return status.health == Health::Ok ? QCoreApplication::translate("trace::Look", "Idle")
               : status.health == Health::Untried
                   ? QCoreApplication::translate("trace::Look", "Not tried yet")
                   : QCoreApplication::translate("trace::Look", "In trouble");
    case SenderState::Sending:
        return QCoreApplication::translate("trace::Look", "Sending");
    case SenderState::BackingOff:
        return QCoreApplication::translate("trace::Look", "Backing off");
    case SenderState::HeldAuthentication:
        return QCoreApplication::translate("trace::Look", "Held: authentication");
    case SenderState::HeldConfiguration:
        return QCoreApplication::translate("trace::Look", "Held: configuration");
    case SenderState::HeldByOperator:
        return status.paused ? QCoreApplication::translate("trace::Look", "Paused")
                             : QCoreApplication::translate("trace::Look", "Disabled");
    case SenderState::Suspended:
        return QCoreApplication::translate("trace::Look", "Suspended");
    }
    return {};
}

QIcon stateIcon(const EndpointStatus &status)
{
    if (!status.configured)
        return namedIcon(u"state-removed"_s);
    switch (status.state) {
    case SenderState::Idle:
        return namedIcon(status.health == Health::Ok        ? u"state-idle"_s
                         : status.health == Health::Untried ? u"level-info"_s
                                                            : u"state-suspended"_s);
    case SenderState::Sending:
        return namedIcon(u"state-sending"_s);
    case SenderState::BackingOff:
        return namedIcon(u"state-backingoff"_s);
    case SenderState::HeldAuthentication:
        return namedIcon(u"state-authentication"_s);
    case SenderState::HeldConfiguration:
        return namedIcon(u"state-configuration"_s);
    case SenderState::HeldByOperator:
        return namedIcon(u"state-paused"_s);
    case SenderState::Suspended:
        return namedIcon(u"state-suspended"_s);
    }
    return {};
}

} // namespace trace
