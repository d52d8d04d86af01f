// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/flushing.h"

#include "core/delivery/ledger.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

Flushing::Flushing(QString journalFolder, const Senders &senders)
    : m_folder(std::move(journalFolder))
    , m_senders(senders)
{
    m_checkTimer.setSingleShot(true);
    m_checkTimer.setInterval(0ms);
    m_checkTimer.callOnTimeout(this, &Flushing::check);
}

Flushing::~Flushing()
{
    for (Flush &flush : m_flushes) {
        flush.end.stopped = u"the engine was stopped"_s;
        report(std::move(flush));
    }
}

void Flushing::begin(const std::optional<QString> &runId, SequenceRange all, JournalReader &reader,
                     Promise promise)
{
    Flush flush{.end = {.runId = runId, .range = all}, .promise = std::move(promise)};
    if (runId) {
        const auto run = reader.run(*runId);
        if (!run || !*run) {
            FlushReport report{.runId = runId};
            report.problem = run ? noSuchRun(*runId) : run.error();
            answer(std::move(flush.promise), [report] { return report; });
            return;
        }
        flush.end.range = {(*run)->firstSequence, (*run)->lastSequence};
    }
    for (const auto &sender : m_senders)
        flush.end.before.emplace(sender->journalId(), sender->status().ledger);
    m_flushes.push_back(std::move(flush));
    checkSoon();
}

void Flushing::checkSoon()
{
    // Later, because senders also change while the configuration does, and many times at once.
    if (!m_flushes.empty() && !m_checkTimer.isActive())
        m_checkTimer.start();
}

bool Flushing::isOver(const Flush &flush) const
{
    return std::none_of(m_senders.begin(), m_senders.end(), [&](const auto &sender) {
        return !sender->isStuck() && sender->isOpen(flush.end.range);
    });
}

void Flushing::check()
{
    const auto over = std::stable_partition(m_flushes.begin(), m_flushes.end(),
                                            [this](const Flush &flush) { return !isOver(flush); });
    if (over != m_flushes.end())
        Q_EMIT flushed();
    for (auto flush = over; flush != m_flushes.end(); ++flush)
        report(std::move(*flush));
    m_flushes.erase(over, m_flushes.end());
}

void Flushing::report(Flush flush)
{
    for (const auto &sender : m_senders)
        flush.end.status.emplace(sender->journalId(), sender->status());
    answer(std::move(flush.promise), [folder = m_folder, end = std::move(flush.end)] {
        return readFlushReport(folder, end);
    });
}

void Flushing::answer(Promise promise, std::function<FlushReport()> make)
{
    std::erase_if(m_answers, [](const std::future<void> &done) {
        return done.wait_for(0ms) == std::future_status::ready;
    });
    m_answers.push_back(
        std::async(std::launch::async, [promise = std::move(promise), make = std::move(make)] {
            promise->addResult(make());
            promise->finish();
        }));
}

} // namespace trace
