// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/batchprogress.h"

#include <algorithm>
#include <map>

namespace trace {

using namespace Qt::StringLiterals;

namespace {
// Enough to see what happened; a batch that probes a dead endpoint for a week has thousands.
constexpr qsizetype maxAttemptsKept = 50;
constexpr int hopelessLevel = 3;
// What fits into the buffers on the way goes out at once.
constexpr qsizetype largeBody = 64 * 1024;
} // namespace

BatchProgress::BatchProgress(std::shared_ptr<const Service> service, std::unique_ptr<Batch> batch)
    : m_service(std::move(service))
    , m_batch(std::move(batch))
{
    for (Share &share : m_batch->shares)
        m_parts.push_back({.share = std::move(share)});
    m_batch->shares.clear();
    for (const Unfit &unfit : m_batch->unfit)
        park({unfit.index}, {.kind = Outcome::Kind::Rejected, .reason = unfit.reason}, {}, false);
}

std::size_t BatchProgress::openRecords() const
{
    std::size_t count = 0;
    for (const Part &part : m_parts)
        count += part.share.indices.size();
    return count;
}

BatchProgress::Next BatchProgress::apply(const Outcome &outcome, const HttpReply &reply, int sent,
                                         const QDateTime &now)
{
    note(outcome, reply, sent, now);
    switch (outcome.kind) {
    case Outcome::Kind::Delivered:
        m_delivered.insert(m_delivered.end(), current().indices.begin(), current().indices.end());
        finishPart();
        blame();
        return Next::Proceed;
    case Outcome::Kind::PartlyDelivered:
        deliverPartly(outcome, reply);
        finishPart();
        blame();
        return Next::Proceed;
    case Outcome::Kind::Split:
        if (current().indices.size() > 1) {
            halve(0);
        } else {
            park(current().indices, outcome, reply, m_parts.front().mayHaveArrived);
            finishPart();
        }
        return Next::Proceed;
    case Outcome::Kind::Rejected:
        return refuse(outcome, reply);
    case Outcome::Kind::RetryLater:
        return retry(outcome, reply);
    case Outcome::Kind::Slower:
        return slowDown();
    case Outcome::Kind::CreateResource:
    case Outcome::Kind::RefreshCredentials:
    case Outcome::Kind::Hold:
        return Next::Hold;
    }
    Q_UNREACHABLE();
    return Next::Hold;
}

BatchProgress::Next BatchProgress::retry(const Outcome &outcome, const HttpReply &reply)
{
    if (m_parts.front().isBlamed && reply.status != 0)
        return refuse(outcome, reply);
    // Who refuses a request by its head may close the connection while the body is still on its
    // way, and the answer is never heard: that it is too large, or the key is wrong. A smaller one
    // is out before that.
    Part &part = m_parts.front();
    ++part.failures;
    part.closed += reply.wasClosed ? 1 : 0;
    if (part.closed < 2 || part.share.request.body.size() <= largeBody)
        return Next::Wait;
    const int closed = part.closed - 1; // half as large, it may do
    const std::size_t others = m_parts.size() - 1;
    if (!split())
        return isDone() ? Next::Proceed : Next::Wait;
    for (std::size_t i = 0; i < m_parts.size() - others; ++i)
        m_parts[i].closed = closed;
    return Next::Wait;
}

BatchProgress::Next BatchProgress::slowDown()
{
    // Once may be the pace; the same again, and the request may be more than is ever allowed.
    if (++m_parts.front().throttled >= 2 && current().indices.size() > 1)
        halve(0);
    return Next::Wait;
}

bool BatchProgress::split()
{
    if (current().indices.size() < 2)
        return false;
    const std::size_t others = m_parts.size() - 1;
    halve(0);
    // In the order of the records: nothing is wrong with these. Records that turn out to be unfit
    // are parked and leave no part.
    std::rotate(m_parts.begin(), m_parts.begin() + std::ptrdiff_t(others), m_parts.end());
    return !m_parts.empty();
}

void BatchProgress::parkUnfit(
    const std::function<std::optional<QString>(const RecordView &)> &reasonOf)
{
    const auto isFit = [&](std::size_t index) { return !reasonOf(m_batch->records[index]); };
    while (!isDone() && !std::all_of(current().indices.begin(), current().indices.end(), isFit)) {
        const Part part = std::move(m_parts.front());
        m_parts.pop_front();
        std::vector<std::size_t> fit;
        std::map<QString, std::vector<std::size_t>> unfit;
        for (const std::size_t index : part.share.indices) {
            const auto reason = reasonOf(m_batch->records[index]);
            (reason ? unfit[*reason] : fit).push_back(index);
        }
        for (auto &[reason, indices] : unfit)
            park(std::move(indices), {.kind = Outcome::Kind::Rejected, .reason = reason}, {},
                 part.mayHaveArrived);
        const std::size_t others = m_parts.size();
        if (!fit.empty())
            addParts(fit, part, part.level);
        // To where the part was.
        std::rotate(m_parts.begin(), m_parts.begin() + std::ptrdiff_t(others), m_parts.end());
    }
}

bool BatchProgress::stepAside()
{
    m_parts.front().isSuspect = true;
    if (m_parts.size() < 2)
        return false;
    m_parts.push_back(std::move(m_parts.front()));
    m_parts.pop_front();
    return true;
}

void BatchProgress::blame()
{
    m_anyAccepted = true;
    for (Part &part : m_parts)
        part.isBlamed = part.isSuspect;
}

void BatchProgress::note(const Outcome &outcome, const HttpReply &reply, int sent,
                         const QDateTime &now)
{
    // What went out before the last time was never answered.
    for (int i = 1; i < sent; ++i)
        m_attempts.append(
            {now, 0, u"answer lost: the connection broke, the request was sent again"_s});
    if (sent > 1 || reply.fault == TransportFault::Lost) {
        m_parts.front().mayHaveArrived = true;
        m_mayHaveArrived = true;
    }
    if (outcome.kind != Outcome::Kind::Delivered)
        m_attempts.append({now, reply.status, outcome.reason});
    if (m_attempts.size() > maxAttemptsKept) // the first one and the latest tell the story
        m_attempts.remove(1, m_attempts.size() - maxAttemptsKept);
}

void BatchProgress::halve(int levels)
{
    const Part part = std::move(m_parts.front());
    m_parts.pop_front();
    const auto &indices = part.share.indices;
    const auto middle = indices.begin() + std::ptrdiff_t(indices.size() / 2);
    // At the end: all parts of a level are tried before the next, so that one bad record is soon
    // told from an endpoint that takes nothing.
    addParts({indices.begin(), middle}, part, part.level + levels);
    addParts({middle, indices.end()}, part, part.level + levels);
}

void BatchProgress::addParts(const std::vector<std::size_t> &indices, const Part &origin, int level)
{
    std::vector<RecordView> records;
    for (const std::size_t index : indices)
        records.push_back(m_batch->records[index]);
    Plan plan = m_service->plan(records);
    for (Share &share : plan.shares) {
        for (std::size_t &index : share.indices)
            index = indices[index];
        m_parts.push_back(
            {.share = std::move(share), .level = level, .mayHaveArrived = origin.mayHaveArrived});
    }
    for (const Unfit &unfit : plan.unfit)
        park({indices[unfit.index]}, {.kind = Outcome::Kind::Rejected, .reason = unfit.reason}, {},
             origin.mayHaveArrived);
}

BatchProgress::Next BatchProgress::refuse(const Outcome &outcome, const HttpReply &reply)
{
    const int level = m_parts.front().level;
    if (!m_anyAccepted && level >= hopelessLevel &&
        std::none_of(std::next(m_parts.begin()), m_parts.end(),
                     [](const Part &part) { return part.level <= hopelessLevel; })) {
        // Records that were alone by now are not at fault either.
        for (const Parked &parked : std::exchange(m_parked, {}))
            addParts(parked.indices, {.share = {}, .mayHaveArrived = parked.mayHaveArrived}, level);
        return Next::Hopeless;
    }
    if (current().indices.size() > 1) {
        halve(1);
    } else {
        m_refused += current().indices.size();
        park(current().indices, outcome, reply, m_parts.front().mayHaveArrived);
        finishPart();
    }
    return Next::Proceed;
}

//! Places in the current share, as far as the answer tells them.
std::vector<std::size_t> BatchProgress::rejectedPlaces(const Outcome &outcome) const
{
    if (!outcome.rejected.empty() || !(outcome.rejectedBefore || outcome.rejectedFrom))
        return outcome.rejected;
    const auto &indices = current().indices;
    constexpr std::int64_t second = 1'000'000'000; // services tell these times in seconds
    for (const std::int64_t slack : {std::int64_t(0), second}) {
        std::vector<std::size_t> places;
        for (std::size_t place = 0; place < indices.size(); ++place) {
            const std::int64_t time = m_batch->records[indices[place]].timestamp;
            if ((outcome.rejectedBefore && time < *outcome.rejectedBefore + slack) ||
                (outcome.rejectedFrom && time >= *outcome.rejectedFrom))
                places.push_back(place);
        }
        if (places.size() == outcome.unknownCount)
            return places;
    }
    return {};
}

void BatchProgress::deliverPartly(const Outcome &outcome, const HttpReply &reply)
{
    const auto &indices = current().indices;
    const auto refused = rejectedPlaces(outcome);
    if (refused.empty()) {
        // Told how many but not which: all are kept, since any of them may be the lost one.
        Outcome told = outcome;
        told.reason = u"%1 of these %2 were refused, unknown which; a replay may duplicate the "
                      u"others: %3"_s.arg(outcome.unknownCount)
                          .arg(indices.size())
                          .arg(outcome.reason);
        park(indices, told, reply, true);
        return;
    }
    std::vector<std::size_t> rejected;
    for (std::size_t place = 0; place < indices.size(); ++place) {
        const bool isRejected = std::find(refused.begin(), refused.end(), place) != refused.end();
        (isRejected ? rejected : m_delivered).push_back(indices[place]);
    }
    park(std::move(rejected), outcome, reply, m_parts.front().mayHaveArrived);
}

void BatchProgress::park(std::vector<std::size_t> indices, const Outcome &outcome,
                         const HttpReply &reply, bool mayHaveArrived)
{
    // Records that were refused for the same reason make one failed batch.
    for (Parked &parked : m_parked) {
        if (parked.reason == outcome.reason && parked.status == reply.status &&
            parked.mayHaveArrived == mayHaveArrived) {
            parked.indices.insert(parked.indices.end(), indices.begin(), indices.end());
            std::sort(parked.indices.begin(), parked.indices.end());
            return;
        }
    }
    m_parked.push_back({std::move(indices), outcome.reason, reply.status, bodyExcerpt(reply.body),
                        mayHaveArrived});
}

void BatchProgress::parkOpen(const QString &reason, int status, const QString &bodyExcerpt)
{
    Parked parked{{}, reason, status, bodyExcerpt, m_mayHaveArrived};
    for (const Part &part : m_parts)
        parked.indices.insert(parked.indices.end(), part.share.indices.begin(),
                              part.share.indices.end());
    std::sort(parked.indices.begin(), parked.indices.end());
    m_parts.clear();
    m_refused = 0; // they go with the rest
    if (!parked.indices.empty())
        m_parked.push_back(std::move(parked));
}

void BatchProgress::finishPart()
{
    m_parts.pop_front();
}

std::vector<std::size_t> BatchProgress::takeDelivered()
{
    std::sort(m_delivered.begin(), m_delivered.end());
    return std::exchange(m_delivered, {});
}

std::vector<std::size_t> BatchProgress::undelivered() const
{
    std::vector<std::size_t> indices;
    for (const Part &part : m_parts)
        indices.insert(indices.end(), part.share.indices.begin(), part.share.indices.end());
    for (const Parked &parked : m_parked)
        indices.insert(indices.end(), parked.indices.begin(), parked.indices.end());
    std::sort(indices.begin(), indices.end());
    return indices;
}

FailedBatch BatchProgress::toFailedBatch(const Parked &parked, qint64 endpoint,
                                         const QDateTime &now) const
{
    RecordBlockBuilder builder;
    FailedBatch failed;
    for (const std::size_t index : parked.indices) {
        builder.append(m_batch->records[index]);
        failed.sequences.push_back(m_batch->records[index].sequence);
    }
    failed.data = builder.finish().data;
    failed.row = {.endpoint = endpoint,
                  .endpointName = {},
                  .state = FailedState::Parked,
                  .reason = parked.reason,
                  .status = parked.status,
                  .bodyExcerpt = parked.bodyExcerpt,
                  .attempts = m_attempts,
                  .created = now,
                  .records = qint64(parked.indices.size()),
                  .mayHaveArrived = parked.mayHaveArrived};
    if (!failed.sequences.empty()) {
        failed.row.firstSequence = failed.sequences.front();
        failed.row.lastSequence = failed.sequences.back();
    }
    return failed;
}

} // namespace trace
