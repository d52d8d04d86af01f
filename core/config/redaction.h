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
    //! What is hidden of what the pattern finds.
    enum class Kind
    {
        All,
        CardNumber,   //!< All that has the check digit of a card number (Luhn).
        NamedValues,  //!< The pattern tells where to look; see maskNamedValues().
        UrlPasswords, //!< Likewise; see maskUrlPasswords().
    };
    Kind kind = Kind::All;

    friend bool operator==(const RedactionRule &, const RedactionRule &) = default;
};

//! Private keys, values under the names of secrets (see maskNamedValues()), bearer tokens,
//! passwords in URLs, AWS key ids, the tokens of well-known services, and card numbers.
[[nodiscard]] QList<RedactionRule> builtInRedactionRules();

//! Rules, compiled together: a text that none of them matches is looked at once. Immutable; may be
//! used by many threads.
class Redaction final
{
public:
    //! The error names the rule as "rules[n]" and what is wrong with it. With \a hidesSecretKeys,
    //! see hidesSecretKeys().
    [[nodiscard]] static Expected<std::shared_ptr<const Redaction>>
    make(const QList<RedactionRule> &rules, bool hidesSecretKeys = true);
    ~Redaction();
    Q_DISABLE_COPY_MOVE(Redaction)

    //! False, and \a out untouched, when nothing is to be hidden in \a text.
    [[nodiscard]] bool mask(std::string_view text, std::string &out) const;
    //! Whether the value of a member is hidden as a whole when its name says so; see kindOfName().
    [[nodiscard]] bool hidesSecretKeys() const;

private:
    struct Compiled;

    Redaction();

    std::unique_ptr<const Compiled> m_compiled;
};

} // namespace trace
