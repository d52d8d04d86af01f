// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/generic/genericservice.h"

#include "core/record/jsonwriter.h"
#include "core/service/compression.h"
#include "core/service/generic/documentreader.h"
#include "core/service/generic/formreader.h"
#include "core/service/generic/genericanswer.h"
#include "core/service/options.h"

#include <QJsonDocument>
#include <QStringDecoder>

#include <algorithm>
#include <numeric>

namespace trace {

using namespace Qt::StringLiterals;

Expected<std::shared_ptr<const Service>> GenericService::make(const ServiceOptions &options)
{
    const QStringList shapes{u"array"_s, u"ndjson"_s, u"object"_s};
    const QStringList authentications{u"bearer"_s, u"basic"_s, u"header"_s, u"none"_s};
    const auto names =
        checkOptionNames(u"generic"_s, options.own, {u"shape"_s, u"authentication"_s, u"header"_s});
    const auto shape = choiceOption(options.own, u"shape"_s, shapes);
    const auto authentication = choiceOption(options.own, u"authentication"_s, authentications);
    const auto header = textOption(options.own, u"header"_s);
    const auto compression = compressionOption(options, {u"none"_s, u"gzip"_s});
    if (!names)
        return tl::make_unexpected(names.error());
    for (const auto *option : {&shape, &authentication, &header, &compression}) {
        if (!*option)
            return tl::make_unexpected(option->error());
    }
    const QByteArray keyHeader = header->toUtf8();
    if (*authentication == "header"_L1 && !isHeaderName(keyHeader))
        return fail(keyHeader.isEmpty() ? u"header: missing"_s
                                        : u"header: \"%1\" is no header name"_s.arg(*header),
                    u"name the header that carries the key, such as X-Api-Key"_s);
    if (*authentication != "header"_L1 && !keyHeader.isEmpty())
        return fail(u"header: has no effect with authentication \"%1\""_s.arg(*authentication),
                    u"set authentication to \"header\", or remove header"_s);

    const std::shared_ptr<GenericService> service(new GenericService);
    service->m_options = options;
    service->m_shape = static_cast<Shape>(shapes.indexOf(*shape));
    service->m_authentication =
        static_cast<Authentication>(authentications.indexOf(*authentication));
    service->m_keyHeader = keyHeader;
    service->m_gzip = *compression == "gzip"_L1;
    return service;
}

QString GenericService::name() const
{
    return u"generic"_s;
}

Limits GenericService::limits() const
{
    Limits limits;
    limits.targetBytes = 4'000'000;
    limits.targetRecords = m_shape == Shape::Object ? 1 : 20'000;
    return limits;
}

Plan GenericService::plan(std::span<const RecordView> records) const
{
    const Limits aim = limits();
    Plan plan;
    std::string body;
    std::size_t first = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (m_shape == Shape::Array)
            body += body.empty() ? '[' : ',';
        appendJson(body, records[i]);
        if (m_shape == Shape::Lines)
            body += '\n';
        if (body.size() >= aim.targetBytes || i + 1 - first >= aim.targetRecords) {
            plan.shares.push_back(finish(body, first, i + 1));
            first = i + 1;
        }
    }
    if (first < records.size())
        plan.shares.push_back(finish(body, first, records.size()));
    return plan;
}

Share GenericService::finish(std::string &body, std::size_t first, std::size_t last) const
{
    if (m_shape == Shape::Array)
        body += ']';
    Share share;
    share.request = requestFor(m_options);
    if (headerValue(share.request.headers, "Content-Type").isNull())
        setHeader(share.request.headers, "Content-Type"_ba,
                  m_shape == Shape::Lines ? "application/x-ndjson"_ba : "application/json"_ba);
    if (m_gzip)
        setHeader(share.request.headers, "Content-Encoding"_ba, "gzip"_ba);
    share.request.body =
        m_gzip ? gzip(body) : QByteArray(body.data(), static_cast<qsizetype>(body.size()));
    share.indices.resize(last - first);
    std::iota(share.indices.begin(), share.indices.end(), first);
    body.clear();
    return share;
}

void GenericService::sign(HttpRequest &request, const QDateTime &,
                          const Credentials &credentials) const
{
    if (credentials.key.isEmpty())
        return;
    switch (m_authentication) {
    case Authentication::Bearer:
        setHeader(request.headers, "Authorization"_ba, bearerAuthorization(credentials));
        break;
    case Authentication::Basic:
        setHeader(request.headers, "Authorization"_ba, basicAuthorization(credentials));
        break;
    case Authentication::Header:
        setHeader(request.headers, m_keyHeader, credentials.key);
        break;
    case Authentication::None:
        break;
    }
}

Outcome GenericService::interpret(const Share &share, const HttpReply &reply) const
{
    return generic::outcomeOf(reply, share.indices.size());
}

namespace {

//! A packed file that comes as it is, as from `curl --data-binary @app.log.gz`, says so itself.
QByteArray encodingOf(const HttpRequest &request)
{
    const QByteArray told = headerValue(request.headers, "Content-Encoding");
    if (told.isEmpty() && request.body.startsWith("\x1f\x8b"))
        return "gzip"_ba;
    if (told.isEmpty() && request.body.startsWith("\x28\xb5\x2f\xfd"))
        return "zstd"_ba;
    return told;
}

//! Of text in another encoding, which a mark or the type's charset tells; null where it is none.
tl::expected<QByteArray, DecodeError> utf8Of(const QByteArray &body, const QByteArray &type)
{
    const bool mayHaveMark = body.size() > 1 && (quint8(body[0]) >= 0xfe || body[0] == '\0');
    const auto marked = mayHaveMark ? QStringConverter::encodingForData(body) : std::nullopt;
    if (marked && *marked != QStringConverter::Utf8)
        return QString(QStringDecoder(*marked).decode(body)).toUtf8();
    const qsizetype place = type.toLower().indexOf("charset=");
    if (place < 0)
        return QByteArray();
    QByteArray charset = type.mid(place + 8).split(';').first().trimmed().toLower();
    charset.replace('"', "");
    if (charset.isEmpty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii")
        return QByteArray();
    QStringDecoder decoder(charset.constData());
    if (!decoder.isValid()) {
        return tl::make_unexpected(DecodeError{
            415, u"the charset %1 is not known here; send UTF-8"_s.arg(QLatin1StringView(charset))});
    }
    return QString(decoder.decode(body)).toUtf8();
}

} // namespace

tl::expected<void, DecodeError> GenericService::decode(const HttpRequest &request,
                                                       const RecordSink &sink) const
{
    if (request.method == "GET")
        return readForm(request.url.query(QUrl::FullyEncoded).toUtf8(), sink);
    Decompressed body = decodeBody(request.body, encodingOf(request));
    if (!body)
        return tl::make_unexpected(body.error());
    const auto text = utf8Of(*body, headerValue(request.headers, "Content-Type"));
    if (!text)
        return tl::make_unexpected(text.error());
    if (!text->isNull())
        body = *text;
    const QByteArray type = mediaType(request.headers);
    if (type.startsWith("multipart/"))
        return tl::make_unexpected(DecodeError{
            415, u"parts of a form are not taken; send JSON, lines, or a form of names and values"_s});
    if (type != "application/x-www-form-urlencoded")
        return readDocuments(*body, type, sink);
    // As `curl -d '{…}'` sends it: a form's names and values have no such characters.
    const QByteArrayView start = QByteArrayView(*body).trimmed();
    if (start.startsWith('{') || start.startsWith('['))
        return readDocuments(*body, "application/json", sink);
    const auto isRaw = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
    if (std::any_of(start.begin(), start.end(), isRaw)) {
        return tl::make_unexpected(DecodeError{
            400, u"this is no form, which has no blanks: send text as text/plain, or as a form: "
                 "message=up&level=info, or as JSON: {\"message\": \"up\"}"_s});
    }
    return readForm(*body, sink);
}

ServiceAnswer GenericService::accepted(const HttpRequest &) const
{
    return {200, "application/json"_ba, R"({"status":"ok"})"_ba};
}

ServiceAnswer GenericService::refused(int status, const QString &text) const
{
    const QJsonObject body{{u"error"_s, text}};
    return {status, "application/json"_ba, QJsonDocument(body).toJson(QJsonDocument::Compact)};
}

} // namespace trace
