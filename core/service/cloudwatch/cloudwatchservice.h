// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/cloudwatch/cloudwatchencoder.h"
#include "core/service/service.h"

namespace trace {

//! AWS CloudWatch Logs. A record's event is its JSON; log group and stream follow from templates
//! and are created when they are missing. Requests are signed with AWS Signature V4 by a key
//! `KEY_ID:SECRET[:TOKEN]`; see sigv4::keyFrom() and awsCredentials().
class CloudWatchService final : public Service
{
public:
    //! Own options: `region`, `log_group` and `log_stream` (templates), `retention_days` (of a
    //! created group), `max_event_bytes` and `profile` (for awsCredentials()). Without a region the
    //! host tells it, or it is us-east-1. No compression: AWS does not document any.
    [[nodiscard]] static Expected<std::shared_ptr<const Service>>
    make(const ServiceOptions &options);

    [[nodiscard]] QString name() const override;
    [[nodiscard]] Limits limits() const override;
    [[nodiscard]] Plan plan(std::span<const RecordView> records) const override;
    //! Leaves the request unsigned for a key that is none: AWS then tells so.
    void sign(HttpRequest &request, const QDateTime &now,
              const Credentials &credentials) const override;
    [[nodiscard]] Outcome interpret(const Share &share, const HttpReply &reply) const override;
    [[nodiscard]] std::vector<HttpRequest> create(const Share &share) const override;
    [[nodiscard]] std::vector<HttpRequest> createAll(const Share &share) const override;
    [[nodiscard]] bool isForNewOnly(const HttpRequest &request) const override;
    [[nodiscard]] Outcome interpretCreated(const HttpRequest &request,
                                           const HttpReply &reply) const override;
    [[nodiscard]] tl::expected<void, DecodeError> decode(const HttpRequest &request,
                                                         const RecordSink &sink) const override;
    [[nodiscard]] ServiceAnswer accepted(const HttpRequest &request) const override;
    [[nodiscard]] ServiceAnswer refused(int status, const QString &text) const override;

private:
    CloudWatchService() = default;

    [[nodiscard]] HttpRequest requestTo(const QByteArray &operation, const QByteArray &body) const;
    [[nodiscard]] Share shareOf(cloudwatch::Encoder::Put &put) const;

    ServiceOptions m_options;
    QByteArray m_region;
    int m_retentionDays = 0; //!< 0: for ever.
    cloudwatch::Encoder m_encoder;
};

namespace cloudwatch {

inline constexpr QStringView defaultGroup = u"/workflow/{workflow_name}";
inline constexpr QStringView defaultStream = u"{run_id}";

//! The region in a host of AWS (`logs.<region>.…`, also FIPS, dual-stack and VPC endpoints); empty
//! for other hosts.
[[nodiscard]] QString regionOfHost(const QString &host);

} // namespace cloudwatch

} // namespace trace
