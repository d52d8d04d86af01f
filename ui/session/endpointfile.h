// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"

#include <QObject>

#include <memory>
#include <optional>

namespace trace {

class EndpointStore;

//! The configuration file for the console, on a thread of its own.
class EndpointFile final : public QObject
{
    Q_OBJECT
public:
    explicit EndpointFile(QString folder, QObject *parent = nullptr);
    ~EndpointFile() override;

    //! Reports changes that others make, from \a inForce on.
    void watch(const QList<trace::Endpoint> &inForce);
    //! Ends in saved(), or in problemOccurred() with the file as it was. \a discarded are the ids of
    //! endpoints whose waiting records go with them, once they are taken out.
    void save(const QList<trace::Endpoint> &endpoints, const QStringList &discarded);

Q_SIGNALS:
    void saved(const QList<trace::Endpoint> &endpoints, const QStringList &discarded);
    void changed(const QList<trace::Endpoint> &endpoints);
    void problemOccurred(const trace::Error &problem);
    //! What was told of the file is over.
    void problemEnded(const trace::Error &problem);

private:
    // Made on the thread that uses it: it has a watcher.
    EndpointStore &store();
    void endProblem();

    QString m_folder;
    std::unique_ptr<EndpointStore> m_store;
    std::optional<Error> m_told; // of the file as it is
};

} // namespace trace
