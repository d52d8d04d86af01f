// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

#include <chrono>

namespace trace {

//! Reads the members of one JSON object of a configuration. A member that is absent leaves the
//! value as it is. The first thing that is wrong is kept with its JSON path, what was found and
//! what is allowed; then nothing more is read.
class JsonObjectReader final
{
public:
    //! \a path leads to the object: "endpoints[1]"; empty for the whole document.
    JsonObjectReader(QString path, const QJsonValue &value);

    //! Text values are never shown: they may be secrets.
    void text(const QString &key, QString &value);
    void boolean(const QString &key, bool &value);
    void integer(const QString &key, int &value);
    void seconds(const QString &key, std::chrono::milliseconds &value);
    //! The place of the word among \a allowed; -1 where absent.
    [[nodiscard]] int choice(const QString &key, const QStringList &allowed);
    void object(const QString &key, QJsonObject &value);
    [[nodiscard]] QJsonValue list(const QString &key);

    //! Members that none of the calls above read are unknown.
    void refuseOthers();
    //! Takes over what is wrong in an object below this one.
    void adopt(const JsonObjectReader &below);
    void refuse(const QString &key, const QString &what, const QString &allowed);

    [[nodiscard]] bool isOk() const { return m_result.has_value(); }
    [[nodiscard]] const Expected<void> &result() const { return m_result; }
    [[nodiscard]] QString pathOf(const QString &key) const;

private:
    [[nodiscard]] QJsonValue take(const QString &key, QJsonValue::Type type,
                                  const QString &allowed);

    QString m_path;
    QJsonObject m_object;
    QStringList m_known;
    Expected<void> m_result;
};

//! Where and why a document is no JSON; \a example is advised for an empty one.
[[nodiscard]] Error jsonSyntaxError(const QByteArray &json, const QJsonParseError &error,
                                    const QString &example);

} // namespace trace
