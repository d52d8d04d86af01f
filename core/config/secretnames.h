// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string_view>

namespace trace {

//! What stands under a name, by the name.
enum class NameKind
{
    Harmless,
    Secret,        //!< A password, key or token.
    Authorization, //!< The value of that header: a scheme, then a secret.
    Cookie,        //!< The value of that header: pairs.
};

//! Knows secrets by the words of a name, in each usual case: `API_TOKEN`, `dbPassword`,
//! `x-api-key`, `spring.datasource.password`. What tells of a secret without being one is harmless:
//! `token_count`, `password_reset_url`, `next_token`.
[[nodiscard]] NameKind kindOfName(std::string_view name);
//! Likewise of a name in a text that has \a before and a blank in front of it, which may be a part
//! of it ("API key: …") or tell that it is another ("unexpected token: …", "second pass: …").
[[nodiscard]] NameKind kindOfName(std::string_view name, std::string_view before);

//! Whether it is the name of a header whose value is secret, and not only a word that may be one.
[[nodiscard]] bool isSecretHeaderName(std::string_view name);

//! Whether a member of that name tells the name of another value, which a member of the other kind
//! holds: {"name": "password", "value": …}
[[nodiscard]] bool isNameOfName(std::string_view name);
[[nodiscard]] bool isNameOfValue(std::string_view name);

} // namespace trace
