// SPDX-License-Identifier: LGPL-3.0-or-later
// The only source that includes Boost.Beast: it takes long to compile.
// Without its assertions, one of which a client that sends the last chunk in pieces can make fail.
#define BOOST_DISABLE_ASSERTS
#include "core/receiver/httprequestparser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <limits>

namespace trace {

namespace http = boost::beast::http;
using namespace Qt::StringLiterals;

namespace {

//! A body for Beast that grows in a QByteArray.
struct ByteArrayBody
{
    using value_type = QByteArray;

    class reader
    {
    public:
        template <bool isRequest, typename Fields>
        reader(http::header<isRequest, Fields> &, value_type &body)
            : m_body(body)
        {}

        void init(const boost::optional<std::uint64_t> &, boost::system::error_code &error)
        {
            error = {};
        }

        template <typename Buffers>
        std::size_t put(const Buffers &buffers, boost::system::error_code &error)
        {
            error = {};
            std::size_t size = 0;
            for (auto it = boost::asio::buffer_sequence_begin(buffers);
                 it != boost::asio::buffer_sequence_end(buffers); ++it) {
                const boost::asio::const_buffer piece = *it;
                m_body.append(static_cast<const char *>(piece.data()), qsizetype(piece.size()));
                size += piece.size();
            }
            return size;
        }

        void finish(boost::system::error_code &error) { error = {}; }

    private:
        value_type &m_body;
    };
};

template <typename StringView>
QByteArray toByteArray(const StringView &text)
{
    return QByteArray(text.data(), qsizetype(text.size()));
}

//! Path and query of a request target, which may be in absolute form.
QUrl urlOf(const QByteArray &target)
{
    QUrl url;
    if (!target.startsWith('/')) {
        const QUrl absolute = QUrl::fromEncoded(target);
        const QString path = absolute.path(QUrl::FullyEncoded);
        url.setPath(path.isEmpty() ? u"/"_s : path, QUrl::TolerantMode);
        url.setQuery(absolute.query(QUrl::FullyEncoded), QUrl::TolerantMode);
        return url;
    }
    // By hand: QUrl takes "//name/path" for a host.
    const qsizetype mark = target.indexOf('?');
    url.setPath(QString::fromUtf8(mark < 0 ? target : target.first(mark)), QUrl::TolerantMode);
    if (mark >= 0)
        url.setQuery(QString::fromUtf8(target.sliced(mark + 1)), QUrl::TolerantMode);
    return url;
}

} // namespace

struct HttpRequestParser::Parser : http::request_parser<ByteArrayBody>
{};

HttpRequestParser::HttpRequestParser(qsizetype maxHeaderBytes)
    : m_parser(std::make_unique<Parser>())
    , m_maxHeaderBytes(maxHeaderBytes)
{
    m_parser->header_limit(std::uint32_t(maxHeaderBytes));
    m_parser->body_limit(boost::none); // The caller looks before a byte of the body is read.
}

HttpRequestParser::~HttpRequestParser() = default;

HttpRequestParser::Result HttpRequestParser::parse(QByteArray &input)
{
    boost::system::error_code error;
    const bool wasInHeader = !m_parser->is_header_done();
    const std::size_t used = m_parser->put(
        boost::asio::const_buffer(input.constData(), std::size_t(input.size())), error);
    // Beast takes all fields at once and joins what is continued (RFC 9112, 5.2); others do not.
    const QByteArrayView taken = QByteArrayView(input).first(qsizetype(used));
    if (wasInHeader && !error && (taken.contains("\n ") || taken.contains("\n\t"))) {
        m_errorText = u"a header field that goes on in the next line"_s;
        return Result::Malformed;
    }
    input.remove(0, qsizetype(used));
    const bool inBody = m_parser->is_header_done() && m_parser->eager();
    if (error == http::error::header_limit)
        return Result::HeaderTooLong;
    if (error == http::error::body_limit)
        return Result::BodyTooLong;
    if (error && error != http::error::need_more) {
        m_errorText = QString::fromStdString(error.message());
        return Result::Malformed;
    }
    if (inBody && m_parser->is_done())
        return Result::BodyIsThere;
    // Beast puts no bound on the line before a chunk and on the trailer.
    if (inBody && input.size() > m_maxHeaderBytes)
        return Result::HeaderTooLong;
    return !inBody && m_parser->is_header_done() ? Result::HeaderIsThere : Result::NeedsMore;
}

HttpRequest HttpRequestParser::head() const
{
    const auto &message = m_parser->get();
    HttpRequest request;
    request.method = toByteArray(message.method_string());
    request.url = urlOf(toByteArray(message.target()));
    for (const auto &field : message)
        request.headers.append({toByteArray(field.name_string()), toByteArray(field.value())});
    return request;
}

QByteArray HttpRequestParser::target() const
{
    return toByteArray(m_parser->get().target());
}

int HttpRequestParser::version() const
{
    return int(m_parser->get().version());
}

bool HttpRequestParser::keepsAlive() const
{
    return m_parser->keep_alive();
}

bool HttpRequestParser::isChunked() const
{
    return m_parser->chunked();
}

qint64 HttpRequestParser::contentLength() const
{
    const std::uint64_t length = m_parser->content_length().value_or(0);
    return qint64(std::min<std::uint64_t>(length, std::numeric_limits<qint64>::max()));
}

void HttpRequestParser::expectChunkedBody(qsizetype maxBytes)
{
    m_parser->body_limit(std::uint64_t(maxBytes));
    m_parser->eager(true);
}

qsizetype HttpRequestParser::bodyBytes() const
{
    return m_parser->get().body().size();
}

QByteArray HttpRequestParser::takeBody()
{
    return std::move(m_parser->get().body());
}

} // namespace trace
