// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QJsonObject>
#include <QList>
#include <QWidget>

class QFormLayout;

namespace trace {

//! The fields of the options that one service has of its own.
class ServiceOptionsForm final : public QWidget
{
    Q_OBJECT
public:
    explicit ServiceOptionsForm(QWidget *parent = nullptr);

    //! Shows the fields of \a service with \a options in them.
    void setService(const QString &service, const QJsonObject &options);
    //! What the fields say, and as it was what has no field here.
    [[nodiscard]] Expected<QJsonObject> options() const;

Q_SIGNALS:
    void edited();

private:
    enum class Kind
    {
        Text,
        Number,
        Choice,
        Json
    };
    struct Field
    {
        QString key;
        QString label;
        Kind kind = Kind::Text;
        QString hint; //!< The default, or the choices with "|" between them.
    };
    struct Row
    {
        Field field;
        QWidget *editor = nullptr;
    };

    [[nodiscard]] static QList<Field> fieldsOf(const QString &service);
    [[nodiscard]] QWidget *makeEditor(const Field &field, const QJsonValue &value);
    [[nodiscard]] static Expected<QJsonValue> valueOf(const Row &row);

    QFormLayout *m_form;
    QList<Row> m_rows;
    QJsonObject m_options;
};

} // namespace trace
