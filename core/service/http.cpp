// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/http.h"

#include <algorithm>

namespace trace {

namespace {

bool sameName(const QByteArray &left, QByteArrayView right)
{
    return left.compare(right, Qt::CaseInsensitive) == 0;
}

} // namespace

QByteArray headerValue(const HttpHeaders &headers, QByteArrayView name)
{
    for (const auto &[key, value] : headers) {
        if (sameName(key, name))
            return value.isNull() ? QByteArray("") : value;
    }
    return {};
}

void setHeader(HttpHeaders &headers, const QByteArray &name, const QByteArray &value)
{
    const auto same = [&](const auto &header) { return sameName(header.first, name); };
    const auto first = std::find_if(headers.begin(), headers.end(), same);
    if (first == headers.end()) {
        headers.append({name, value});
        return;
    }
    *first = {name, value};
    headers.erase(std::remove_if(first + 1, headers.end(), same), headers.end());
}

QByteArray mediaType(const HttpHeaders &headers)
{
    return headerValue(headers, "Content-Type").split(';').first().trimmed().toLower();
}

} // namespace trace
