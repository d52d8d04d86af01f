// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/userfolder.h"

#include <QDir>
#include <QStandardPaths>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr const char *configVariable = "XDG_CONFIG_HOME";
constexpr const char *dataVariable = "XDG_DATA_HOME";

#ifdef Q_OS_UNIX
//! QStandardPaths takes "/" for a home that is not known, and relative paths as they are.
Expected<QString> folder(const char *variable, const QString &belowHome)
{
    const QString path = qEnvironmentVariable(variable);
    if (QDir::isAbsolutePath(path))
        return QDir::cleanPath(path);
    return homeFolder()
        .map([&](const QString &home) { return home + belowHome; })
        .map_error([&](const Error &error) {
            const QString name = QString::fromLatin1(variable);
            return Error{u"%1, nor does %2"_s.arg(error.text, name), error.action};
        });
}
#endif

} // namespace

Expected<QString> homeFolder()
{
#ifdef Q_OS_UNIX
    const QString home = qEnvironmentVariable("HOME");
    if (!QDir::isAbsolutePath(home))
        return fail(u"HOME does not name a folder by its absolute path"_s,
                    u"Set it before the program starts."_s);
    return home == "/"_L1 ? QString() : QDir::cleanPath(home);
#else
    return QDir::homePath();
#endif
}

Expected<QString> configHome()
{
#ifdef Q_OS_UNIX
    return folder(configVariable, u"/.config"_s);
#else
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation);
#endif
}

Expected<QString> dataHome()
{
#ifdef Q_OS_UNIX
    return folder(dataVariable, u"/.local/share"_s);
#else
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
#endif
}

QStringList ignoredFolderVariables()
{
    QStringList names;
#ifdef Q_OS_UNIX
    for (const char *variable : {configVariable, dataVariable}) {
        const QString path = qEnvironmentVariable(variable);
        if (!path.isEmpty() && !QDir::isAbsolutePath(path))
            names.append(QString::fromLatin1(variable));
    }
#endif
    return names;
}

} // namespace trace
