// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/grafana/lokiencoder.h"
#include "core/service/service.h"

namespace trace {

//! Grafana Loki's push API. Few labels, one stream for each set of them; the other fields go to
//! structured metadata, or into the line for servers older than 2.9.
class GrafanaService final : public Service
{
public:
    //! Own options: `tenant`, `labels` (an object of texts), `structured_metadata` (auto, on, off)
    //! and `max_age` (a duration, 7d without it, or off), which should be what the tenant's
    //! reject_old_samples_max_age is. Compression: snappy (protobuf, the default), gzip or none
    //! (JSON).
    [[nodiscard]] static Expected<std::shared_ptr<const Service>>
    make(const ServiceOptions &options);

    [[nodiscard]] QString name() const override;
    [[nodiscard]] Limits limits() const override;
    //! With structured_metadata "auto": which version the server is.
    [[nodiscard]] std::optional<HttpRequest> inquiry() const override;
    [[nodiscard]] std::shared_ptr<const Service> informed(const HttpReply &reply) const override;
    [[nodiscard]] Plan plan(std::span<const RecordView> records) const override;
    //! For what Loki refused because it was more than an hour (half of max_chunk_age) behind its
    //! stream: one that puts the records into streams of their own.
    [[nodiscard]] std::shared_ptr<const Service> forReplay(const QString &told) const override;
    void sign(HttpRequest &request, const QDateTime &now,
              const Credentials &credentials) const override;
    [[nodiscard]] Outcome interpret(const Share &share, const HttpReply &reply) const override;
    [[nodiscard]] QString readable(const HttpRequest &request) const override;
    [[nodiscard]] tl::expected<void, DecodeError> decode(const HttpRequest &request,
                                                         const RecordSink &sink) const override;
    [[nodiscard]] ServiceAnswer accepted(const HttpRequest &request) const override;
    [[nodiscard]] ServiceAnswer refused(int status, const QString &text) const override;

private:
    enum class Format
    {
        Protobuf,
        GzipJson,
        Json
    };

    GrafanaService() = default;

    //! A request with those of \a all that stand at \a indices.
    [[nodiscard]] Share encode(std::span<const RecordView> all,
                               std::vector<std::size_t> &&indices) const;
    //! A copy, to be changed.
    [[nodiscard]] std::shared_ptr<GrafanaService> copy() const;
    //! This one for a server with other abilities.
    [[nodiscard]] std::shared_ptr<const Service> with(bool structuredMetadata,
                                                      bool escapesInMetadata) const;
    void addTenant(HttpRequest &request) const;

    ServiceOptions m_options;
    Format m_format = Format::Protobuf;
    QByteArray m_tenant;
    bool m_asksForVersion = false;
    std::chrono::milliseconds m_maxAge{0}; // 0: any
    loki::Encoder m_encoder;
};

} // namespace trace
