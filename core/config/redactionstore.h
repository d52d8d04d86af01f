// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/filewatch.h"
#include "core/config/redactionfile.h"

#include <QObject>

#include <memory>
#include <mutex>
#include <optional>

namespace trace {

//! The rules in force, for those who take records in. Any thread.
class RedactionRules final
{
public:
    using Rules = Expected<std::shared_ptr<const Redaction>>;

    explicit RedactionRules(std::shared_ptr<const Redaction> rules = {})
        : m_rules(std::move(rules))
    {}

    //! The error: nothing may be accepted now, because secrets would go where they must not.
    [[nodiscard]] Rules current() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_rules;
    }
    void set(Rules rules)
    {
        const std::scoped_lock lock(m_mutex);
        m_rules = std::move(rules);
    }

private:
    mutable std::mutex m_mutex; // guards the following
    Rules m_rules;
};

//! `redaction.json` of a running program. While it is wrong, its rules are an error. When it goes
//! away, what it said last stays in force: a file that is moved or being replaced must not let
//! secrets through.
class RedactionStore final : public QObject
{
    Q_OBJECT
public:
    explicit RedactionStore(QString folder, QObject *parent = nullptr);

    //! Reads the file, as loadRedaction() does.
    [[nodiscard]] Expected<void> load();
    //! From now on changes of the file are followed. Makes the folder where it is missing.
    void watch();

    [[nodiscard]] const std::shared_ptr<RedactionRules> &rules() const { return m_rules; }

Q_SIGNALS:
    //! Other rules are in force, or a problem is over.
    void changed();
    void problemOccurred(const trace::Error &problem);

private:
    void reload();
    void tell(const std::optional<Error> &problem);

    const QString m_folder;
    FileWatch m_watch;
    const std::shared_ptr<RedactionRules> m_rules;
    std::optional<QByteArray> m_text;            // of the file when it was last right
    std::shared_ptr<const Redaction> m_lastGood; // what it said
    std::optional<Error> m_problem;              // the last that was told
};

} // namespace trace
