// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/secretfinder.h"

#include <memory>

namespace trace {

// The secrets that this process has looked up. One list for all, because who looks a secret up and
// who keeps or shows a text do not know of each other, and neither must forget the other. Any
// thread may call these.

//! Remembers a secret, and what stands behind its colons (name:password, AWS's id:secret:token;
//! the name alone is no secret). The 256 last ones are known: a key that was replaced still is one.
void rememberSecret(const QByteArray &secret);
//! Remembers what may be secret in an address that a variable held: all of it, its path, and the
//! parts of path and query that are no words. The addresses that services have anyway are none.
void rememberAddress(const QByteArray &url);
//! Remembers that a secret came from a file, which may get another.
void rememberSecretFile(const QString &reference);

//! Reads those files again, when that was not done for a second.
void refreshSecrets();

//! For what is remembered now; null when that is nothing. Looks at no file.
[[nodiscard]] std::shared_ptr<const SecretFinder> knownSecrets(SecretFinder::Mode mode);
//! Changes whenever knownSecrets() does.
[[nodiscard]] std::uint64_t secretGeneration();

//! What others say, as it may be kept and shown.
[[nodiscard]] QString withoutKnownSecrets(const QString &text);

} // namespace trace
