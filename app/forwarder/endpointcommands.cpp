// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "core/config/endpointsettings.h"
#include "core/config/endpointstore.h"
#include "core/journal/journalreader.h"

#include <QJsonArray>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

int failWith(const Error &error, int code)
{
    printError(error);
    return code;
}

QStringList settingsOf(const CommandLine &line)
{
    QStringList settings;
    for (const std::string &setting : line.edit.settings)
        settings.append(QString::fromStdString(setting));
    return settings;
}

qsizetype placeOf(const QList<Endpoint> &endpoints, const QString &name)
{
    const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                    [&](const Endpoint &e) { return e.name == name; });
    return found == endpoints.end() ? -1 : found - endpoints.begin();
}

Error noSuch(const QString &name, const QList<Endpoint> &endpoints)
{
    QStringList names;
    for (const Endpoint &endpoint : endpoints)
        names.append(endpoint.name);
    return {u"there is no endpoint \"%1\""_s.arg(name),
            names.isEmpty() ? u"Add it with: trace-forwarder endpoint add"_s
                            : u"There are: %1."_s.arg(names.join(u", "_s))};
}

//! What the journal still has for an endpoint.
struct Left
{
    qint64 waiting = 0;
    qint64 failed = 0;
};

Left leftFor(const QString &journal, const Endpoint &endpoint)
{
    Left left;
    const auto reader = JournalReader::open(journal);
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    if (!rows)
        return left; // no journal: nothing waits
    for (const EndpointRow &row : *rows) {
        if (row.identity != endpoint.id)
            continue;
        if (const auto backlog = (*reader)->backlog(row.id))
            left.waiting = qint64(backlog->count());
        left.failed = (*reader)->failedRecordCount(row.id).value_or(0);
    }
    return left;
}

//! What becomes of the records once the endpoint is removed.
QString fateOf(const Left &left, const Endpoint &endpoint, bool discards)
{
    if (discards) {
        return u"In the journal %1 record(s) wait for %2, and %3 are in failed batches. Those that "
               u"wait are given up for good and counted as discarded. The others stay there: "
               u"`failed replay --to` sends them elsewhere, `failed discard` and `purge` give them "
               u"up."_s.arg(left.waiting)
                   .arg(endpoint.name)
                   .arg(left.failed);
    }
    return u"In the journal %1 record(s) wait for %2, and %3 are in failed batches. They stay "
           u"there: an endpoint with the id \"%4\" gets those that wait (endpoint add NAME … --set "
           u"'id=%4'), `failed replay --to` sends the others elsewhere, `failed discard` and "
           u"`purge` "
           u"give them up, and `endpoint remove '%4' --discard-waiting` those that wait."_s
               .arg(left.waiting)
               .arg(endpoint.name)
               .arg(left.failed)
               .arg(endpoint.id);
}

//! Says what was \a done, or for --json gives it as \a document.
int save(const CommandLine &line, EndpointStore &store, const QList<Endpoint> &endpoints,
         const QString &done, const QJsonObject &document)
{
    if (const auto saved = store.save(endpoints); !saved)
        return failWith(saved.error(), ExitError);
    line.json ? printJson(document) : printLine(done);
    return ExitDelivered;
}

} // namespace

int endpointListCommand(const CommandLine &line)
{
    EndpointStore store(line.config());
    const auto endpoints = store.load();
    if (!endpoints)
        return failWith(endpoints.error(), ExitUsage);
    if (line.json) {
        QJsonArray array;
        for (const Endpoint &endpoint : *endpoints)
            array.append(endpointToShow(endpoint));
        printJson({{u"path"_s, store.path()}, {u"endpoints"_s, array}});
        return ExitDelivered;
    }
    if (endpoints->isEmpty()) {
        printLine(u"no endpoint is configured in %1"_s.arg(store.path()));
        return ExitDelivered;
    }
    qsizetype nameWidth = 4;
    for (const Endpoint &endpoint : *endpoints)
        nameWidth = std::max(nameWidth, endpoint.name.size());
    const auto row = [&](const QString &name, const QString &service, const QString &state,
                         const QString &key, const QString &url) {
        printLine(u"%1  %2  %3  %4  %5"_s.arg(name, -int(nameWidth))
                      .arg(service, -10)
                      .arg(state, -8)
                      .arg(key, -16)
                      .arg(url));
    };
    row(u"NAME"_s, u"SERVICE"_s, u"STATE"_s, u"KEY"_s, u"URL"_s);
    for (const Endpoint &endpoint : *endpoints) {
        const QString key = endpointToShow(endpoint).value("api_key"_L1).toString(u"-"_s);
        row(endpoint.name, endpoint.service, endpoint.enabled ? u"enabled"_s : u"disabled"_s, key,
            endpoint.options.url.toString());
        if (!endpoint.tls.verify)
            printUnverified();
    }
    return ExitDelivered;
}

int endpointShowCommand(const CommandLine &line)
{
    const QString name = QString::fromStdString(line.edit.name);
    const auto endpoints = EndpointStore(line.config()).load();
    if (!endpoints)
        return failWith(endpoints.error(), ExitUsage);
    const qsizetype place = placeOf(*endpoints, name);
    if (place < 0)
        return failWith(noSuch(name, *endpoints), ExitUsage);
    printJson(endpointToShow(endpoints->at(place)));
    return ExitDelivered;
}

int endpointAddCommand(const CommandLine &line)
{
    const QString name = QString::fromStdString(line.edit.name);
    EndpointStore store(line.config());
    auto endpoints = store.load();
    if (!endpoints)
        return failWith(endpoints.error(), ExitUsage);
    if (placeOf(*endpoints, name) >= 0) {
        return failWith({u"there is an endpoint \"%1\" already"_s.arg(name),
                         u"Change it with \"endpoint set\", or take another name."_s},
                        ExitUsage);
    }
    QStringList settings{u"service="_s + QString::fromStdString(line.service)};
    if (!line.url.empty())
        settings.append(u"url="_s + QString::fromStdString(line.url));
    if (!line.apiKey.empty())
        settings.append(u"api_key="_s + QString::fromStdString(line.apiKey));
    const auto endpoint = endpointFromSettings(name, settings + settingsOf(line));
    if (!endpoint)
        return failWith(endpoint.error(), ExitUsage);
    return save(line, store, *endpoints << *endpoint,
                u"added %1; try it with: trace-forwarder endpoint test \"%1\""_s.arg(name),
                {{u"added"_s, endpointToShow(*endpoint)}});
}

int endpointSetCommand(const CommandLine &line)
{
    const QString name = QString::fromStdString(line.edit.name);
    EndpointStore store(line.config());
    auto endpoints = store.load();
    if (!endpoints)
        return failWith(endpoints.error(), ExitUsage);
    const qsizetype place = placeOf(*endpoints, name);
    if (place < 0)
        return failWith(noSuch(name, *endpoints), ExitUsage);
    const auto changed = withSettings(endpoints->at(place), settingsOf(line));
    if (!changed)
        return failWith(changed.error(), ExitUsage);
    const Left left = leftFor(line.journal(), endpoints->at(place));
    if (changed->id != endpoints->at(place).id && left.waiting + left.failed > 0) {
        return failWith(
            {u"%1 record(s) in the journal are for the id \"%2\""_s.arg(left.waiting + left.failed)
                 .arg(endpoints->at(place).id),
             u"Keep the id, or deliver or discard them first."_s},
            ExitUsage);
    }
    endpoints->replace(place, *changed);
    return save(line, store, *endpoints, u"changed %1"_s.arg(name),
                {{u"changed"_s, endpointToShow(*changed)}});
}

namespace {

//! Gives up what waits for the endpoint with this id; nobody may deliver from the journal
//! meanwhile.
Expected<void> discardWaiting(Journal &journal, const QString &identity)
{
    const auto reader = JournalReader::open(journal.folder());
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const EndpointRow &row : *rows) {
        const auto range = (*reader)->range();
        if (!range)
            return tl::make_unexpected(range.error());
        if (row.identity != identity || range->last == 0)
            continue;
        std::optional<Error> problem;
        journal.giveUp({.reason = DiscardReason::Operator,
                        .parts = {{.endpoint = row.id, .ranges = {{1, range->last}}}}},
                       [&problem](const std::optional<Error> &error) { problem = error; });
        journal.syncMarks();
        if (problem)
            return tl::make_unexpected(*problem);
    }
    return {};
}

//! The endpoint of this name or id that is removed already, as the journal remembers it.
std::optional<Endpoint> removedBefore(const QString &journal, const QString &name)
{
    const auto reader = JournalReader::open(journal);
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    for (const EndpointRow &row : rows.value_or(QList<EndpointRow>())) {
        if (row.name != name && row.identity != name)
            continue;
        Endpoint endpoint;
        endpoint.id = row.identity;
        endpoint.name = row.name;
        endpoint.service = row.service;
        endpoint.options.url = row.url;
        return endpoint;
    }
    return {};
}

//! Nothing, or the exit code when the answer is no or nobody gives one.
std::optional<int> askToRemove(const CommandLine &line, const QString &question)
{
    if (line.edit.yes)
        return {};
    const Answer answer = confirm(question);
    if (answer == Answer::NobodyThere) {
        return failWith({u"%1 was not removed: nobody is there to ask"_s.arg(
                             QString::fromStdString(line.edit.name)),
                         u"Say it with --yes."_s},
                        ExitUsage);
    }
    return answer == Answer::No ? std::optional(int(ExitError)) : std::nullopt;
}

} // namespace

int endpointRemoveCommand(const CommandLine &line)
{
    const QString name = QString::fromStdString(line.edit.name);
    const bool discards = line.edit.discardWaiting;
    EndpointStore store(line.config());
    auto endpoints = store.load();
    if (!endpoints)
        return failWith(endpoints.error(), ExitUsage);
    const qsizetype place = placeOf(*endpoints, name);
    const auto former = place < 0 && discards ? removedBefore(line.journal(), name) : std::nullopt;
    if (place < 0 && !former)
        return failWith(noSuch(name, *endpoints), ExitUsage);
    const Endpoint endpoint = former ? *former : endpoints->at(place);
    const Left left = leftFor(line.journal(), endpoint);
    const QString fate =
        left.waiting + left.failed > 0 ? fateOf(left, endpoint, discards) : QString();
    if (!fate.isEmpty() && !line.json)
        printLine(fate);
    const QString question =
        discards && left.waiting > 0
            ? u"Remove %1, and discard %2 record(s) that wait for it?"_s.arg(name).arg(left.waiting)
            : u"Remove %1?"_s.arg(name);
    if (const auto code = askToRemove(line, question))
        return *code;
    // First of all, so that nothing is removed where this cannot be done.
    std::unique_ptr<Journal> journal;
    if (discards && left.waiting > 0) {
        auto opened = openJournal(line);
        if (!opened)
            return failWith({opened.error().text,
                             u"Who holds the journal must discard what waits: remove the endpoint "
                             u"in the console, or end that program first."_s},
                            ExitError);
        journal = std::move(*opened);
    }
    if (place >= 0) {
        endpoints->removeAt(place);
        if (const auto saved = store.save(*endpoints); !saved)
            return failWith(saved.error(), ExitError);
    }
    if (journal) {
        if (const auto done = discardWaiting(*journal, endpoint.id); !done)
            return failWith(done.error(), ExitError);
    }
    const qint64 discarded = journal ? left.waiting : 0;
    if (line.json) {
        printJson({{u"removed"_s, endpointToShow(endpoint)},
                   {u"waiting"_s, left.waiting - discarded},
                   {u"discarded"_s, discarded},
                   {u"failed"_s, left.failed},
                   {u"note"_s, fate}});
    } else {
        printLine(discarded > 0 ? u"removed %1; discarded %2 record(s)"_s.arg(name).arg(discarded)
                                : u"removed %1"_s.arg(name));
    }
    return ExitDelivered;
}

} // namespace trace
