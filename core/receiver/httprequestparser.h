// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

#include <memory>
#include <optional>

namespace trace {

//! Reads one HTTP/1.x request from bytes as they come. Stops after the header: a body of known
//! length is for the caller to take, a chunked one is read here when the caller goes on.
class HttpRequestParser final
{
public:
    enum class Result
    {
        NeedsMore,     //!< Everything usable was taken from the input.
        HeaderIsThere, //!< head() and the rest can be asked; the input starts with the body.
        BodyIsThere,   //!< takeBody() gives the chunked body; the input starts after it.
        HeaderTooLong,
        BodyTooLong,
        Malformed, //!< errorText() says what.
    };

    explicit HttpRequestParser(qsizetype maxHeaderBytes);
    ~HttpRequestParser();
    Q_DISABLE_COPY_MOVE(HttpRequestParser)

    //! Takes what it can use from the front of \a input.
    [[nodiscard]] Result parse(QByteArray &input);

    //! Method, URL (path and query) and headers, names in the case in which they came.
    [[nodiscard]] HttpRequest head() const;
    //! The target as it came.
    [[nodiscard]] QByteArray target() const;
    [[nodiscard]] int version() const; //!< 10 or 11 for HTTP/1.0 and HTTP/1.1.
    [[nodiscard]] bool keepsAlive() const;
    [[nodiscard]] bool isChunked() const;
    [[nodiscard]] qint64 contentLength() const; //!< 0 where none is given.

    //! Goes on to read a chunked body of at most that size.
    void expectChunkedBody(qsizetype maxBytes);
    [[nodiscard]] qsizetype bodyBytes() const; //!< That are there of a chunked body.
    [[nodiscard]] QByteArray takeBody();

    [[nodiscard]] const QString &errorText() const { return m_errorText; }

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
    const qsizetype m_maxHeaderBytes;
    QString m_errorText;
};

} // namespace trace
