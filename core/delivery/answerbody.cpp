// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/answerbody.h"

#include "core/service/compression.h"

namespace trace {

namespace {

// Of DecodeError.
constexpr int tooLong = 413;
constexpr int unknownEncoding = 415;

} // namespace

bool decompress(HttpReply &answer)
{
    const QByteArray encoding = headerValue(answer.headers, "Content-Encoding");
    if (encoding.isEmpty() || answer.body.isEmpty())
        return true;
    auto decoded = decodeBody(answer.body, encoding, false, maxReplyBytes);
    if (!decoded && decoded.error().status == unknownEncoding)
        return true;
    const bool isTooLong = answer.wasLeftOff || (!decoded && decoded.error().status == tooLong);
    answer.wasLeftOff = isTooLong;
    answer.body = decoded && !isTooLong ? std::move(*decoded) : QByteArray();
    return decoded || isTooLong;
}

} // namespace trace
