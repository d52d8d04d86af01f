// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/redactionstore.h"

#include "core/config/configfile.h"
#include "core/platform/privatefolder.h"

#include <QDir>
#include <QFileInfo>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// Editors write in several steps; each one is reported by the system.
constexpr std::chrono::milliseconds settleTime{50};

} // namespace

RedactionStore::RedactionStore(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(QDir::cleanPath(QDir::current().absoluteFilePath(folder)))
    , m_rules(std::make_shared<RedactionRules>())
{
    m_settled.setSingleShot(true);
    m_settled.setInterval(settleTime);
    connect(&m_settled, &QTimer::timeout, this, &RedactionStore::reload);
    const auto wait = [this] { m_settled.start(); };
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, wait);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, wait);
}

Expected<void> RedactionStore::load()
{
    const QString path = redactionPath(m_folder);
    const auto text = readConfiguration(path);
    const auto rules = text.and_then([&](const std::optional<QByteArray> &json) {
        return json ? redactionFromJson(*json).map_error([&](const Error &error) {
            return Error{u"%1: %2"_s.arg(path, error.text), error.action};
        })
                    : RedactionRules::Rules();
    });
    m_rules->set(rules);
    if (!rules)
        return tl::make_unexpected(rules.error());
    m_text = *text;
    m_lastGood = *rules;
    return {};
}

void RedactionStore::watch()
{
    if (const auto made = makePrivateFolder(m_folder); !made)
        Q_EMIT problemOccurred(made.error());
    m_watcher.addPath(m_folder);
    watchFile();
    m_settled.start(); // it may have changed since it was read
}

// A file that was replaced is another one and has to be watched anew.
void RedactionStore::watchFile()
{
    const QString path = redactionPath(m_folder);
    if (!m_watcher.files().contains(path) && QFileInfo::exists(path))
        m_watcher.addPath(path);
}

void RedactionStore::reload()
{
    watchFile();
    const QString path = redactionPath(m_folder);
    const auto text = readConfiguration(path);
    if (text && !*text) {
        m_rules->set(m_lastGood);
        tell(m_text
                 ? std::optional(Error{u"%1 is gone"_s.arg(path),
                                       u"What it said last stays in force until there is one."_s})
                 : std::nullopt);
        return;
    }
    if (text && *text == m_text && !m_problem)
        return;
    if (const auto loaded = load(); !loaded) {
        tell(Error{loaded.error().text,
                   loaded.error().action + u" Until then nothing is accepted."_s});
        return;
    }
    m_problem.reset();
    Q_EMIT changed();
}

//! Once each; nothing: what was wrong is over.
void RedactionStore::tell(const std::optional<Error> &problem)
{
    if (problem == m_problem)
        return;
    m_problem = problem;
    if (problem)
        Q_EMIT problemOccurred(*problem);
    else
        Q_EMIT changed();
}

} // namespace trace
