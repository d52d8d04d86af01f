// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

namespace trace {

//! An answer to be written to a client.
struct HttpAnswer
{
    int status = 200;
    QByteArray contentType;
    QByteArray body;
    HttpHeaders headers; //!< Beside those that every answer has. Without line breaks.
};

//! Whether an answer of that status may have a body (RFC 9110, 6.4.1).
[[nodiscard]] bool mayHaveBody(int status);

//! The status line and the header up to the empty line. \a date is the value of the Date header,
//! \a connection that of the Connection header, which is left out when empty.
[[nodiscard]] QByteArray answerHead(const HttpAnswer &answer, const QByteArray &date,
                                    const QByteArray &connection);

} // namespace trace
