// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

#include <optional>

namespace trace {

//! An answer instead of what was asked for.
struct Refusal
{
    int status = 400;
    QString text;
    HttpHeaders headers;
};

//! Whether a request may come in, judged by its header: who asks, by what name, how long it is.
struct RequestGuard
{
    bool loopbackNamesOnly = true; //!< What Host may say. An Origin must always be a loopback one.
    QByteArray bearerToken;        //!< Required when set.
    qint64 maxBodyBytes = 0;

    //! \a target is that of the request line, \a version 10 or 11. \a bodyBytes is negative for a
    //! chunked body.
    [[nodiscard]] std::optional<Refusal> check(const HttpRequest &head, const QByteArray &target,
                                               int version, qint64 bodyBytes) const;

private:
    [[nodiscard]] std::optional<Refusal> checkFraming(const HttpRequest &head, int version) const;
    [[nodiscard]] std::optional<Refusal> checkTarget(const HttpRequest &head,
                                                     const QByteArray &target) const;
    [[nodiscard]] std::optional<Refusal> checkNames(const HttpRequest &head, int version) const;
    [[nodiscard]] std::optional<Refusal> checkToken(const HttpRequest &head) const;
};

//! Why a record in the query of a GET may not come in: a page of whichever site makes a browser send
//! one, as the address of an image. Nothing for other programs, and for pages of this receiver.
[[nodiscard]] std::optional<Refusal> refusalOfQuery(const HttpRequest &head);

} // namespace trace
