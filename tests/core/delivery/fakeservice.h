// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace {

//! A service whose server must be told of a resource in two steps, which renews keys, and whose
//! limits a test sets. A request is the messages, one a line; messages with "unfit" are not sent.
class FakeService final : public Service
{
public:
    explicit FakeService(QUrl url, Limits limits = {})
        : m_url(std::move(url))
        , m_limits(limits)
    {}

    [[nodiscard]] QString name() const override { return QStringLiteral("fake"); }
    [[nodiscard]] Limits limits() const override { return m_limits; }

    [[nodiscard]] Plan plan(std::span<const RecordView> records) const override
    {
        Plan plan;
        Share share{.request = requestFor(QStringLiteral("/push"))};
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (records[i].message.find("unfit") != std::string_view::npos) {
                plan.unfit.push_back({i, QStringLiteral("it says so itself")});
                continue;
            }
            share.indices.push_back(i);
            share.request.body +=
                QByteArray(records[i].message.data(), qsizetype(records[i].message.size())) + '\n';
        }
        if (!share.indices.empty())
            plan.shares.push_back(std::move(share));
        return plan;
    }

    void sign(HttpRequest &request, const QDateTime &when,
              const Credentials &credentials) const override
    {
        setHeader(request.headers, "X-Key", credentials.key);
        setHeader(request.headers, "X-Now", QByteArray::number(when.toSecsSinceEpoch()));
    }

    [[nodiscard]] Outcome interpret(const Share &, const HttpReply &reply) const override
    {
        if (reply.status == 404)
            return {.kind = Outcome::Kind::CreateResource, .reason = QStringLiteral("no group")};
        if (reply.status == 403)
            return {.kind = Outcome::Kind::RefreshCredentials, .reason = answerText(reply)};
        return outcomeOfStatus(reply);
    }

    [[nodiscard]] std::vector<HttpRequest> create(const Share &) const override
    {
        return {requestFor(QStringLiteral("/group")), requestFor(QStringLiteral("/stream"))};
    }

    [[nodiscard]] tl::expected<void, DecodeError> decode(const HttpRequest &,
                                                         const RecordSink &) const override
    {
        return {};
    }
    [[nodiscard]] ServiceAnswer accepted(const HttpRequest &) const override { return {}; }
    [[nodiscard]] ServiceAnswer refused(int status, const QString &) const override
    {
        return {.status = status, .contentType = {}, .body = {}};
    }

private:
    [[nodiscard]] HttpRequest requestFor(const QString &path) const
    {
        HttpRequest request;
        request.url = m_url;
        request.url.setPath(path);
        return request;
    }

    QUrl m_url;
    Limits m_limits;
};

} // namespace trace
