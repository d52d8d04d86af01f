// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/batchprogress.h"

#include <algorithm>
#include <map>

namespace trace {

using namespace Qt::StringLiterals;

namespace {
// Enough to see what happened; a batch that probes a dead endpoint for a week has thousands.
constexpr qsizetype maxAttemptsKept = 50;
// What fits into the buffers on the way goes out at once.
constexpr qsizetype largeBody = 64 * 1024;
} // namespace

BatchProgress::BatchProgress(std::shared_ptr<const Service> service, std::unique_ptr<Batch> batch,
                             const SequenceSet &uncertain)
    : m_service(std::move(service))
    , m_batch(std::move(batch))
{
    for (std::size_t i = 0; !uncertain.isEmpty() && i < m_batch->records.size(); ++i) {
        if (uncertain.contains(m_batch->records[i].sequence))
            noteArrived(i);
    }
    for (Share &share : m_batch->shares)
        m_parts.push_back({.share = std::move(share)});
    m_batch->shares.clear();
    for (const Unfit &unfit : m_batch->unfit)
        park({unfit.index}, {.kind = Outcome::Kind::Rejected, .reason = unfit.reason}, {});
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
        m_tookSome = true;
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
        if (current().indices.size() > 1)
            halve();
        else
            parkCurrent(outcome, reply);
        return Next::Proceed;
    case Outcome::Kind::Rejected:
        m_refused += current().indices.size() == 1 ? 1 : 0;
        refuse(outcome, reply);
        return Next::Proceed;
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
    Part &part = m_parts.front();
    if (part.isBlamed && reply.status != 0) {
        refuse(outcome, reply);
        return Next::Proceed;
    }
    ++part.failures;
    part.closed += reply.wasClosed ? 1 : 0;
    const bool isSeveral = part.share.indices.size() > 1;
    // Who refuses a request by its head may close the connection while the body is still on its
    // way, and the answer is never heard: that it is too large, or the key is wrong. A smaller one
    // is out before that. Likewise before the time runs out, where the line is slow.
    const bool isClosedUpon = part.closed >= 2 && part.share.request.body.size() > largeBody;
    if (isSeveral && (isClosedUpon || reply.wasCutWhileSending))
        halve(std::max(part.closed - 1, 0)); // half as large, it may do
    return isDone() ? Next::Proceed : Next::Wait;
}

BatchProgress::Next BatchProgress::slowDown()
{
    // Once may be the pace; the same again, and the request may be more than is ever allowed.
    if (++m_parts.front().throttled >= 2 && current().indices.size() > 1)
        halve();
    return isDone() ? Next::Proceed : Next::Wait;
}

bool BatchProgress::split()
{
    if (current().indices.size() < 2)
        return false;
    halve();
    return !isDone(); // records that turn out to be unfit leave no part
}

void BatchProgress::parkUnfit(
    const std::function<std::optional<QString>(const RecordView &)> &reasonOf)
{
    const auto isFit = [&](std::size_t index) { return !reasonOf(m_batch->records[index]); };
    while (!isDone() && !std::all_of(current().indices.begin(), current().indices.end(), isFit)) {
        const std::vector<std::size_t> indices = current().indices;
        m_parts.pop_front();
        std::vector<std::size_t> fit;
        std::map<QString, std::vector<std::size_t>> unfit;
        for (const std::size_t index : indices) {
            const auto reason = reasonOf(m_batch->records[index]);
            (reason ? unfit[*reason] : fit).push_back(index);
        }
        for (const auto &[reason, places] : unfit)
            park(places, {.kind = Outcome::Kind::Rejected, .reason = reason}, {});
        if (!fit.empty())
            m_parts.push_front({.share = {.indices = std::move(fit)}, .isPacked = false});
        packFront();
    }
}

void BatchProgress::probe(std::size_t place)
{
    const auto next = [place](const Part &part) {
        const auto &indices = part.share.indices;
        const auto found = std::lower_bound(indices.begin(), indices.end(), place);
        return found == indices.end() ? indices.front() : *found;
    };
    const auto isBefore = [&](const Part &a, const Part &b) {
        const std::size_t one = next(a);
        const std::size_t other = next(b);
        return std::pair(one < place, one) < std::pair(other < place, other);
    };
    const auto found = std::min_element(m_parts.begin(), m_parts.end(), isBefore);
    auto &indices = found->share.indices;
    const std::size_t index = next(*found);
    Part probe{.share = {.indices = {index}}, .isPacked = false};
    if (indices.size() == 1) {
        probe = std::move(*found);
        m_parts.erase(found);
    } else {
        indices.erase(std::lower_bound(indices.begin(), indices.end(), index));
        found->share = {.request = {}, .indices = std::move(indices)};
        found->isPacked = false;
    }
    m_parts.push_front(std::move(probe));
    packFront();
}

bool BatchProgress::stepAside()
{
    m_parts.front().isSuspect = true;
    if (m_parts.size() < 2)
        return false;
    m_parts.push_back(std::move(m_parts.front()));
    m_parts.pop_front();
    packFront();
    return true;
}

void BatchProgress::blame()
{
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
    if (sent > 1 || reply.fault == TransportFault::Lost || outcome.mayHaveArrived)
        loseAnswer();
    if (outcome.kind != Outcome::Kind::Delivered)
        m_attempts.append({now, reply.status, outcome.reason});
    if (m_attempts.size() > maxAttemptsKept) // the first one and the latest tell the story
        m_attempts.remove(1, m_attempts.size() - maxAttemptsKept);
}

void BatchProgress::halve(int closed)
{
    const std::vector<std::size_t> indices = std::move(m_parts.front().share.indices);
    m_parts.pop_front();
    const auto middle = indices.begin() + std::ptrdiff_t(indices.size() / 2);
    for (const auto &[begin, end] :
         {std::pair(middle, indices.end()), std::pair(indices.begin(), middle)})
        m_parts.push_front(
            {.share = {.indices = {begin, end}}, .isPacked = false, .closed = closed});
    packFront();
}

//! Only what is sent next is packed: the rest of a large batch would be so many bytes.
void BatchProgress::packFront()
{
    while (!isDone() && !m_parts.front().isPacked) {
        const Part part = std::move(m_parts.front());
        m_parts.pop_front();
        const auto &indices = part.share.indices;
        std::vector<RecordView> records;
        records.reserve(indices.size());
        for (const std::size_t index : indices)
            records.push_back(m_batch->records[index]);
        Plan plan = m_service->plan(records);
        for (auto share = plan.shares.rbegin(); share != plan.shares.rend(); ++share) {
            for (std::size_t &index : share->indices)
                index = indices[index];
            Part packed = part;
            packed.share = std::move(*share);
            packed.isPacked = true;
            m_parts.push_front(std::move(packed));
        }
        for (const Unfit &unfit : plan.unfit)
            park({indices[unfit.index]}, {.kind = Outcome::Kind::Rejected, .reason = unfit.reason},
                 {});
    }
}

void BatchProgress::refuse(const Outcome &outcome, const HttpReply &reply)
{
    if (current().indices.size() > 1)
        halve();
    else
        parkCurrent(outcome, reply);
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
        m_tookSome = m_tookSome || outcome.unknownCount < indices.size();
        loseAnswer();
        park(indices, told, reply);
        return;
    }
    m_tookSome = m_tookSome || refused.size() < indices.size();
    std::vector<std::size_t> rejected;
    for (std::size_t place = 0; place < indices.size(); ++place) {
        const bool isRejected = std::find(refused.begin(), refused.end(), place) != refused.end();
        (isRejected ? rejected : m_delivered).push_back(indices[place]);
    }
    park(rejected, outcome, reply);
}

void BatchProgress::parkCurrent(const Outcome &outcome, const HttpReply &reply)
{
    park(current().indices, outcome, reply);
    finishPart();
}

void BatchProgress::park(const std::vector<std::size_t> &indices, const Outcome &outcome,
                         const HttpReply &reply)
{
    park({indices, outcome.reason, reply.status, bodyExcerpt(reply.body), false, outcome.problem});
}

void BatchProgress::park(Parked parked)
{
    std::vector<std::size_t> arrived;
    std::vector<std::size_t> others;
    for (const std::size_t index : parked.indices)
        (hasArrived(index) ? arrived : others).push_back(index);
    for (auto *indices : {&arrived, &others}) {
        if (indices->empty())
            continue;
        parked.mayHaveArrived = indices == &arrived;
        // Records that were refused for the same reason make one failed batch.
        const auto same = std::find_if(m_parked.begin(), m_parked.end(), [&](const Parked &other) {
            return other.reason == parked.reason && other.status == parked.status &&
                   other.mayHaveArrived == parked.mayHaveArrived;
        });
        parked.indices = std::move(*indices);
        if (same == m_parked.end()) {
            std::sort(parked.indices.begin(), parked.indices.end());
            m_parked.push_back(parked);
            continue;
        }
        same->indices.insert(same->indices.end(), parked.indices.begin(), parked.indices.end());
        std::sort(same->indices.begin(), same->indices.end());
    }
}

void BatchProgress::parkOpen(const QString &reason, int status, const QString &bodyExcerpt)
{
    Parked parked{{}, reason, status, bodyExcerpt};
    for (const Part &part : m_parts)
        parked.indices.insert(parked.indices.end(), part.share.indices.begin(),
                              part.share.indices.end());
    m_parts.clear();
    m_refused = 0; // they go with the rest
    park(std::move(parked));
}

void BatchProgress::finishPart()
{
    m_parts.pop_front();
    packFront();
}

void BatchProgress::loseAnswer()
{
    for (const std::size_t index : current().indices)
        noteArrived(index);
}

void BatchProgress::noteArrived(std::size_t index)
{
    if (m_arrived.empty())
        m_arrived.resize(m_batch->records.size());
    m_arrived[index] = true;
}

bool BatchProgress::hasArrived(std::size_t index) const
{
    return !m_arrived.empty() && m_arrived[index];
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

std::vector<std::uint64_t> BatchProgress::uncertain() const
{
    std::vector<std::uint64_t> sequences;
    if (m_arrived.empty())
        return sequences;
    for (const std::size_t index : undelivered()) {
        if (hasArrived(index))
            sequences.push_back(m_batch->records[index].sequence);
    }
    return sequences;
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
