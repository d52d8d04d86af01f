// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/settings.h"

#include "core/config/configfile.h"
#include "core/config/jsonobjectreader.h"
#include "core/record/linetime.h"

#include <QJsonArray>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr int formatVersion = 1;
constexpr qint64 bytesPerMb = 1024 * 1024;

//! A whole number from \a lowest to \a highest.
void readNumber(JsonObjectReader &reader, const QString &key, int &value, int lowest, int highest)
{
    reader.integer(key, value);
    if (reader.isOk() && (value < lowest || value > highest)) {
        reader.refuse(key, u"the number %1"_s.arg(value),
                      u"a whole number from %1 to %2"_s.arg(lowest).arg(highest));
    }
}

void readJournal(JsonObjectReader &reader, JournalLimits &limits)
{
    int megabytes = int(limits.maxBytes / bytesPerMb);
    int days = int(std::chrono::duration_cast<std::chrono::days>(limits.maxAge).count());
    readNumber(reader, u"max_mb"_s, megabytes, 16, 1'000'000);
    readNumber(reader, u"max_age_days"_s, days, 0, 36'500);
    if (const int choice = reader.choice(u"when_full"_s, {u"shed"_s, u"refuse"_s}); choice >= 0)
        limits.whenFull = choice == 0 ? WhenFull::Shed : WhenFull::Refuse;
    reader.refuseOthers();
    limits.maxBytes = megabytes * bytesPerMb;
    limits.maxAge = std::chrono::days(days);
}

void readZone(JsonObjectReader &reader, QTimeZone &zone)
{
    QString id;
    reader.text(u"time_zone"_s, id);
    if (id.isEmpty())
        return;
    // Qt takes any word for the rule of a zone.
    if (QTimeZone::isTimeZoneIdAvailable(id.toUtf8()))
        zone = QTimeZone(id.toUtf8());
    else
        reader.refuse(u"time_zone"_s, u"\"%1\""_s.arg(id),
                      u"the name of a time zone, as in Europe/Berlin, or UTC"_s);
}

void readAliases(JsonObjectReader &reader, const QJsonObject &aliases,
                 std::vector<UserAlias> &read)
{
    for (auto field = aliases.begin(); field != aliases.end(); ++field) {
        const std::string name = field.key().toStdString();
        if (!isRecordField(name)) {
            reader.refuse(field.key(), u"a key that records do not have"_s,
                          u"the keys of a record: message, level, timestamp, run_id …"_s);
        }
        const QJsonArray names = reader.list(field.key()).toArray();
        if (names.isEmpty())
            reader.refuse(field.key(), u"no list of texts"_s, u"a list of other names"_s);
        for (const QJsonValue &other : names) {
            const std::string alias = other.toString().trimmed().toStdString();
            if (alias.empty() || findRecordKey(alias)) {
                reader.refuse(field.key(), u"\"%1\""_s.arg(QString::fromStdString(alias)),
                              u"names that are no keys of records themselves"_s);
            }
            read.push_back({name, alias});
        }
        if (read.size() > maxUserAliases)
            reader.refuse(field.key(), u"too many"_s, u"%1 in all"_s.arg(maxUserAliases));
    }
}

} // namespace

QString settingsPath(const QString &folder)
{
    return folder + u"/settings.json"_s;
}

Expected<Settings> settingsFromJson(const QByteArray &json)
{
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(json, &problem);
    if (problem.error != QJsonParseError::NoError)
        return tl::make_unexpected(jsonSyntaxError(json, problem, u"{\"version\": 1}"_s));
    JsonObjectReader reader(QString(), document.isObject() ? QJsonValue(document.object())
                                                           : QJsonValue(document.array()));
    Settings settings;
    int version = 0;
    QJsonObject journal;
    reader.integer(u"version"_s, version);
    reader.object(u"journal"_s, journal);
    QJsonObject aliases;
    reader.object(u"aliases"_s, aliases);
    readZone(reader, settings.timeZone);
    if (reader.isOk() && version != formatVersion)
        reader.refuse(u"version"_s, version == 0 ? u"none"_s : QString::number(version),
                      QString::number(formatVersion));
    reader.refuseOthers();
    JsonObjectReader below(u"journal"_s, journal);
    readJournal(below, settings.journal);
    reader.adopt(below);
    JsonObjectReader ofAliases(u"aliases"_s, aliases);
    readAliases(ofAliases, aliases, settings.aliases);
    reader.adopt(ofAliases);
    return reader.result().map([&] { return settings; });
}

Expected<Settings> loadSettings(const QString &folder)
{
    const QString path = settingsPath(folder);
    const auto json = readConfiguration(path);
    if (!json)
        return tl::make_unexpected(json.error());
    if (!*json)
        return Settings();
    auto settings = settingsFromJson(**json);
    if (!settings)
        return fail(u"%1: %2"_s.arg(path, settings.error().text), settings.error().action);
    return settings;
}

void readRecordsBy(const Settings &settings)
{
    setZoneOfLines(settings.timeZone);
    setUserAliases(settings.aliases);
}

} // namespace trace
