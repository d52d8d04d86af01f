// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QByteArray>

namespace trace {

//! Whether \a reference names a place ("env:NAME", "file:/path") and is not the secret itself.
[[nodiscard]] bool isSecretReference(const QString &reference);

//! The secret behind a reference; a literal is given back as it is, an empty one as nothing.
//! The error names the variable or file that is missing and never the secret.
[[nodiscard]] Expected<QByteArray> resolveSecret(const QString &reference);

} // namespace trace
