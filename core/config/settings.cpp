// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/settings.h"

#include "core/config/configfile.h"
#include "core/config/jsonobjectreader.h"

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
    if (reader.isOk() && version != formatVersion)
        reader.refuse(u"version"_s, version == 0 ? u"none"_s : QString::number(version),
                      QString::number(formatVersion));
    reader.refuseOthers();
    JsonObjectReader below(u"journal"_s, journal);
    readJournal(below, settings.journal);
    reader.adopt(below);
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

} // namespace trace
