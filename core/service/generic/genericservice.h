// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace {

//! Any REST endpoint that takes the records' own JSON: an array, one record per line, or one record
//! per request. Reads the same, and plain lines and the forms of Python's HTTPHandler besides.
class GenericService final : public Service
{
public:
    //! Own options: `shape` (array, ndjson, object), `authentication` (bearer, basic, header, none)
    //! and `header`, the name of the header that carries the key for `header`.
    [[nodiscard]] static Expected<std::shared_ptr<const Service>>
    make(const ServiceOptions &options);

    [[nodiscard]] QString name() const override;
    [[nodiscard]] Limits limits() const override;
    [[nodiscard]] Plan plan(std::span<const RecordView> records) const override;
    void sign(HttpRequest &request, const QDateTime &now,
              const Credentials &credentials) const override;
    [[nodiscard]] Outcome interpret(const Share &share, const HttpReply &reply) const override;
    [[nodiscard]] tl::expected<void, DecodeError> decode(const HttpRequest &request,
                                                         const RecordSink &sink) const override;
    [[nodiscard]] ServiceAnswer accepted(const HttpRequest &request) const override;
    [[nodiscard]] ServiceAnswer refused(int status, const QString &text) const override;

private:
    enum class Shape
    {
        Array,
        Lines,
        Object
    };
    enum class Authentication
    {
        Bearer,
        Basic,
        Header,
        None
    };

    GenericService() = default;

    [[nodiscard]] Share finish(std::string &body, std::size_t first, std::size_t last) const;

    ServiceOptions m_options;
    Shape m_shape = Shape::Array;
    Authentication m_authentication = Authentication::Bearer;
    QByteArray m_keyHeader;
    bool m_gzip = false;
};

} // namespace trace
