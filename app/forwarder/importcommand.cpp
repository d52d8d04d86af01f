// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/replaying.h"
#include "core/config/credentials.h"
#include "core/config/recordmasker.h"
#include "core/config/redactionfile.h"
#include "core/delivery/obligations.h"
#include "core/record/jsonrecordreader.h"
#include "core/record/timestamp.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr auto headKey = R"({"failed_batch":)";

//! A batch of a file, and where it is to go.
struct Imported
{
    FailedBatch batch;
    Endpoint endpoint;
};

//! Reads the batches of exported files. Nothing is taken on before all were read: a file with a
//! mistake leaves no half of it behind.
class ImportReader final
{
public:
    //! \a reader knows batches that are copies of others; null where no journal is yet.
    ImportReader(JournalReader *reader, const QList<Endpoint> &endpoints,
                 const std::optional<Endpoint> &destination,
                 std::shared_ptr<const Redaction> redaction)
        : m_reader(reader)
        , m_endpoints(endpoints)
        , m_destination(destination)
        , m_masker(std::move(redaction))
    {}

    [[nodiscard]] Expected<void> read(const QString &path)
    {
        QFile file(path);
        const bool isOpen =
            path == "-"_L1 ? file.open(stdin, QIODevice::ReadOnly) : file.open(QIODevice::ReadOnly);
        if (!isOpen)
            return fail(u"cannot read %1: %2"_s.arg(path, file.errorString()));
        qint64 number = 0;
        // Not until atEnd(): a pipe is that before its first byte has come.
        for (QByteArray raw = file.readLine(); !raw.isEmpty(); raw = file.readLine()) {
            ++number;
            const QByteArray line = raw.trimmed();
            if (line.isEmpty())
                continue;
            const auto taken = line.startsWith(headKey) ? begin(line) : append(line);
            if (!taken)
                return fail(u"%1, line %2: %3"_s.arg(path).arg(number).arg(taken.error().text),
                            taken.error().action);
        }
        if (file.error() != QFile::NoError)
            return fail(u"cannot read %1: %2"_s.arg(path, file.errorString()));
        finish();
        return {};
    }
    [[nodiscard]] std::vector<Imported> take() { return std::move(m_imported); }

private:
    Expected<void> begin(const QByteArray &line)
    {
        finish();
        QJsonParseError error{};
        const auto head =
            QJsonDocument::fromJson(line, &error).object().value(u"failed_batch"_s).toObject();
        if (head.isEmpty())
            return fail(u"the batch's head is no JSON object: %1"_s.arg(error.errorString()));
        const QString name = head.value(u"endpoint"_s).toString();
        const auto named = std::find_if(m_endpoints.begin(), m_endpoints.end(),
                                        [&](const Endpoint &one) { return one.name == name; });
        if (!m_destination && named == m_endpoints.end())
            return fail(u"there is no endpoint \"%1\""_s.arg(name), u"Name another with --to."_s);
        const Endpoint endpoint = m_destination ? *m_destination : *named;
        const qint64 id = head.value(u"id"_s).toInteger();
        const auto known = m_reader ? m_reader->failedBatch(id) : tl::make_unexpected(Error());
        const bool isKnown = known && known->created.toString(Qt::ISODateWithMs) ==
                                          head.value(u"created"_s).toString();
        m_builder = std::make_unique<ObligationBuilder>(
            u"import of batch %1 of %2"_s.arg(id).arg(name), isKnown ? id : 0,
            [this, endpoint](FailedBatch batch) {
                m_imported.push_back({std::move(batch), endpoint});
            });
        return {};
    }
    Expected<void> append(const QByteArray &line)
    {
        if (!m_builder)
            return fail(u"no failed batch begins here"_s,
                        u"Import what `failed export` wrote; send other files with `send`."_s);
        if (!m_records.isObject({line.constData(), std::size_t(line.size())}))
            return fail(u"this is no JSON object; nothing was taken on"_s,
                        u"Each record is an object on a line of its own. Mend the line or remove "
                        u"it."_s);
        m_builder->append(m_masker.apply(m_records.object(nowNs())));
        return {};
    }
    void finish()
    {
        if (m_builder)
            m_builder->finish();
        m_builder.reset(); // the next file begins with a batch of its own
    }

    JournalReader *m_reader;
    const QList<Endpoint> &m_endpoints;
    const std::optional<Endpoint> &m_destination;
    JsonRecordReader m_records;
    RecordMasker m_masker;
    std::unique_ptr<ObligationBuilder> m_builder;
    std::vector<Imported> m_imported;
};

int takeOn(const CommandLine &line, const QList<Endpoint> &endpoints,
           std::vector<Imported> imported)
{
    auto engine = startEngine(line, endpoints);
    if (!engine) {
        printError(engine.error());
        return ExitError;
    }
    ReplayRun run(**engine, line.rate, line.replayPatience());
    qint64 batches = 0;
    qint64 records = 0;
    for (Imported &one : imported) {
        const qint64 count = one.batch.row.records;
        const auto id = oblige(**engine, std::move(one.batch), one.endpoint);
        if (!id) {
            printError({u"%1 of %2 batches were taken on, then: %3"_s.arg(batches)
                            .arg(imported.size())
                            .arg(id.error().text),
                        id.error().action});
            return ExitError;
        }
        ++batches;
        records += count;
        run.add(*id, count);
    }
    if (line.isReplayedAtOnce)
        return runToTheEnd(line, run, batches);
    if (line.json)
        printJson({{u"batches"_s, batches}, {u"records"_s, records}});
    else
        printLine(
            u"%1 batch(es) with %2 record(s) taken on; `failed replay` sends them"_s.arg(batches)
                .arg(records));
    return ExitDelivered;
}

} // namespace

int failedImportCommand(const CommandLine &line)
{
    const auto destination = destinationOf(line);
    const auto endpoints =
        destination ? servedBy(line, *destination) : tl::make_unexpected(destination.error());
    if (!endpoints) {
        printError(endpoints.error());
        return ExitUsage;
    }
    const auto redaction = loadRedaction(line.config());
    if (!redaction) {
        printError(redaction.error());
        return ExitUsage;
    }
    const auto reader = QFileInfo::exists(Journal::fileIn(line.journal()))
                            ? JournalReader::open(line.journal())
                            : Expected<std::unique_ptr<JournalReader>>(nullptr);
    if (!reader) {
        printError(reader.error());
        return ExitError;
    }
    rememberSecrets(*endpoints); // the records are read before anything is delivered
    ImportReader importReader(reader->get(), *endpoints, *destination, *redaction);
    for (const std::string &file : line.files) {
        if (const auto read = importReader.read(QString::fromStdString(file)); !read) {
            printError(read.error());
            return ExitError;
        }
    }
    return takeOn(line, *endpoints, importReader.take());
}

} // namespace trace
