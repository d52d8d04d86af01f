// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/generic/formreader.h"

#include "core/record/jsonrecordreader.h"
#include "core/record/jsonwriter.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"

#include <QMap>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

using Fields = QMap<QByteArray, QByteArray>;

QByteArray decoded(QByteArray text)
{
    text.replace('+', ' ');
    return QByteArray::fromPercentEncoding(text);
}

Fields fieldsOf(QByteArrayView form)
{
    Fields fields;
    const QByteArrayList items = form.toByteArray().split('&');
    for (const QByteArray &item : items) {
        const qsizetype equals = item.indexOf('=');
        if (equals > 0)
            fields.insert(decoded(item.left(equals)), decoded(item.mid(equals + 1)));
    }
    return fields;
}

//! Gives the attributes of a Python LogRecord the names that a record has here.
void renamePythonAttributes(Fields &fields)
{
    const auto rename = [&](const char *from, const char *to) {
        if (fields.contains(from) && !fields.contains(to))
            fields.insert(to, fields.take(from));
    };
    rename("msg", "message");
    rename("created", "timestamp");
    rename("levelname", "level");
    rename("levelno", "level");
    rename("exc_text", "stack_trace");
    rename("stack_info", "stack_trace");
    // The path says all that the bare name does.
    if (fields.contains("pathname"))
        fields.insert("filename", fields.take("pathname"));
    if (fields.value("args") == "()")
        fields.remove("args");
    // What the other attributes say already.
    fields.remove("levelno");
    fields.remove("msecs");
}

bool isNumberField(const QByteArray &name)
{
    static const QByteArrayList names{
        "timestamp", "level",       "lineno",          "process",
        "thread",    "duration_ms", "memory_usage_mb", "cpu_usage_percent"};
    return names.contains(name);
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
    Fields fields = fieldsOf(form);
    fields.removeIf(
        [](std::pair<const QByteArray &, QByteArray &> field) { return field.second == "None"; });
    if (fields.isEmpty())
        return tl::make_unexpected(DecodeError{400, u"the form has no fields"_s});
    renamePythonAttributes(fields);

    std::string json = "{";
    for (auto it = fields.cbegin(); it != fields.cend(); ++it) {
        if (json.size() > 1)
            json += ',';
        appendJsonString(json, toUtf8(it.key().toStdString()));
        json += ':';
        if (isNumberField(it.key()) && isJsonNumber(it.value()))
            json.append(it.value().data(), static_cast<std::size_t>(it.value().size()));
        else
            appendJsonString(json, toUtf8(it.value().toStdString()));
    }
    json += '}';
    JsonRecordReader reader;
    sink(reader.readLine(json, nowNs()));
    return {};
}

} // namespace trace
