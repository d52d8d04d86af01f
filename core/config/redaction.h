// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QList>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

//! What is hidden in records before they reach the journal, and by what it is replaced.
struct RedactionRule
{
    QString name;    //!< For people, unique in a configuration.
    QString pattern; //!< A regular expression in RE2's syntax, found anywhere in a text.
    QString replacement = QStringLiteral("***"); //!< `\1` stands for the pattern's first group.
    bool isCardNumber = false; //!< Only what has the check digit of a card number (Luhn).

    friend bool operator==(const RedactionRule &, const RedactionRule &) = default;
};

//! Private keys, authorization headers, passwords and keys in key=value form and in URLs, AWS key
//! ids, the tokens of well-known services, and card numbers.
[[nodiscard]] QList<RedactionRule> builtInRedactionRules();

//! Rules, compiled together: a text that none of them matches is looked at once. Immutable; may be
//! used by many threads.
class Redaction final
{
public:
    //! The error names the rule as "rules[n]" and what is wrong with it. With \a hidesSecretKeys,
    //! see isSecretKey().
    [[nodiscard]] static Expected<std::shared_ptr<const Redaction>>
    make(const QList<RedactionRule> &rules, bool hidesSecretKeys = true);
    ~Redaction();
    Q_DISABLE_COPY_MOVE(Redaction)

    //! False, and \a out untouched, when nothing is to be hidden in \a text.
    [[nodiscard]] bool mask(std::string_view text, std::string &out) const;
    //! Whether the value of a member with this name is hidden as a whole ("password", "api_key").
    [[nodiscard]] bool isSecretKey(std::string_view key) const;

private:
    struct Compiled;

    Redaction();

    std::unique_ptr<const Compiled> m_compiled;
};

} // namespace trace
