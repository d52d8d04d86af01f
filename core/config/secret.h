// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QByteArray>

#include <optional>

namespace trace {

//! Whether \a reference names a place ("env:NAME", "file:/path") and is not the secret itself.
[[nodiscard]] bool isSecretReference(const QString &reference);

//! The secret behind a reference; a literal is given back as it is, an empty one as nothing.
//! The error names the variable or file that is missing and never the secret.
[[nodiscard]] Expected<QByteArray> resolveSecret(const QString &reference);

//! Whether \a text is "env:NAME", as addresses and headers may be too.
[[nodiscard]] bool isVariableReference(const QString &text);

//! \a text, or what is in the variable that it names. The error begins with the \a key that holds
//! it and names the variable, never its value.
[[nodiscard]] Expected<QString> resolveVariable(const QString &key, const QString &text);

//! What is risky about a reference that works: a file that others can read.
[[nodiscard]] std::optional<Error> secretRisk(const QString &reference);

} // namespace trace
