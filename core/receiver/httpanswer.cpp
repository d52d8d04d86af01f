// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/httpanswer.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QByteArray reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK"_ba;
    case 202:
        return "Accepted"_ba;
    case 204:
        return "No Content"_ba;
    case 400:
        return "Bad Request"_ba;
    case 401:
        return "Unauthorized"_ba;
    case 403:
        return "Forbidden"_ba;
    case 404:
        return "Not Found"_ba;
    case 405:
        return "Method Not Allowed"_ba;
    case 408:
        return "Request Timeout"_ba;
    case 413:
        return "Content Too Large"_ba;
    case 415:
        return "Unsupported Media Type"_ba;
    case 417:
        return "Expectation Failed"_ba;
    case 422:
        return "Unprocessable Content"_ba;
    case 429:
        return "Too Many Requests"_ba;
    case 431:
        return "Request Header Fields Too Large"_ba;
    case 500:
        return "Internal Server Error"_ba;
    case 502:
        return "Bad Gateway"_ba;
    case 503:
        return "Service Unavailable"_ba;
    case 504:
        return "Gateway Timeout"_ba;
    case 507:
        return "Insufficient Storage"_ba;
    default:
        return status < 400 ? "Done"_ba : "Failed"_ba;
    }
}

} // namespace

bool mayHaveBody(int status)
{
    return status / 100 != 1 && status != 204 && status != 304;
}

QByteArray answerHead(const HttpAnswer &answer, const QByteArray &date,
                      const QByteArray &connection)
{
    QByteArray out;
    out.reserve(512);
    out += "HTTP/1.1 " + QByteArray::number(answer.status) + ' ' + reasonPhrase(answer.status);
    out += "\r\nDate: " + date + "\r\n";
    if (mayHaveBody(answer.status)) {
        if (!answer.contentType.isEmpty())
            out += "Content-Type: " + answer.contentType + "\r\n";
        out += "Content-Length: " + QByteArray::number(answer.body.size()) + "\r\n";
    }
    if (!connection.isEmpty())
        out += "Connection: " + connection + "\r\n";
    for (const auto &[name, value] : answer.headers)
        out += name + ": " + value + "\r\n";
    out += "\r\n";
    return out;
}

} // namespace trace
