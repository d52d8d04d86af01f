// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/record/jsonrecordreader.h"
#include "core/record/record.h"
#include "core/service/http.h"
#include "core/service/outcome.h"

#include <QDateTime>
#include <QHash>
#include <QJsonObject>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace trace {

//! What a service must know of an endpoint to speak to it. Holds no secret.
struct ServiceOptions
{
    QUrl url;            //!< As configured; a URL without a path gets the service's own.
    QString compression; //!< "none", "gzip", "snappy" …; empty for the service's default.
    HttpHeaders headers; //!< Added to every request.
    QJsonObject own;     //!< The service's own options, by the names of design.md section 5.

    friend bool operator==(const ServiceOptions &, const ServiceOptions &) = default;
};

//! How much goes into a request.
struct Limits
{
    std::size_t targetBytes = 4'000'000; //!< Aim, in bytes of records before compression.
    std::size_t targetRecords = 50'000;  //!< Aim, in records.
    std::size_t maxBytes = 16'000'000;   //!< Above this the service refuses.
    std::size_t maxRecords = 1'000'000;  //!< Above this the service refuses.
    //! Records older than `maxAge`, or farther ahead than `maxAhead`, would be dropped; 0: no such
    //! limit. Plan does not look at them, since it knows no clock.
    std::chrono::milliseconds maxAge{0};
    std::chrono::milliseconds maxAhead{0};
};

//! One request and the records in it.
struct Share
{
    HttpRequest request{};
    std::vector<std::size_t> indices{}; //!< Places in the span that was planned, ascending.
    //! Where the service sends the records in another order than that of `indices`: for each in
    //! the order of sending its place in `indices`. Empty where the orders are the same. For
    //! `interpret`; Outcome::rejected holds places in `indices` in any case.
    std::vector<std::size_t> order{};
};

//! A record that the service would refuse, drop or cut, which is known before it is sent.
struct Unfit
{
    std::size_t index = 0; //!< Place in the span that was planned.
    QString reason;        //!< With the limit and what was found. The same text for the same cause.
};

//! Each planned record is in exactly one share or unfit.
struct Plan
{
    std::vector<Share> shares;
    std::vector<Unfit> unfit; //!< Ascending.
};

//! A secret in clear. Only `sign` sees it; it never reaches a log, an error or a Share.
struct Credentials
{
    QByteArray key{};
};

//! Takes the records of a request, one after the other, and word of what was bent to read them.
class RecordSink final
{
public:
    template <typename Take>
    RecordSink(Take take)
        : m_take(std::move(take))
    {}

    //! The view is valid during the call.
    void operator()(const RecordView &record) const { m_take(record); }
    void note(const InputProblems &problems) const { m_problems.add(problems); }
    [[nodiscard]] const InputProblems &problems() const { return m_problems; }

private:
    std::function<void(const RecordView &)> m_take;
    mutable InputProblems m_problems;
};

//! Why a request could not be read, with the answer that the real service gives.
struct DecodeError
{
    int status = 400;
    QString text;
};

//! The answer of the real service to a request that was stored.
struct ServiceAnswer
{
    int status = 200;
    QByteArray contentType;
    QByteArray body;
    HttpHeaders headers{}; //!< Beside those that every answer has.
};

//! How one service wants its payload, how to read the same payload, its limits, and what its
//! answers mean. Pure: bytes in, bytes out; no sockets, no clock, no files. Every method is const
//! and may be called from any thread.
class Service
{
public:
    Service() = default;
    virtual ~Service() = default;
    Q_DISABLE_COPY_MOVE(Service)

    //! "datadog", "grafana", "cloudwatch", "generic", "otlp".
    [[nodiscard]] virtual QString name() const = 0;
    [[nodiscard]] virtual Limits limits() const = 0;

    //! What to ask the server before the first records, such as its version; none by default.
    [[nodiscard]] virtual std::optional<HttpRequest> inquiry() const { return {}; }
    //! This service as the answer to the inquiry wants it, or one that refuses records for their
    //! form; null when nothing changes. A server that does not understand the question is no error.
    [[nodiscard]] virtual std::shared_ptr<const Service> informed(const HttpReply &) const
    {
        return {};
    }

    //! Puts \a records into as many requests as the service needs. Depends on the records and the
    //! options only, so that a record sent again has the same bytes. Without authentication.
    [[nodiscard]] virtual Plan plan(std::span<const RecordView> records) const = 0;

    //! This service for a failed batch that is sent again, by what was told of its attempts; null
    //! when that changes nothing.
    [[nodiscard]] virtual std::shared_ptr<const Service> forReplay(const QString &) const
    {
        return {};
    }

    //! Adds the authentication, for each attempt anew.
    virtual void sign(HttpRequest &request, const QDateTime &now,
                      const Credentials &credentials) const = 0;

    //! What the answer to \a share means.
    [[nodiscard]] virtual Outcome interpret(const Share &share, const HttpReply &reply) const = 0;

    //! What to send, one after the other, when \a share met Outcome::CreateResource.
    [[nodiscard]] virtual std::vector<HttpRequest> create(const Share &) const { return {}; }
    //! Likewise when one of those met Outcome::CreateResource itself: where it should be is missing
    //! too. In this order, since who may create one thing may not create the other.
    [[nodiscard]] virtual std::vector<HttpRequest> createAll(const Share &) const { return {}; }
    //! Whether one of them is not to be sent when what the one before it creates is there already.
    [[nodiscard]] virtual bool isForNewOnly(const HttpRequest &) const { return false; }
    //! What the answer to one of them means; Delivered also when it was there already.
    [[nodiscard]] virtual Outcome interpretCreated(const HttpRequest &,
                                                   const HttpReply &reply) const
    {
        return outcomeOfStatus(reply);
    }

    //! The body of a request of this service as text for a person, binary formats too.
    [[nodiscard]] virtual QString readable(const HttpRequest &request) const;

    //! Reads the records of a request that a client of this service sent. Records before an error
    //! may have reached the sink; the caller discards them as the real service would.
    [[nodiscard]] virtual tl::expected<void, DecodeError> decode(const HttpRequest &request,
                                                                 const RecordSink &sink) const = 0;

    //! What the real service answers when it has stored \a request.
    [[nodiscard]] virtual ServiceAnswer accepted(const HttpRequest &request) const = 0;
    //! What the real service answers when it refuses: its error body for \a status and \a text.
    [[nodiscard]] virtual ServiceAnswer refused(int status, const QString &text) const = 0;
    //! The same in the form that suits \a request, whose body is not looked at.
    [[nodiscard]] virtual ServiceAnswer refusedFor(const HttpRequest &, int status,
                                                   const QString &text) const
    {
        return refused(status, text);
    }
};

//! The known service names, in the order in which a user is offered them.
[[nodiscard]] QStringList serviceNames();

//! A service with its options checked, or what is wrong with them: an unknown name, a malformed
//! URL, a secret in the URL, an unknown or out-of-range option.
[[nodiscard]] Expected<std::shared_ptr<const Service>> makeService(const QString &name,
                                                                   const ServiceOptions &options);

//! The URL check of makeService alone: absolute http(s) with a host, no user info, no fragment.
[[nodiscard]] Expected<void> checkUrl(const QUrl &url);

} // namespace trace
