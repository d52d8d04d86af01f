// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/progress.h"

#include "app/forwarder/output.h"

#include <algorithm>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Of some endpoints together: what is not on its way any more, and what is left.
struct Standing
{
    qint64 settled = 0;
    qint64 open = 0;
};

Standing standingOf(const ForwarderStatus &status, const QStringList &endpoints)
{
    Standing standing;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (!endpoints.contains(endpoint.id))
            continue;
        const Ledger &ledger = endpoint.ledger;
        standing.settled += ledger.delivered + ledger.failed + ledger.discarded();
        standing.open += ledger.waiting + ledger.inFlight;
    }
    return standing;
}

} // namespace

QString progressText(qint64 done, qint64 total, const QString &unit)
{
    constexpr int width = 20;
    const double share = total > 0 ? std::clamp(double(done) / double(total), 0.0, 1.0) : 0.0;
    const auto filled = qsizetype(share * width);
    return u"[%1%2] %3 %  %4 of %5 %6"_s.arg(QString(filled, u'#'), QString(width - filled, u'-'))
        .arg(int(share * 100), 3)
        .arg(done)
        .arg(total)
        .arg(unit);
}

Progress::Progress(Engine &engine, QStringList endpoints)
    : m_endpoints(std::move(endpoints))
    , m_settledBefore(standingOf(engine.status(), m_endpoints).settled)
{
    connect(&engine, &Engine::statusChanged, this, &Progress::show);
}

Progress::~Progress()
{
    printProgress({});
}

void Progress::show(const ForwarderStatus &status)
{
    const Standing now = standingOf(status, m_endpoints);
    const qint64 done = now.settled - m_settledBefore;
    if (done + now.open > 0)
        printProgress(progressText(done, done + now.open, u"records"_s));
}

} // namespace trace
