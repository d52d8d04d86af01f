// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/otlp/otlpanswer.h"
#include "core/service/service.h"

namespace trace {

//! OpenTelemetry's logs over HTTP. The fields of a record become attributes by the names of the
//! semantic conventions, see otlpfields.h.
class OtlpService final : public Service
{
public:
    //! Own option: `encoding` (protobuf, json). Compression: gzip (the default), zstd or none.
    [[nodiscard]] static Expected<std::shared_ptr<const Service>>
    make(const ServiceOptions &options);

    [[nodiscard]] QString name() const override;
    [[nodiscard]] Limits limits() const override;
    [[nodiscard]] Plan plan(std::span<const RecordView> records) const override;
    void sign(HttpRequest &request, const QDateTime &now,
              const Credentials &credentials) const override;
    [[nodiscard]] Outcome interpret(const Share &share, const HttpReply &reply) const override;
    [[nodiscard]] QString readable(const HttpRequest &request) const override;
    [[nodiscard]] tl::expected<void, DecodeError> decode(const HttpRequest &request,
                                                         const RecordSink &sink) const override;
    //! In the request's encoding; 204 on Loki's path for OTLP.
    [[nodiscard]] ServiceAnswer accepted(const HttpRequest &request) const override;
    [[nodiscard]] ServiceAnswer refused(int status, const QString &text) const override;
    [[nodiscard]] ServiceAnswer refusedFor(const HttpRequest &request, int status,
                                           const QString &text) const override;

private:
    enum class Compression
    {
        Gzip,
        Zstd,
        None
    };

    OtlpService() = default;

    [[nodiscard]] Share encode(std::span<const RecordView> records, std::size_t first,
                               std::size_t last) const;
    void setBody(HttpRequest &request, QByteArray &&body) const;

    ServiceOptions m_options;
    otlp::Encoding m_encoding = otlp::Encoding::Protobuf;
    Compression m_compression = Compression::Gzip;
};

} // namespace trace
