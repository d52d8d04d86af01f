// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/endpointfile.h"

#include "core/config/endpointstore.h"

#include <QThread>

namespace trace {

EndpointFile::EndpointFile(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(std::move(folder))
{}

EndpointFile::~EndpointFile() = default;

EndpointStore &EndpointFile::store()
{
    Q_ASSERT(thread() == QThread::currentThread());
    if (!m_store) {
        m_store = std::make_unique<EndpointStore>(m_folder);
        connect(m_store.get(), &EndpointStore::changed, this,
                [this](const QList<Endpoint> &endpoints) {
                    endProblem();
                    Q_EMIT changed(endpoints);
                });
        connect(m_store.get(), &EndpointStore::problemOccurred, this, [this](const Error &problem) {
            m_told = problem;
            Q_EMIT problemOccurred(problem);
        });
    }
    return *m_store;
}

void EndpointFile::watch(const QList<Endpoint> &inForce)
{
    store().watch(inForce);
}

void EndpointFile::save(const QList<Endpoint> &endpoints, const QStringList &discarded)
{
    if (const auto done = store().save(endpoints); done) {
        endProblem();
        Q_EMIT saved(endpoints, discarded);
    } else {
        Q_EMIT problemOccurred(done.error());
    }
}

void EndpointFile::endProblem()
{
    if (const auto told = std::exchange(m_told, {}))
        Q_EMIT problemEnded(*told);
}

} // namespace trace
