// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/endpointstore.h"

#include "core/config/credentials.h"
#include "core/config/secret.h"
#include "core/platform/privatefolder.h"

#include <QDir>
#include <QFileInfo>
#include <QSaveFile>
#include <QStandardPaths>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 largestFile = 16 << 20;

// Editors write in several steps; each one is reported by the system.
constexpr std::chrono::milliseconds settleTime{50};

constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;
constexpr QFile::Permissions others =
    QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;

Error inFile(const QString &path, const Error &error)
{
    return {u"%1: %2"_s.arg(path, error.text), error.action};
}

Expected<void> checkSecrets(const QFile &file, const QList<Endpoint> &endpoints)
{
    if (!(file.permissions() & others))
        return {};
    for (qsizetype i = 0; i < endpoints.size(); ++i) {
        const QString place = literalSecret(endpoints[i]);
        if (place.isEmpty())
            continue;
        return fail(
            u"endpoints[%1].%2: found a secret in a file that others can read"_s.arg(i).arg(place),
            u"Name its place instead, as %1, or make the file private: chmod 600 %2"_s.arg(
                place == "api_key"_L1 ? u"env:NAME, file:/path or keychain:service/account"_s
                                      : u"env:NAME"_s,
                file.fileName()));
    }
    return {};
}

} // namespace

QString defaultConfigFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
           u"/trace-console"_s;
}

EndpointStore::EndpointStore(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(QDir::cleanPath(QDir::current().absoluteFilePath(folder)))
{
    m_settled.setSingleShot(true);
    m_settled.setInterval(settleTime);
    connect(&m_settled, &QTimer::timeout, this, &EndpointStore::reload);
    const auto wait = [this] { m_settled.start(); };
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, wait);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, wait);
}

QString EndpointStore::path() const
{
    return m_folder + u"/endpoints.json"_s;
}

Expected<QList<Endpoint>> EndpointStore::read() const
{
    QFile file(path());
    if (!file.exists())
        return QList<Endpoint>();
    if (!file.open(QIODevice::ReadOnly))
        return fail(u"%1 cannot be read: %2."_s.arg(path(), file.errorString()),
                    u"Check its owner and rights."_s);
    if (file.size() > largestFile)
        return fail(u"%1 is too large for a configuration."_s.arg(path()));
    const auto endpoints = endpointsFromJson(file.readAll());
    if (!endpoints)
        return tl::make_unexpected(inFile(path(), endpoints.error()));
    if (const auto secrets = checkSecrets(file, *endpoints); !secrets)
        return tl::make_unexpected(inFile(path(), secrets.error()));
    return endpoints;
}

Expected<QList<Endpoint>> EndpointStore::load()
{
    auto endpoints = read();
    if (endpoints) {
        m_last = *endpoints;
        m_problem.reset();
        rememberSecrets(m_last); // of all: a command has those of others in its environment too
    } else {
        m_problem = endpoints.error();
    }
    return endpoints;
}

Expected<void> EndpointStore::save(const QList<Endpoint> &endpoints)
{
    const QByteArray json = endpointsToJson(endpoints);
    const auto again = endpointsFromJson(json);
    if (!again)
        return tl::make_unexpected(again.error());
    if (const auto made = makePrivateFolder(m_folder); !made)
        return made;
    QSaveFile file(path());
    const bool written = file.open(QIODevice::WriteOnly) && file.setPermissions(ownerOnly) &&
                         file.write(json) == json.size() && file.commit();
    if (!written)
        return fail(u"%1 cannot be written: %2."_s.arg(path(), file.errorString()),
                    u"Check the folder's rights and the space on its disk."_s);
    m_last = *again;
    m_problem.reset();
    return {};
}

void EndpointStore::watch()
{
    if (const auto made = makePrivateFolder(m_folder); !made)
        Q_EMIT problemOccurred(made.error());
    m_watcher.addPath(m_folder);
    watchFile();
}

// A file that was replaced is another one and has to be watched anew.
void EndpointStore::watchFile()
{
    if (!m_watcher.files().contains(path()) && QFileInfo::exists(path()))
        m_watcher.addPath(path());
}

void EndpointStore::reload()
{
    watchFile();
    const auto before = m_problem;
    const QList<Endpoint> last = m_last;
    const auto endpoints = load();
    if (!endpoints) {
        if (before != m_problem)
            Q_EMIT problemOccurred(endpoints.error());
    } else if (before || *endpoints != last) {
        Q_EMIT changed(*endpoints);
    }
}

} // namespace trace
