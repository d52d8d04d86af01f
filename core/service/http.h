// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/problem.h"

#include <QByteArray>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QUrl>

#include <utility>

namespace trace {

//! Header names keep the case they are written with and compare without it.
using HttpHeaders = QList<std::pair<QByteArray, QByteArray>>;

//! The first header of that name, compared without case; null when absent.
[[nodiscard]] QByteArray headerValue(const HttpHeaders &headers, QByteArrayView name);
void setHeader(HttpHeaders &headers, const QByteArray &name, const QByteArray &value);

//! The media type of Content-Type in lower case, without parameters; empty when absent.
[[nodiscard]] QByteArray mediaType(const HttpHeaders &headers);

//! A request as bytes: what a service wants sent, and what a receiver got.
struct HttpRequest
{
    QByteArray method{"POST"};
    QUrl url; //!< Absolute for requests to send; path and query for received ones.
    HttpHeaders headers;
    QByteArray body;
    QByteArray bodyHash{}; //!< Of the body, by who needs it for signing and has made it beside it.
};

//! Why there is no answer.
enum class TransportFault
{
    None,        //!< There is one: look at the status.
    Unreachable, //!< Host not found, connection refused, network down: nothing was sent.
    Lost, //!< The connection broke or timed out after sending: the service may have stored it.
    Certificate, //!< A certificate, the server's or ours, was not accepted.
    NoTls,       //!< The other side speaks no TLS at all.
    Proxy,       //!< The proxy does not let us through: it wants a name and password.
};

//! An answer, or why none came.
struct HttpReply
{
    int status = 0;
    HttpHeaders headers;
    QByteArray body;
    TransportFault fault = TransportFault::None;
    QString faultText;     //!< In words, when fault is not None.
    QString faultAction{}; //!< What the operator can do about it, where it is told.
    Problem faultProblem{}; //!< The same as it is kept; None where only others' words tell it.
    bool wasClosed = false; //!< With TransportFault::Lost: by the other side, before it answered.
    bool wasLeftOff = false;         //!< The body goes on, further than any is read.
    bool wasCutWhileSending = false; //!< The time ran out before the whole body was on its way.
};

} // namespace trace

Q_DECLARE_METATYPE(trace::HttpRequest)
Q_DECLARE_METATYPE(trace::HttpReply)
