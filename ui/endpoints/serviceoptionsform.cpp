// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/endpoints/serviceoptionsform.h"

#include <QComboBox>
#include <QFormLayout>
#include <QJsonDocument>
#include <QLineEdit>

using namespace Qt::StringLiterals;

namespace trace {

ServiceOptionsForm::ServiceOptionsForm(QWidget *parent)
    : QWidget(parent)
    , m_form(new QFormLayout(this))
{
    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
}

QList<ServiceOptionsForm::Field> ServiceOptionsForm::fieldsOf(const QString &service)
{
    if (service == "grafana"_L1)
        return {
            {u"tenant"_s, tr("Tenant:"), Kind::Text, tr("none")},
            {u"labels"_s, tr("Labels:"), Kind::Json, uR"({"team": "data"})"_s},
            {u"structured_metadata"_s, tr("Structured metadata:"), Kind::Choice, u"auto|on|off"_s},
            {u"max_age"_s, tr("Oldest records:"), Kind::Text, u"7d"_s}};
    if (service == "generic"_L1)
        return {{u"shape"_s, tr("Shape of the body:"), Kind::Choice, u"array|ndjson|object"_s},
                {u"authentication"_s, tr("Authentication:"), Kind::Choice,
                 u"bearer|basic|header|none"_s},
                {u"header"_s, tr("Header for the key:"), Kind::Text, u"X-API-Key"_s}};
    return {};
}

QWidget *ServiceOptionsForm::makeEditor(const Field &field, const QJsonValue &value)
{
    QString text = value.toVariant().toString();
    if (value.isObject())
        text = QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
    if (field.kind == Kind::Choice) {
        auto *box = new QComboBox(this);
        box->addItem(tr("Default"), QString());
        for (const QString &choice : field.hint.split(u'|'))
            box->addItem(choice, choice);
        if (const int found = box->findData(text); found >= 0) {
            box->setCurrentIndex(found);
        } else {
            box->addItem(text, text); // keep what is there; the check on OK will say
            box->setCurrentIndex(box->count() - 1);
        }
        connect(box, &QComboBox::currentIndexChanged, this, &ServiceOptionsForm::edited);
        return box;
    }
    auto *edit = new QLineEdit(text, this);
    edit->setPlaceholderText(field.hint);
    connect(edit, &QLineEdit::textChanged, this, &ServiceOptionsForm::edited);
    return edit;
}

void ServiceOptionsForm::setService(const QString &service, const QJsonObject &options)
{
    while (m_form->rowCount() > 0)
        m_form->removeRow(0);
    m_rows.clear();
    m_options = options;
    for (const Field &field : fieldsOf(service)) {
        QWidget *const editor = makeEditor(field, options.value(field.key));
        editor->setObjectName(u"option_"_s + field.key);
        m_form->addRow(field.label, editor);
        m_rows.append({field, editor});
    }
}

Expected<QJsonValue> ServiceOptionsForm::valueOf(const Row &row)
{
    if (const auto *const box = qobject_cast<QComboBox *>(row.editor))
        return QJsonValue(box->currentData().toString());
    const QString text = qobject_cast<QLineEdit *>(row.editor)->text().trimmed();
    if (text.isEmpty() || row.field.kind == Kind::Text)
        return QJsonValue(text);
    const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8());
    if (!document.isObject())
        return fail(tr("%1 \"%2\" is not a JSON object.").arg(row.field.label, text),
                    tr("Write it like %1.").arg(row.field.hint));
    return QJsonValue(document.object());
}

Expected<QJsonObject> ServiceOptionsForm::options() const
{
    QJsonObject options = m_options;
    for (const Row &row : m_rows) {
        const auto value = valueOf(row);
        if (!value)
            return tl::make_unexpected(value.error());
        if (value->isString() && value->toString().isEmpty())
            options.remove(row.field.key);
        else
            options.insert(row.field.key, *value);
    }
    return options;
}

} // namespace trace
