// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/output.h"
#include "core/receiver/inputwords.h"
#include "core/receiver/textinput.h"
#include "core/record/jsonwriter.h"
#include "core/record/plainline.h"
#include "core/record/recordlines.h"
#include "core/record/recordorigin.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 usualCount = 10;

//! What became of one record, and from where.
struct Explained
{
    QJsonObject record;
    QJsonObject from; // key by field
    bool isObject = false;
};

Explained explained(const RecordView &record, std::string_view source, bool isObject)
{
    std::string json;
    appendJson(json, record);
    Explained result{QJsonDocument::fromJson(QByteArray::fromStdString(json)).object(), {},
                     isObject};
    if (isObject) {
        for (const FieldOrigin &origin : originsOf(source, record))
            result.from.insert(QString::fromStdString(origin.field),
                               QString::fromStdString(origin.key));
        return result;
    }
    const PlainFacts facts = readPlainLine(record.message, record.timestamp);
    const QString line = u"the line"_s;
    result.from.insert(u"message"_s, line);
    if (facts.level || !record.stackTrace.empty())
        result.from.insert(u"level"_s, line);
    if (facts.timestamp)
        result.from.insert(u"timestamp"_s, line);
    for (const auto &[name, member] : textFields<RecordView>) {
        if (!(record.*member).empty())
            result.from.insert(QString::fromLatin1(name.data(), qsizetype(name.size())), line);
    }
    return result;
}

QString valueWords(const QJsonValue &value)
{
    constexpr qsizetype longest = 100;
    QString text = value.toString();
    if (!value.isString()) {
        const QByteArray json =
            QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact).mid(1);
        text = QString::fromUtf8(json.first(json.size() - 1));
    }
    text.replace(u'\n', u' ');
    return text.size() > longest ? text.first(longest) + u"…"_s : text;
}

void print(const Explained &explained, qint64 number)
{
    printLine(u"%1. %2"_s.arg(number).arg(explained.isObject ? u"an object"_s : u"a line of text"_s));
    const QStringList names = explained.record.keys();
    // What most people look for stands first.
    QStringList order{u"timestamp"_s, u"level"_s, u"message"_s};
    for (const QString &name : names) {
        if (!order.contains(name) && name != "metadata"_L1)
            order.append(name);
    }
    for (const QString &name : order) {
        const QString key = explained.from[name].toString();
        QString origin = key.isEmpty() ? QString() : u"from "_s + key;
        if (key.isEmpty() && name == "timestamp"_L1)
            origin = u"of its arrival: nothing told it"_s;
        else if (key.isEmpty() && name == "level"_L1)
            origin = u"nothing told it"_s;
        else if (key.isEmpty() && name == "message"_L1)
            origin = u"nothing told it"_s;
        const QString text =
            u"   %1 %2"_s.arg(name, -18).arg(valueWords(explained.record[name]));
        printLine(origin.isEmpty() ? text : u"%1  (%2)"_s.arg(text, origin));
    }
    const QJsonObject metadata = explained.record["metadata"_L1].toObject();
    if (!metadata.isEmpty())
        printLine(u"   %1 %2"_s.arg(u"in metadata"_s, -18).arg(metadata.keys().join(u", "_s)));
}

} // namespace

int explainCommand(const CommandLine &line)
{
    const qint64 most = line.limit > 0 ? line.limit : usualCount;
    const QString path = QString::fromStdString(line.files.empty() ? "-" : line.files.front());
    auto input = TextInput::open(path, line.fileKind);
    if (!input) {
        printError(input.error());
        return ExitError;
    }
    qint64 count = 0;
    std::uint64_t objects = 0;
    RecordLines *reading = nullptr;
    RecordLines lines([&](const RecordView &record) {
        const bool isObject = reading->objects() > objects;
        objects = reading->objects();
        if (count >= most)
            return;
        ++count;
        const Explained result = explained(record, reading->source(), isObject);
        if (line.json) {
            printJson(QJsonObject{{u"kind"_s, isObject ? u"object"_s : u"text"_s},
                                  {u"record"_s, result.record},
                                  {u"from"_s, result.from}});
        } else {
            print(result, count);
        }
    });
    reading = &lines;
    while (count < most) {
        const auto chunk = (*input)->read();
        if (!chunk) {
            printError(chunk.error());
            return ExitError;
        }
        if (chunk->isEnd)
            break;
        // Line by line, as no more than the first ones are asked for.
        std::string_view rest = chunk->text;
        while (!rest.empty() && count < most) {
            const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
            lines.take(rest.substr(0, end));
            rest.remove_prefix(end);
        }
    }
    if (count < most)
        lines.finish();
    const QString problems = inputWords(lines.problems());
    if (!problems.isEmpty() && !line.json)
        printLine(u"input: %1"_s.arg(problems));
    return ExitDelivered;
}

} // namespace trace
