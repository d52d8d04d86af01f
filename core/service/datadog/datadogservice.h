// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <string>

namespace trace {

//! Datadog's log intake, v2 (/api/v2/logs) and v1 (/v1/input), and whatever takes the same.
class DatadogService final : public Service
{
public:
    //! Own options: `site`, for which the url may be left out; `service` and `source`, for all
    //! records. Compression: gzip (the default), zstd or none.
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
    enum class Compression
    {
        Gzip,
        Zstd,
        None
    };

    DatadogService() = default;

    [[nodiscard]] Share shareOf(std::vector<std::size_t> indices) const; //!< Without its body.
    [[nodiscard]] QByteArray compressed(std::string_view body) const;

    ServiceOptions m_options;
    Compression m_compression = Compression::Gzip;
    std::string m_service;
    std::string m_source;
};

} // namespace trace
