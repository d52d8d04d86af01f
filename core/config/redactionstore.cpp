// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/redactionstore.h"

#include "core/config/configfile.h"

#include <QDir>

namespace trace {

using namespace Qt::StringLiterals;

RedactionStore::RedactionStore(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(QDir::cleanPath(QDir::current().absoluteFilePath(folder)))
    , m_watch(redactionPath(m_folder))
    , m_rules(std::make_shared<RedactionRules>())
{
    connect(&m_watch, &FileWatch::changed, this, &RedactionStore::reload);
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
    if (const auto started = m_watch.start(); !started)
        Q_EMIT problemOccurred(started.error());
}

void RedactionStore::reload()
{
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
