// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/jsonobjectreader.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>
#include <limits>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString described(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Null:
        return u"null"_s;
    case QJsonValue::Bool:
        return value.toBool() ? u"true"_s : u"false"_s;
    case QJsonValue::Double:
        return u"the number %1"_s.arg(value.toDouble(), 0, 'g', 12);
    case QJsonValue::String:
        return u"a text"_s;
    case QJsonValue::Array:
        return u"a list"_s;
    case QJsonValue::Object:
        return u"an object"_s;
    case QJsonValue::Undefined:
        break;
    }
    return u"nothing"_s;
}

} // namespace

JsonObjectReader::JsonObjectReader(QString path, const QJsonValue &value)
    : m_path(std::move(path))
    , m_object(value.toObject())
{
    if (!value.isObject())
        refuse({}, described(value), u"an object {…}"_s);
}

QString JsonObjectReader::pathOf(const QString &key) const
{
    if (m_path.isEmpty())
        return key.isEmpty() ? u"the document"_s : key;
    return key.isEmpty() ? m_path : m_path + u'.' + key;
}

void JsonObjectReader::refuse(const QString &key, const QString &what, const QString &allowed)
{
    if (m_result)
        m_result = fail(u"%1: found %2"_s.arg(pathOf(key), what), u"Allowed is %1."_s.arg(allowed));
}

QJsonValue JsonObjectReader::take(const QString &key, QJsonValue::Type type, const QString &allowed)
{
    m_known.append(key);
    const QJsonValue value = m_object.value(key);
    if (!m_result || value.isUndefined())
        return QJsonValue::Undefined;
    if (value.type() == type)
        return value;
    refuse(key, described(value), allowed);
    return QJsonValue::Undefined;
}

void JsonObjectReader::text(const QString &key, QString &value)
{
    value = take(key, QJsonValue::String, u"a text"_s).toString(value);
}

void JsonObjectReader::boolean(const QString &key, bool &value)
{
    value = take(key, QJsonValue::Bool, u"true or false"_s).toBool(value);
}

void JsonObjectReader::integer(const QString &key, int &value)
{
    const QString allowed = u"a whole number"_s;
    const QJsonValue found = take(key, QJsonValue::Double, allowed);
    if (found.isUndefined())
        return;
    const double number = found.toDouble();
    constexpr double most = std::numeric_limits<int>::max();
    if (number == std::floor(number) && std::abs(number) <= most)
        value = static_cast<int>(number);
    else
        refuse(key, described(found), allowed);
}

void JsonObjectReader::seconds(const QString &key, std::chrono::milliseconds &value)
{
    const QString allowed = u"a number of seconds"_s;
    const QJsonValue found = take(key, QJsonValue::Double, allowed);
    if (found.isUndefined())
        return;
    constexpr double most = 1e9;
    if (std::abs(found.toDouble()) <= most)
        value = std::chrono::milliseconds(std::llround(found.toDouble() * 1000));
    else
        refuse(key, described(found), allowed);
}

int JsonObjectReader::choice(const QString &key, const QStringList &allowed)
{
    const QString words = u'"' + allowed.join(u"\" or \""_s) + u'"';
    const QJsonValue found = take(key, QJsonValue::String, words);
    if (found.isUndefined())
        return -1;
    const auto place = allowed.indexOf(found.toString());
    if (place < 0)
        refuse(key, u'"' + found.toString() + u'"', words);
    return static_cast<int>(place);
}

void JsonObjectReader::object(const QString &key, QJsonObject &value)
{
    value = take(key, QJsonValue::Object, u"an object {…}"_s).toObject(value);
}

QJsonValue JsonObjectReader::list(const QString &key)
{
    return take(key, QJsonValue::Array, u"a list […]"_s);
}

void JsonObjectReader::adopt(const JsonObjectReader &below)
{
    if (m_result)
        m_result = below.m_result;
}

void JsonObjectReader::refuseOthers()
{
    if (!m_result)
        return;
    for (auto it = m_object.begin(); it != m_object.end(); ++it) {
        if (m_known.contains(it.key()))
            continue;
        m_result = fail(u"%1: unknown key"_s.arg(pathOf(it.key())),
                        u"Allowed are %1."_s.arg(m_known.join(u", "_s)));
        return;
    }
}

// The parser tells the offset; people look for line and column.
Error jsonSyntaxError(const QByteArray &json, const QJsonParseError &error, const QString &example)
{
    if (json.trimmed().isEmpty())
        return {u"the file is empty"_s, u"Write %1."_s.arg(example)};
    const QByteArray before = json.first(std::clamp<qsizetype>(error.offset, 0, json.size()));
    const auto line = before.count('\n') + 1;
    const auto column = before.size() - (before.lastIndexOf('\n') + 1) + 1;
    return {u"line %1, column %2: %3"_s.arg(QString::number(line), QString::number(column),
                                            error.errorString()),
            u"Correct the JSON there."_s};
}

} // namespace trace
