// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/answerbody.h"

#include "core/service/compression.h"

#include <QStringDecoder>

#include <algorithm>
#include <optional>

namespace trace {

namespace {

// Of DecodeError.
constexpr int tooLong = 413;
constexpr int unknownEncoding = 415;

bool isPlainText(const QByteArray &body)
{
    QStringDecoder decoder(QStringDecoder::Utf8);
    const QString text = decoder(body);
    return !decoder.hasError() && std::none_of(text.begin(), text.end(), [](QChar c) {
        return c.category() == QChar::Other_Control && !c.isSpace();
    });
}

//! Digits, nothing else.
std::optional<quint64> lengthIn(const QByteArray &text)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    bool isNumber = std::all_of(text.begin(), text.end(), isDigit);
    const quint64 length = isNumber ? text.toULongLong(&isNumber) : 0;
    return isNumber ? std::optional(length) : std::nullopt;
}

} // namespace

bool decompress(HttpReply &answer)
{
    const QByteArray encoding = headerValue(answer.headers, "Content-Encoding");
    if (encoding.isEmpty() || answer.body.isEmpty())
        return true;
    auto decoded = decodeBody(answer.body, encoding, false, maxReplyBytes);
    if (!decoded && decoded.error().status == unknownEncoding)
        return answer.wasLeftOff || isPlainText(answer.body);
    const bool isTooLong = answer.wasLeftOff || (!decoded && decoded.error().status == tooLong);
    answer.wasLeftOff = isTooLong;
    answer.body = decoded && !isTooLong ? std::move(*decoded) : QByteArray();
    return decoded || isTooLong;
}

bool hasItsLength(const HttpReply &answer)
{
    const QByteArray told = headerValue(answer.headers, "Content-Length");
    const bool hasBody = answer.status != 204 && answer.status != 304;
    if (told.isNull() || !hasBody || answer.wasLeftOff ||
        !headerValue(answer.headers, "Transfer-Encoding").isNull())
        return true;
    const QByteArrayList lengths = told.split(','); // of several fields Qt makes one
    return std::all_of(lengths.begin(), lengths.end(), [&](const QByteArray &length) {
        return lengthIn(length.trimmed()) == quint64(answer.body.size());
    });
}

} // namespace trace
