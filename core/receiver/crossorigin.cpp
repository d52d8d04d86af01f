// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/crossorigin.h"

namespace trace {

using namespace Qt::StringLiterals;

bool isPreflight(const HttpRequest &head)
{
    return head.method == "OPTIONS" && !headerValue(head.headers, "Origin").isEmpty() &&
           !headerValue(head.headers, "Access-Control-Request-Method").isEmpty();
}

HttpHeaders crossOriginHeaders(const HttpRequest &head)
{
    const QByteArray origin = headerValue(head.headers, "Origin");
    if (origin.isEmpty())
        return {};
    return {{"Access-Control-Allow-Origin"_ba, origin}, {"Vary"_ba, "Origin"_ba}};
}

HttpHeaders preflightHeaders(const HttpRequest &head)
{
    HttpHeaders headers = crossOriginHeaders(head);
    headers.append({"Access-Control-Allow-Methods"_ba, "POST"_ba});
    headers.append({"Access-Control-Max-Age"_ba, "600"_ba});
    const QByteArray asked = headerValue(head.headers, "Access-Control-Request-Headers");
    if (!asked.isEmpty())
        headers.append({"Access-Control-Allow-Headers"_ba, asked});
    return headers;
}

} // namespace trace
