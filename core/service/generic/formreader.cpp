// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/generic/formreader.h"

#include "core/record/jsonrecordreader.h"
#include "core/record/jsonwriter.h"
#include "core/record/level.h"
#include "core/record/recordaliases.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"
#include "core/service/generic/pythonrecord.h"

#include <QList>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

struct Field
{
    QByteArray name;
    QByteArray value;
};

QByteArray decoded(QByteArray text)
{
    text.replace('+', ' ');
    return QByteArray::fromPercentEncoding(text);
}

//! In their order, and equal names each; without Python's None, which only a message can be.
QList<Field> fieldsOf(QByteArrayView form)
{
    QList<Field> fields;
    const QByteArrayList items = form.toByteArray().split('&');
    for (const QByteArray &item : items) {
        const qsizetype equals = item.indexOf('=');
        const Field field{decoded(item.left(equals)), decoded(item.mid(equals + 1))};
        const bool isMessage = field.name == "msg" || field.name == "message";
        if (equals > 0 && (isMessage || field.value != "None"))
            fields.append(field);
    }
    return fields;
}

QByteArray valueOf(const QList<Field> &fields, QByteArrayView name)
{
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [name](const Field &field) { return field.name == name; });
    return found == fields.end() ? QByteArray() : found->value;
}

//! Python's handler sends all attributes of a LogRecord, of which some say what others do.
void removeRepetitions(QList<Field> &fields)
{
    const bool hasLevel = levelFromName(valueOf(fields, "levelname").toStdString()).has_value();
    const bool hasTime = !valueOf(fields, "created").isEmpty();
    const QByteArray path = valueOf(fields, "pathname");
    const bool hasPath = !path.isEmpty() && path.endsWith(valueOf(fields, "filename"));
    fields.removeIf([&](const Field &field) {
        return (hasLevel && field.name == "levelno") || (hasTime && field.name == "msecs") ||
               (hasPath && field.name == "filename") ||
               (field.name == "args" && field.value == "()");
    });
}

//! Puts the arguments into the message, and takes the exception apart.
void readPython(QList<Field> &fields)
{
    const auto text = [&fields](QByteArrayView name) {
        const QByteArray value = valueOf(fields, name);
        return std::string(value.constData(), std::size_t(value.size()));
    };
    const auto message = filledByPython(text("msg"), text("args"));
    const auto exception = exceptionOfPython(text("exc_info"));
    fields.removeIf([&](const Field &field) {
        return (message && field.name == "args") || (exception && field.name == "exc_info");
    });
    for (Field &field : fields) {
        if (message && field.name == "msg")
            field.value = QByteArray::fromStdString(*message);
    }
    if (exception) {
        fields.append({"exception_type", QByteArray::fromStdString(exception->type)});
        fields.append({"exception_message", QByteArray::fromStdString(exception->message)});
    }
}

bool isNumberField(std::string_view name)
{
    const auto holdsNumber = [](RecordKey::Kind kind) {
        return kind == RecordKey::Kind::Timestamp || kind == RecordKey::Kind::Level ||
               kind == RecordKey::Kind::Integer || kind == RecordKey::Kind::Number;
    };
    if (const RecordKey *key = findRecordKey(name))
        return holdsNumber(key->kind);
    const RecordAlias *alias = findRecordAlias({}, name);
    return alias && holdsNumber(alias->kind);
}

//! A number as JSON writes it, so that the value can stand without quotes.
bool isJsonNumber(const QByteArray &value)
{
    const auto isNumeral = [](char c) { return c >= '0' && c <= '9'; };
    QByteArrayView rest(value);
    if (rest.startsWith('-'))
        rest = rest.sliced(1);
    const qsizetype point = rest.indexOf('.');
    const QByteArrayView whole = point < 0 ? rest : rest.first(point);
    const QByteArrayView fraction = point < 0 ? QByteArrayView("0") : rest.sliced(point + 1);
    return !whole.isEmpty() && !fraction.isEmpty() && (whole.size() == 1 || whole[0] != '0') &&
           std::all_of(whole.begin(), whole.end(), isNumeral) &&
           std::all_of(fraction.begin(), fraction.end(), isNumeral);
}

} // namespace

tl::expected<void, DecodeError> readForm(QByteArrayView form, const RecordSink &sink)
{
    QList<Field> fields = fieldsOf(form);
    if (fields.isEmpty())
        return tl::make_unexpected(DecodeError{
            400, u"there are no fields in it; as a form: message=up&level=info, as JSON: "
                 "{\"message\": \"up\", \"level\": \"info\"}"_s});
    removeRepetitions(fields);
    readPython(fields);

    std::string json = "{";
    for (const Field &field : std::as_const(fields)) {
        if (json.size() > 1)
            json += ',';
        appendJsonString(json, toUtf8(field.name.toStdString()));
        json += ':';
        if (isNumberField(field.name.toStdString()) && isJsonNumber(field.value))
            json.append(field.value.data(), static_cast<std::size_t>(field.value.size()));
        else
            appendJsonString(json, toUtf8(field.value.toStdString()));
    }
    json += '}';
    JsonRecordReader reader;
    sink(reader.readLine(json, nowNs()));
    sink.note(reader.problems());
    return {};
}

} // namespace trace
