// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/practice/cloudwatchgroups.h"
#include "core/practice/faultscript.h"
#include "core/receiver/httpanswer.h"
#include "core/receiver/httpserver.h"
#include "core/record/record.h"

#include <QElapsedTimer>
#include <QObject>

#include <deque>
#include <random>

namespace trace {

//! What a practice endpoint has seen.
struct PracticeSummary
{
    qint64 requests = 0; //!< Of clients; without probes and the questions to /practice/.
    qint64 answered2xx = 0;
    qint64 faults = 0;    //!< Requests that a fault was played on.
    qint64 records = 0;   //!< Records in the requests that were stored.
    qint64 bytes = 0;     //!< Of the stored bodies as they came.
    qint64 forgotten = 0; //!< Stored requests that were dropped again to stay within keepBytes.
};

struct PracticeOptions
{
    quint16 port = 0;
    FaultScript faults;
    std::chrono::milliseconds latency{0};
    qint64 keepBytes = 512 * 1024 * 1024; //!< Bodies kept, as they came; the oldest go first.
    quint64 seed = 1;                     //!< For the dice of the faults.
    //! Bytes of bodies per second that it takes, one second's worth at once; more is answered with
    //! 429. 0: as many as come.
    qint64 bytesPerSecond = 0;
    //! Reads each body and forgets it, unread: a sink to measure speed with.
    bool discards = false;
};

//! A local endpoint that speaks the services' formats, keeps what it got and fails on request: the
//! double for services in tests, demos and the user's own trials. Lives on one thread.
//!
//! Beside the services' own paths and their clients' probes it answers `GET /practice/summary`
//! (PracticeSummary as JSON), `GET /practice/records` (all kept records as NDJSON; with
//! `?answered=false` those of requests that it stored and did not answer) and `GET
//! /practice/ids?key=id` (how often each integer `metadata.<key>` arrived, as JSON:
//! `{"distinct", "minimum", "maximum", "missing", "duplicates"}`). The last two decode what is
//! kept, which takes the endpoint's thread for about a second per million records; the answer with
//! the records is built in memory, and is refused (507) above 512 MiB.
//!
//! A record's `metadata.<key>` counts as an integer also when it is digits in a string, as Loki's
//! clients send it. Other POSTs to "/" and "/post" are taken for generic ones.
//! CloudWatch's groups and streams must be created first, as at AWS, and events that AWS does not
//! store for their time are not kept.
class PracticeEndpoint final : public QObject
{
    Q_OBJECT
public:
    explicit PracticeEndpoint(PracticeOptions options, QObject *parent = nullptr);
    ~PracticeEndpoint() override;

    [[nodiscard]] Expected<void> listen();
    [[nodiscard]] quint16 port() const;
    //! "http://127.0.0.1:PORT" plus the push path of \a service.
    [[nodiscard]] QUrl url(const QString &service) const;

    //! Replaces the faults from now on: the demo's endpoint goes down and comes back.
    void setFaults(const FaultScript &faults);

    [[nodiscard]] PracticeSummary summary() const { return m_summary; }
    using Visit = std::function<void(const RecordView &)>;
    //! Decodes what is kept, oldest first.
    void forEachRecord(const Visit &visit) const;

Q_SIGNALS:
    //! After each request: what came and how it was answered (0: not at all).
    void requestHandled(const QString &path, qint64 records, int status);

private:
    struct Kept
    {
        QString service;
        HttpRequest request;
        bool isAnswered = true;
    };
    //! What happened to a request, on its way to the client.
    struct Reply
    {
        QString path;
        qint64 records = 0;
        HttpAnswer answer; //!< Its status is 0 for no answer at all.
    };

    void handle(HttpRequest &&request, HttpResponder responder);
    void practise(const QString &serviceName, HttpRequest &&request, HttpResponder responder);
    void forEachUnansweredRecord(const Visit &visit) const;
    static void decode(const Kept &kept, const Visit &visit);
    [[nodiscard]] HttpAnswer answerAbout(const QUrl &question) const;
    [[nodiscard]] const Fault *rollDice();
    [[nodiscard]] bool isTooFast(qint64 bytes);
    [[nodiscard]] const Fault *rejecting(std::string_view message) const;
    void keep(Kept &&kept);
    void strike(const Fault &fault, const Service &service, const HttpRequest &request,
                HttpResponder responder);
    void conclude(const Fault *fault, Reply reply, HttpResponder responder);
    void hang(HttpResponder responder);
    void reply(Reply reply, HttpResponder responder);
    void replyNow(const Reply &reply, HttpResponder &responder);

    PracticeOptions m_options;
    std::mt19937_64 m_dice;
    PracticeSummary m_summary;
    std::deque<Kept> m_kept;
    qint64 m_keptBytes = 0;
    double m_allowance = 0; //!< Of bytesPerSecond, in bytes; 0 before the first request.
    QElapsedTimer m_sinceRequest;
    CloudWatchGroups m_logGroups;
    std::deque<HttpResponder> m_hanging; //!< Of those who wait for the time-out.
    HttpServer m_server;                 //!< Last, so that it is gone before what its handler uses.
};

} // namespace trace
