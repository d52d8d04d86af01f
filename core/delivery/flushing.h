// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/flushreport.h"
#include "core/delivery/sender.h"
#include "core/journal/journalreader.h"

#include <QObject>
#include <QPromise>
#include <QTimer>

#include <functional>
#include <future>
#include <memory>
#include <vector>

namespace trace {

//! The flushes that are under way. Each ends, with a report, when its records are settled at every
//! endpoint that is not stuck. Lives on the engine thread; reports are read on threads of their
//! own.
class Flushing final : public QObject
{
    Q_OBJECT
public:
    using Promise = std::shared_ptr<QPromise<FlushReport>>;
    using Senders = std::vector<std::unique_ptr<Sender>>;

    Flushing(QString journalFolder, const Senders &senders);
    //! Ends those that are not over; the journal must know by now what the senders knew.
    ~Flushing() override;

    //! Waits for the records of a run, or for all up to those of \a all. What is to be sent must
    //! have been told to be.
    void begin(const std::optional<QString> &runId, SequenceRange all, JournalReader &reader,
               Promise promise);
    //! A sender has changed.
    void checkSoon();

Q_SIGNALS:
    //! A flush is over; its report follows.
    void flushed();

private:
    struct Flush
    {
        FlushEnd end{};
        Promise promise{};
    };

    void check();
    [[nodiscard]] bool isOver(const Flush &flush) const;
    void report(Flush flush);
    void answer(Promise promise, std::function<FlushReport()> make);

    const QString m_folder;
    const Senders &m_senders;
    std::vector<Flush> m_flushes;
    QTimer m_checkTimer;
    std::vector<std::future<void>> m_answers; // waits for them at the end
};

} // namespace trace
