// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/redactionfile.h"

#include "core/config/configfile.h"
#include "core/config/jsonobjectreader.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr int formatVersion = 1;

Expected<RedactionRule> readRule(const QString &path, const QJsonValue &json)
{
    JsonObjectReader reader(path, json);
    RedactionRule rule;
    reader.text(u"name"_s, rule.name);
    reader.text(u"pattern"_s, rule.pattern);
    reader.text(u"replacement"_s, rule.replacement);
    reader.refuseOthers();
    if (rule.name.isEmpty())
        reader.refuse(u"name"_s, u"nothing"_s, u"a text"_s);
    if (rule.pattern.isEmpty())
        reader.refuse(u"pattern"_s, u"nothing"_s, u"a regular expression"_s);
    if (!reader.isOk())
        return tl::make_unexpected(reader.result().error());
    return rule;
}

} // namespace

QString redactionPath(const QString &folder)
{
    return folder + u"/redaction.json"_s;
}

Expected<std::shared_ptr<const Redaction>> redactionFromJson(const QByteArray &json)
{
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(json, &problem);
    if (problem.error != QJsonParseError::NoError)
        return tl::make_unexpected(
            jsonSyntaxError(json, problem, u"{\"version\": 1, \"built_in\": true}"_s));
    JsonObjectReader reader(QString(), document.isObject() ? QJsonValue(document.object())
                                                           : QJsonValue(document.array()));
    int version = 0;
    bool isEnabled = true;
    bool hasBuiltIn = true;
    reader.integer(u"version"_s, version);
    reader.boolean(u"enabled"_s, isEnabled);
    reader.boolean(u"built_in"_s, hasBuiltIn);
    const QJsonArray list = reader.list(u"rules"_s).toArray();
    if (reader.isOk() && version != formatVersion)
        reader.refuse(u"version"_s, version == 0 ? u"none"_s : QString::number(version),
                      QString::number(formatVersion));
    reader.refuseOthers();
    if (!reader.isOk())
        return tl::make_unexpected(reader.result().error());
    QList<RedactionRule> rules;
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString path = u"rules[%1]"_s.arg(i);
        const auto rule = readRule(path, list[i]);
        if (!rule)
            return tl::make_unexpected(rule.error());
        const auto isSame = [&](const RedactionRule &other) { return other.name == rule->name; };
        if (std::any_of(rules.begin(), rules.end(), isSame))
            return fail(u"%1.name: \"%2\" is that of another rule"_s.arg(path, rule->name),
                        u"Give each rule its own name."_s);
        rules.append(*rule);
    }
    // First, so that an error names a rule by its place in the file.
    if (hasBuiltIn)
        rules += builtInRedactionRules();
    auto redaction = Redaction::make(rules, hasBuiltIn);
    if (!redaction || isEnabled)
        return redaction;
    return nullptr;
}

Expected<std::shared_ptr<const Redaction>> loadRedaction(const QString &folder)
{
    const QString path = redactionPath(folder);
    const auto json = readConfiguration(path);
    if (!json)
        return tl::make_unexpected(json.error());
    if (!*json)
        return nullptr;
    auto redaction = redactionFromJson(**json);
    if (!redaction)
        return fail(u"%1: %2"_s.arg(path, redaction.error().text), redaction.error().action);
    return redaction;
}

} // namespace trace
