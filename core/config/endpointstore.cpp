// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/endpointstore.h"

#include "core/config/credentials.h"
#include "core/config/secret.h"
#include "core/platform/privatefolder.h"
#include "core/platform/smallfile.h"
#include "core/platform/userfolder.h"

#include <QDir>
#include <QFileInfo>
#include <QSaveFile>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 largestFile = 16 << 20;
constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;
constexpr QFile::Permissions others =
    QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;

Error inFile(const QString &path, const Error &error)
{
    return {u"%1: %2"_s.arg(path, error.text), error.action};
}

Expected<void> checkSecrets(const QString &path, const QList<Endpoint> &endpoints)
{
    if (!(QFile::permissions(path) & others))
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
                path));
    }
    return {};
}

} // namespace

Expected<QString> defaultConfigFolder()
{
    return configHome().map([](const QString &home) { return home + u"/trace-console"_s; });
}

EndpointStore::EndpointStore(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(QDir::cleanPath(QDir::current().absoluteFilePath(folder)))
    , m_watch(path())
{
    connect(&m_watch, &FileWatch::changed, this, &EndpointStore::reload);
}

QString EndpointStore::path() const
{
    return m_folder + u"/endpoints.json"_s;
}

Expected<QList<Endpoint>> EndpointStore::read() const
{
    const auto json = readSmallFile(path(), largestFile);
    if (!json && json.error().isMissing)
        return QList<Endpoint>();
    if (!json)
        return fail(u"%1 %2."_s.arg(path(), json.error().text),
                    u"A configuration is a file that you own, of at most 16 MB."_s);
    if (json->trimmed().isEmpty())
        return fail(u"%1 is empty."_s.arg(path()),
                    u"Bring it back, or remove it; { \"version\": 1, \"endpoints\": [] } is a "
                    u"configuration without endpoints."_s);
    const auto endpoints = endpointsFromJson(*json);
    if (!endpoints)
        return tl::make_unexpected(inFile(path(), endpoints.error()));
    if (const auto secrets = checkSecrets(path(), *endpoints); !secrets)
        return tl::make_unexpected(inFile(path(), secrets.error()));
    return endpoints;
}

Expected<QList<Endpoint>> EndpointStore::load()
{
    auto endpoints = read();
    m_existed = m_existed || QFileInfo::exists(path());
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
    m_existed = true;
    return {};
}

void EndpointStore::watch()
{
    if (const auto started = m_watch.start(); !started)
        Q_EMIT problemOccurred(started.error());
}

void EndpointStore::watch(const QList<Endpoint> &inForce)
{
    m_last = inForce;
    watch();
}

void EndpointStore::reload()
{
    const auto before = m_problem;
    if (!m_watch.isThere()) {
        if (!m_existed)
            return; // Nobody has made one yet.
        m_problem = Error{u"%1 is gone."_s.arg(path()),
                          u"The last configuration stays in force until it is back."_s};
        if (before != m_problem)
            Q_EMIT problemOccurred(*m_problem);
        return;
    }
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
