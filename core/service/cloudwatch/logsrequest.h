// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <QJsonObject>

#include <cstdint>
#include <string_view>
#include <vector>

namespace trace::cloudwatch {

//! Stands before the operation in X-Amz-Target.
inline constexpr QByteArrayView targetPrefix = "Logs_20140328.";

//! The operation of a request to CloudWatch Logs, such as "PutLogEvents"; empty for others.
[[nodiscard]] QByteArray operationOf(const HttpRequest &request);

//! The error of a request as the service words it: `Type: message`; see errorAnswer().
[[nodiscard]] tl::unexpected<DecodeError> refuse(const QString &type, const QString &message,
                                                 int status = 400);

//! A PutLogEvents, read and checked as the service does it without a clock: names, order, sizes.
//! The views live as long as this.
class PutRequest final
{
public:
    struct Event
    {
        std::int64_t ms = 0; //!< Since the epoch, not negative.
        std::string_view message;
    };

    [[nodiscard]] static tl::expected<PutRequest, DecodeError> read(const HttpRequest &request);

    PutRequest(PutRequest &&) noexcept;
    PutRequest &operator=(PutRequest &&) noexcept;
    ~PutRequest();

    [[nodiscard]] std::string_view group() const { return m_group; }
    [[nodiscard]] std::string_view stream() const { return m_stream; }
    [[nodiscard]] const std::vector<Event> &events() const { return m_events; }

private:
    struct Document;

    explicit PutRequest(std::unique_ptr<Document> document);
    [[nodiscard]] tl::expected<void, DecodeError> readEvents();
    [[nodiscard]] tl::expected<void, DecodeError> checkEvents() const;

    std::unique_ptr<Document> m_document;
    std::string_view m_group;
    std::string_view m_stream;
    std::vector<Event> m_events;
};

//! The parameters of another operation, with the names that it must have: logGroupName,
//! logStreamName.
[[nodiscard]] tl::expected<QJsonObject, DecodeError> readParameters(const HttpRequest &request);

} // namespace trace::cloudwatch
