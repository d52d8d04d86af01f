// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QByteArray>

#include <functional>
#include <optional>
#include <utility>

namespace trace {

//! Whether \a reference names a place ("env:NAME", "file:/path", "keychain:service/account") and is
//! not the secret itself.
[[nodiscard]] bool isSecretReference(const QString &reference);

//! The secret behind a reference; a literal is given back as it is, an empty one as nothing.
//! The error names the variable or file that is missing and never the secret. It is remembered, see
//! knownsecrets.h. A keychain answers later only: see Keychain.
[[nodiscard]] Expected<QByteArray> resolveSecret(const QString &reference);

//! Whether a look-up takes nothing away and waits for nobody: false for a file that is a pipe.
[[nodiscard]] bool canBeReadAgain(const QString &reference);

//! How a secret is looked up: resolveSecret(), or Keychain::resolve() where one is at hand.
using SecretLookup = std::function<Expected<QByteArray>(const QString &reference)>;

//! Service and account of a keychain's entry; nothing for other references.
[[nodiscard]] Expected<std::optional<std::pair<QString, QString>>>
keychainPlace(const QString &reference);

//! \a secret, unless it is empty or has more than one line; \a reference, which is empty for one
//! that stands in the configuration, is named then.
[[nodiscard]] Expected<QByteArray> checkedSecret(const QByteArray &secret,
                                                 const QString &reference);

//! Whether \a text is "env:NAME", as addresses and headers may be too.
[[nodiscard]] bool isVariableReference(const QString &text);

//! \a text, or what is in the variable that it names. The error begins with the \a key that holds
//! it and names the variable, never its value.
[[nodiscard]] Expected<QString> resolveVariable(const QString &key, const QString &text);

//! What is risky about a reference that works: a file that others can read.
[[nodiscard]] std::optional<Error> secretRisk(const QString &reference);

} // namespace trace
