// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/practice/practiceendpoint.h"

#include "core/practice/idcounter.h"
#include "core/receiver/servicepaths.h"
#include "core/record/jsonwriter.h"

#include <QDateTime>
#include <QTimer>
#include <QUrlQuery>

#include <algorithm>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t maxHanging = 1024;
constexpr qsizetype maxRecordsAnswer = 512 * 1024 * 1024;

HttpServerOptions serverOptions(const PracticeOptions &options)
{
    HttpServerOptions server;
    server.port = options.port;
    server.maxBodyBytes = 64 * 1024 * 1024; // The services' own limits are for `decode` to know.
    return server;
}

QString practisedService(const HttpRequest &request)
{
    const QString path = request.url.path();
    const QString service = serviceForRequest(request);
    return service.isEmpty() && (path == u"/"_s || path == u"/post"_s) ? u"generic"_s : service;
}

HttpAnswer fromService(const ServiceAnswer &answer)
{
    return {answer.status, answer.contentType, answer.body, answer.headers};
}

HttpAnswer faultAnswer(const Service &service, const HttpRequest &request, const Fault &fault,
                       const QString &text)
{
    HttpAnswer answer = fromService(service.refusedFor(request, fault.status, text));
    if (fault.retryAfterSeconds >= 0)
        answer.headers.append({"Retry-After"_ba, QByteArray::number(fault.retryAfterSeconds)});
    return answer;
}

QByteArray toJson(const PracticeSummary &summary)
{
    const auto member = [](const char *name, qint64 value) {
        return '"' + QByteArray(name) + "\":" + QByteArray::number(value);
    };
    return '{' + member("requests", summary.requests) + ',' +
           member("answered2xx", summary.answered2xx) + ',' + member("faults", summary.faults) +
           ',' + member("records", summary.records) + ',' + member("bytes", summary.bytes) + ',' +
           member("forgotten", summary.forgotten) + "}\n";
}

} // namespace

PracticeEndpoint::PracticeEndpoint(PracticeOptions options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_dice(m_options.seed)
    , m_server(serverOptions(m_options), [this](HttpRequest &&request, HttpResponder responder) {
        handle(std::move(request), std::move(responder));
    })
{}

PracticeEndpoint::~PracticeEndpoint() = default;

Expected<void> PracticeEndpoint::listen()
{
    return m_server.listen();
}

quint16 PracticeEndpoint::port() const
{
    return m_server.port();
}

QUrl PracticeEndpoint::url(const QString &service) const
{
    QUrl url = m_server.url();
    url.setPath(pathOfService(service));
    return url;
}

void PracticeEndpoint::setFaults(const FaultScript &faults)
{
    m_options.faults = faults;
}

void PracticeEndpoint::handle(HttpRequest &&request, HttpResponder responder)
{
    const QString path = request.url.path();
    const bool asks = request.method == "GET" || request.method == "HEAD";
    if (asks && path.startsWith(u"/practice/"_s)) {
        const HttpAnswer answer = answerAbout(request.url);
        responder.answer(answer.status, answer.contentType, answer.body);
        return;
    }
    if (const auto probe = probeAnswer(path); probe && asks) {
        responder.answer(probe->status, probe->contentType, probe->body);
        return;
    }
    ++m_summary.requests;
    const QString service = practisedService(request);
    if (request.method == "POST" && servedService(service))
        practise(service, std::move(request), std::move(responder));
    else
        reply({shownPath(path), 0, unknownPathAnswer(request.method, path)}, std::move(responder));
}

void PracticeEndpoint::practise(const QString &serviceName, HttpRequest &&request,
                                HttpResponder responder)
{
    const auto service = servedService(serviceName);
    const QString path = shownPath(request.url.path());
    if (isTooFast(request.body.size())) {
        ++m_summary.faults;
        const Fault throttle{.kind = Fault::Kind::Status, .status = 429, .text = {}};
        reply({path, 0, faultAnswer(*service, request, throttle, u"more than the rate allows"_s)},
              std::move(responder));
        return;
    }
    const Fault *fault = rollDice();
    if (fault && !fault->hidesAnswer()) {
        strike(*fault, *service, request, std::move(responder));
        return;
    }
    std::optional<CloudWatchGroups::Verdict> verdict;
    if (serviceName == u"cloudwatch"_s && !m_options.discards)
        verdict = m_logGroups.take(request, QDateTime::currentMSecsSinceEpoch());
    if (verdict && !verdict->stores) {
        conclude(fault, {path, 0, fromService(verdict->answer)}, std::move(responder));
        return;
    }
    if (m_options.discards) {
        m_summary.bytes += request.body.size();
        conclude(fault, {path, 0, fromService(service->accepted(request))}, std::move(responder));
        return;
    }
    qint64 records = 0;
    const Fault *reject = nullptr;
    const auto decoded = service->decode(request, [&](const RecordView &record) {
        ++records;
        if (!reject)
            reject = rejecting(record.message);
    });
    if (!decoded) {
        const DecodeError &error = decoded.error();
        reply({path, 0, fromService(service->refusedFor(request, error.status, error.text))},
              std::move(responder));
        return;
    }
    if (reject) {
        ++m_summary.faults;
        const QString text = u"a record's message contains \"%1\""_s.arg(reject->text);
        reply({path, 0, faultAnswer(*service, request, *reject, text)}, std::move(responder));
        return;
    }
    HttpAnswer answer = fromService(verdict ? verdict->answer : service->accepted(request));
    m_summary.records += records;
    keep({serviceName, std::move(request), fault == nullptr});
    conclude(fault, {path, records, std::move(answer)}, std::move(responder));
}

//! Nothing is kept of \a request.
void PracticeEndpoint::strike(const Fault &fault, const Service &service,
                              const HttpRequest &request, HttpResponder responder)
{
    const QString path = shownPath(request.url.path());
    ++m_summary.faults;
    if (fault.kind == Fault::Kind::Status) {
        reply({path, 0, faultAnswer(service, request, fault, u"a practice fault"_s)},
              std::move(responder));
        return;
    }
    if (fault.kind == Fault::Kind::Timeout)
        hang(std::move(responder));
    else
        responder.drop();
    Q_EMIT requestHandled(path, 0, 0);
}

//! Answers what was done; not at all where a \a fault hides that.
void PracticeEndpoint::conclude(const Fault *fault, Reply reply, HttpResponder responder)
{
    if (!fault) {
        this->reply(std::move(reply), std::move(responder));
        return;
    }
    ++m_summary.faults;
    if (fault->kind == Fault::Kind::Half)
        responder.halfClose();
    else
        responder.drop();
    Q_EMIT requestHandled(reply.path, reply.records, 0);
}

//! A token bucket.
bool PracticeEndpoint::isTooFast(qint64 bytes)
{
    const auto rate = double(m_options.bytesPerSecond);
    if (rate <= 0)
        return false;
    const double seconds =
        m_sinceRequest.isValid() ? double(m_sinceRequest.nsecsElapsed()) / 1e9 : 1;
    m_sinceRequest.start();
    m_allowance = std::min(rate, m_allowance + seconds * rate);
    if (double(bytes) > m_allowance)
        return true;
    m_allowance -= double(bytes);
    return false;
}

const Fault *PracticeEndpoint::rollDice()
{
    // Not uniform_real_distribution: its results differ between standard libraries.
    const double dice = double(m_dice() >> 11) / double(std::uint64_t(1) << 53);
    double sum = 0;
    for (const Fault &fault : std::as_const(m_options.faults.faults)) {
        if (fault.kind == Fault::Kind::Reject)
            continue;
        sum += fault.probability;
        if (dice < sum)
            return &fault;
    }
    return nullptr;
}

const Fault *PracticeEndpoint::rejecting(std::string_view message) const
{
    for (const Fault &fault : m_options.faults.faults) {
        if (fault.kind == Fault::Kind::Reject &&
            message.find(fault.text.toStdString()) != std::string_view::npos)
            return &fault;
    }
    return nullptr;
}

void PracticeEndpoint::keep(Kept &&kept)
{
    m_summary.bytes += kept.request.body.size();
    m_keptBytes += kept.request.body.size();
    m_kept.push_back(std::move(kept));
    while (m_keptBytes > m_options.keepBytes) {
        m_keptBytes -= m_kept.front().request.body.size();
        m_kept.pop_front();
        ++m_summary.forgotten;
    }
}

void PracticeEndpoint::hang(HttpResponder responder)
{
    std::erase_if(m_hanging, [](const HttpResponder &r) { return !r.isWaiting(); });
    if (m_hanging.size() >= maxHanging)
        m_hanging.pop_front();
    m_hanging.push_back(std::move(responder));
}

void PracticeEndpoint::reply(Reply reply, HttpResponder responder)
{
    if (m_options.latency <= std::chrono::milliseconds::zero()) {
        replyNow(reply, responder);
        return;
    }
    QTimer::singleShot(
        m_options.latency, this,
        [this, reply = std::move(reply), responder = std::move(responder)]() mutable {
            replyNow(reply, responder);
        });
}

void PracticeEndpoint::replyNow(const Reply &reply, HttpResponder &responder)
{
    const HttpAnswer &answer = reply.answer;
    if (answer.status / 100 == 2)
        ++m_summary.answered2xx;
    responder.answer(answer.status, answer.contentType, answer.body, answer.headers);
    Q_EMIT requestHandled(reply.path, reply.records, answer.status);
}

void PracticeEndpoint::forEachRecord(const Visit &visit) const
{
    for (const Kept &kept : m_kept)
        decode(kept, visit);
}

void PracticeEndpoint::forEachUnansweredRecord(const Visit &visit) const
{
    for (const Kept &kept : m_kept) {
        if (!kept.isAnswered)
            decode(kept, visit);
    }
}

void PracticeEndpoint::decode(const Kept &kept, const Visit &visit)
{
    // Read once already when it came, so it can be read.
    if (const auto service = servedService(kept.service))
        static_cast<void>(service->decode(kept.request, visit));
}

HttpAnswer PracticeEndpoint::answerAbout(const QUrl &question) const
{
    const QString what = question.path().section(u'/', 2);
    const auto json = "application/json"_ba;
    if (what == u"summary"_s)
        return {200, json, toJson(m_summary), {}};
    const QUrlQuery query(question);
    if (what == u"ids"_s) {
        const QString key = query.queryItemValue(u"key"_s, QUrl::FullyDecoded);
        IdCounter ids(key.isEmpty() ? "id"_ba : key.toUtf8());
        forEachRecord([&](const RecordView &record) { ids.add(record.metadata); });
        return {200, json, ids.toJson(), {}};
    }
    if (what != u"records"_s)
        return {404,
                "text/plain"_ba,
                "ask for /practice/summary, /practice/records or /practice/ids?key=id\n"_ba,
                {}};
    QByteArray lines;
    std::string line;
    const Visit append = [&](const RecordView &record) {
        if (lines.size() > maxRecordsAnswer)
            return;
        line.clear();
        appendJson(line, record);
        lines.append(line.data(), qsizetype(line.size())).append('\n');
    };
    if (query.queryItemValue(u"answered"_s) == u"false"_s)
        forEachUnansweredRecord(append);
    else
        forEachRecord(append);
    if (lines.size() > maxRecordsAnswer)
        return {
            507, "text/plain"_ba, "too much is kept for one answer; ask /practice/ids\n"_ba, {}};
    return {200, "application/x-ndjson"_ba, lines, {}};
}

} // namespace trace
