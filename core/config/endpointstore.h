// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/config/filewatch.h"

#include <QObject>

#include <optional>

namespace trace {

//! `$XDG_CONFIG_HOME/trace-console`; see configHome().
[[nodiscard]] Expected<QString> defaultConfigFolder();

//! `endpoints.json` in a folder: loaded, checked, saved in one step, watched.
//! A file that is wrong is refused as a whole; the last good configuration stays in force, also
//! while the file is gone or empty.
class EndpointStore final : public QObject
{
    Q_OBJECT
public:
    explicit EndpointStore(QString folder, QObject *parent = nullptr);

    //! Reads the file; a file that does not exist is an empty configuration. The error names file,
    //! place, what was found and what is allowed. A secret itself, where a reference is expected,
    //! is refused in a file that others may read. What is secret of the endpoints is known from
    //! then on, see rememberSecrets().
    [[nodiscard]] Expected<QList<Endpoint>> load();
    //! Replaces the file in one step (QSaveFile), readable by its owner only. Refuses what load()
    //! would. Does not emit changed().
    [[nodiscard]] Expected<void> save(const QList<Endpoint> &endpoints);
    //! From now on changes of the file are read and reported, once they differ from what load(),
    //! save() or changed() last gave; so are those since then. Makes the folder where it is
    //! missing.
    void watch();
    //! Likewise, where \a inForce is what the program goes by.
    void watch(const QList<Endpoint> &inForce);

    [[nodiscard]] QString path() const;

Q_SIGNALS:
    //! Also when a problem is over and everything is as before.
    void changed(const QList<trace::Endpoint> &endpoints);
    //! The file is gone, cannot be read, is empty or changed to something that cannot be used: what
    //! was in force stays so.
    void problemOccurred(const trace::Error &problem);

private:
    [[nodiscard]] Expected<QList<Endpoint>> read() const;
    void reload();

    const QString m_folder;
    FileWatch m_watch;
    QList<Endpoint> m_last;
    std::optional<Error> m_problem;
    bool m_existed = false; // There was a file.
};

//! One endpoint or the whole file as JSON; text of the file in, endpoints or the JSON path of what
//! is wrong out.
[[nodiscard]] QByteArray endpointsToJson(const QList<Endpoint> &endpoints);
[[nodiscard]] Expected<QList<Endpoint>> endpointsFromJson(const QByteArray &json);

} // namespace trace
