// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace trace {

//! Puts *** in place of values that stand under the name of a secret: `name=value`,
//! `"name": "value"`, also escaped inside of other JSON, `name => value`, `--name value`,
//! `<name>value</name>`, the headers Authorization and Cookie, signatures in query strings, and a
//! name and its value as two members. A value ends where its quote, its field or its word does.
//! False, and \a out untouched, when there is none.
[[nodiscard]] bool maskNamedValues(std::string_view text, std::string &out);

//! Likewise the passwords in addresses of any scheme, `scheme://user:password@host`.
[[nodiscard]] bool maskUrlPasswords(std::string_view text, std::string &out);

//! Where a text may have one of these at all, as regular expressions: cheap to look for.
inline constexpr std::string_view namedValuesHint =
    R"re((?i)(?:pass|pwd|pw[0-9_]{0,4}\b|secret|token|key|cred|auth|cookie|jwt|sess|)re"
    R"re([?&][a-z0-9_\-]{0,32}sig)[a-z0-9_.\-]*[\\"'\]]{0,16}\s{0,4})re"
    R"re((?:[:=>\[]|,[\s"'\\]|%(?:25){0,2}(?:3[ade]|5[bd]|2[02])|&(?:quot|gt|amp|#)|\\*u00[2-7])re"
    R"re(|[\\"',;\s]{1,16}val))re"
    R"re(|[\-<][a-z0-9_.:\-]*(?:pass|pw|secret|token|key|cred|auth|cookie|jwt|sess))re"
    R"re([a-z0-9_.\-]*["'\\]{0,8}\s['"\\]{0,8}\S)re"
    R"re(|\\u00(?:[46][1-9a-f]|[57][0-9a]))re";
inline constexpr std::string_view urlPasswordsHint =
    R"re(:\\*/\\*/[^\s"'<>]*?:[^\s"'<>]*@|%(?:25){0,2}3[Aa]%(?:25){0,2}2[Ff][^\s"'<>]*%(?:25){0,2}40)re";

} // namespace trace
