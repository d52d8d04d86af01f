// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/service/http.h"

#include <QByteArray>
#include <QDateTime>

//! AWS Signature Version 4, in the steps that AWS describes.
namespace trace::sigv4 {

struct Key
{
    QByteArray id;
    QByteArray secret;
    QByteArray token; //!< Of temporary credentials; empty for lasting ones.
};

//! A key as text, `KEY_ID:SECRET[:TOKEN]`. The error says which part is wrong and shows none.
[[nodiscard]] Expected<Key> keyFrom(const QByteArray &text);

//! What a signature is valid for.
struct Scope
{
    QByteArray region;
    QByteArray service; //!< As AWS signs it: "logs".
    QDateTime time;     //!< In UTC, to the second.
};

//! A request in the form that is hashed.
struct Canonical
{
    QByteArray text;
    QByteArray signedHeaders; //!< "content-type;host;…"
};

//! SHA-256 in lower-case hexadecimal digits.
[[nodiscard]] QByteArray hashOf(const QByteArray &bytes);

//! \a path and \a query stand as they go over the wire, without dot segments; \a headers are those
//! to be signed, \a bodyHash is the body's hashOf().
[[nodiscard]] Canonical canonicalRequest(const QByteArray &method, const QByteArray &path,
                                         const QByteArray &query, const HttpHeaders &headers,
                                         const QByteArray &bodyHash);
[[nodiscard]] QByteArray stringToSign(const Canonical &canonical, const Scope &scope);
//! In lower-case hexadecimal digits.
[[nodiscard]] QByteArray signature(const QByteArray &stringToSign, const QByteArray &secret,
                                   const Scope &scope);
//! The value of the header Authorization.
[[nodiscard]] QByteArray authorization(const Canonical &canonical, const Key &key,
                                       const Scope &scope);

//! A time as X-Amz-Date has it: "20250102T030405Z".
[[nodiscard]] QByteArray amzDate(const QDateTime &time);

//! The header Host as the HTTP stack sends it for \a url: the port only where the URL names one.
[[nodiscard]] QByteArray hostHeader(const QUrl &url);

//! Sets X-Amz-Date, X-Amz-Security-Token and Authorization; each attempt needs it anew. Hashes the
//! body unless the request has its hash. Signs host,
//! content-type and these X-Amz headers: date, security-token, target. What a proxy or the HTTP
//! stack may add or change stays unsigned.
void sign(HttpRequest &request, const Key &key, const Scope &scope);

} // namespace trace::sigv4
