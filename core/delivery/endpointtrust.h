// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QRandomGenerator>

namespace trace {

//! Tells an endpoint that takes nothing from records that are at fault themselves, by the requests
//! in a row that it refuses. Who has taken nothing yet is suspect from the first refusal: single
//! records from random places are tried, and when ten requests in a row brought nothing through,
//! none will. Who has taken something is believed for so long that a bad batch is no suspicion.
//! Who took something once is suspect like any other when that credit is spent, or was a former
//! process's, but never given up: the newest record is tried before the tenth refusal, and
//! afterwards single ones in their time. Pure bookkeeping.
class EndpointTrust final
{
public:
    explicit EndpointTrust(quint32 seed = QRandomGenerator::global()->generate());

    //! Something was taken, so what was refused is at fault itself.
    void took();
    //! In a former process, by a configuration that may have been another in parts.
    void tookBefore();
    //! All that it refused is tried anew.
    void startOver();
    //! A request was refused.
    void refused();
    //! A batch ended of which nothing was taken.
    void batchRefused();

    //! Refusals may be the endpoint's fault: nothing but probes is sent.
    [[nodiscard]] bool isSuspect() const { return m_credit != Credit::Fresh && m_refused > 0; }
    //! It takes nothing.
    [[nodiscard]] bool isExhausted() const;
    //! It took something once, so records that it takes may come again.
    [[nodiscard]] bool hasTaken() const { return m_hasTaken; }
    //! With nothing left to try, what a suspect endpoint refused is held to be at fault itself.
    [[nodiscard]] bool blamesRecords() const { return m_credit != Credit::None; }

    //! Where among \a count records, at least one, the next probe is to be taken. The probes of a
    //! row come from all parts of them, and from even and odd places in turn: no run of bad records
    //! and no simple pattern of them that leaves half of all good fills ten of them. The newest of
    //! all is among those of an endpoint that has taken something.
    [[nodiscard]] std::size_t nextPlace(std::size_t count);

private:
    enum class Credit
    {
        None,
        Stale, //!< Of a former process.
        Fresh,
    };

    QRandomGenerator m_dice;
    Credit m_credit = Credit::None;
    bool m_hasTaken = false;
    int m_refused = 0; // requests in a row
    unsigned m_probe = 0;
};

} // namespace trace
