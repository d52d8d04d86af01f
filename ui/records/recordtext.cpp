// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/records/recordtext.h"

#include "ui/look/text.h"

#include <QJsonDocument>
#include <QLocale>
#include <QStringList>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

QString named(std::string_view name)
{
    return QString::fromLatin1(name.data(), qsizetype(name.size()));
}

QString readable(const std::string &json)
{
    const auto bytes = QByteArray::fromRawData(json.data(), qsizetype(json.size()));
    const QJsonDocument document = QJsonDocument::fromJson(bytes);
    return document.isNull() ? visibleText(json)
                             : visibleText(QString::fromUtf8(document.toJson()).trimmed());
}

} // namespace

QList<std::pair<QString, QString>> recordFields(const Record &record)
{
    QList<std::pair<QString, QString>> fields;
    const auto add = [&fields](std::string_view name, const QString &value) {
        if (!value.isEmpty())
            fields.emplaceBack(named(name), value);
    };
    add("message", visibleText(record.message));
    add("level", named(levelName(record.level)));
    add("timestamp", dateTimeText(record.timestamp));
    for (const auto &[name, member] : contextFields)
        add(name, visibleText(record.context.*member));
    QStringList tags;
    for (const std::string &tag : record.context.tags)
        tags.append(visibleText(tag));
    add("tags", tags.join(u", "_s));
    for (const auto &[name, member] : numberFields<Record>) {
        if (const auto &number = record.*member)
            add(name, QLocale().toString(*number, 'g', 8));
    }
    for (const auto &[name, member] : integerFields<Record>) {
        if (const auto &number = record.*member)
            add(name, QString::number(*number));
    }
    add("mode", named(modeName(record.mode)));
    for (const auto &[name, member] : textFields<Record>) {
        if (member != &Record::stackTrace)
            add(name, visibleText(record.*member));
    }
    add("stack_trace", visibleText(record.stackTrace));
    if (!record.metadata.empty())
        add("metadata", readable(record.metadata));
    add("sequence", QString::number(record.sequence));
    return fields;
}

} // namespace trace
