// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/replaying.h"
#include "core/config/recordmasker.h"
#include "core/config/redactionfile.h"
#include "core/delivery/obligations.h"
#include "core/record/jsonrecordreader.h"
#include "core/record/timestamp.h"

#include <QFile>
#include <QJsonDocument>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr auto headKey = R"({"failed_batch":)";

//! Takes on the batches of an exported file.
class Importer final
{
public:
    Importer(Engine &engine, JournalReader &reader, const QList<Endpoint> &endpoints,
             const std::optional<Endpoint> &destination, std::shared_ptr<const Redaction> redaction,
             ReplayRun &run)
        : m_engine(engine)
        , m_reader(reader)
        , m_endpoints(endpoints)
        , m_destination(destination)
        , m_run(run)
        , m_masker(std::move(redaction))
    {}

    [[nodiscard]] Expected<void> read(const QString &path)
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return fail(u"cannot read %1: %2"_s.arg(path, file.errorString()));
        qint64 number = 0;
        while (!file.atEnd() && !m_problem) {
            ++number;
            const QByteArray line = file.readLine().trimmed();
            if (line.startsWith(headKey)) {
                if (const auto begun = begin(line); !begun)
                    return fail(u"%1, line %2: %3"_s.arg(path).arg(number).arg(begun.error().text),
                                begun.error().action);
            } else if (!line.isEmpty()) {
                if (!m_builder)
                    return fail(
                        u"%1, line %2: no failed batch begins here"_s.arg(path).arg(number),
                        u"Import what `failed export` wrote; send other files with `send`."_s);
                m_builder->append(m_masker.apply(
                    m_records.readLine({line.constData(), std::size_t(line.size())}, nowNs())));
            }
        }
        finish();
        return m_problem ? tl::make_unexpected(*m_problem) : Expected<void>();
    }
    [[nodiscard]] qsizetype batches() const { return m_batches; }
    [[nodiscard]] qint64 records() const { return m_taken; }

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
        const auto known = m_reader.failedBatch(id);
        const bool isKnown = known && known->created.toString(Qt::ISODateWithMs) ==
                                          head.value(u"created"_s).toString();
        m_builder = std::make_unique<ObligationBuilder>(
            u"import of batch %1 of %2"_s.arg(id).arg(name), isKnown ? id : 0,
            [this, endpoint](FailedBatch batch) {
                const qint64 count = batch.row.records;
                if (m_problem)
                    return;
                const auto taken = oblige(m_engine, std::move(batch), endpoint);
                if (!taken) {
                    m_problem = taken.error();
                    return;
                }
                ++m_batches;
                m_taken += count;
                m_run.add(*taken, count);
            });
        return {};
    }
    void finish()
    {
        if (m_builder)
            m_builder->finish();
    }

    Engine &m_engine;
    JournalReader &m_reader;
    const QList<Endpoint> &m_endpoints;
    const std::optional<Endpoint> &m_destination;
    ReplayRun &m_run;
    JsonRecordReader m_records;
    RecordMasker m_masker;
    std::unique_ptr<ObligationBuilder> m_builder;
    std::optional<Error> m_problem;
    qsizetype m_batches = 0;
    qint64 m_taken = 0;
};

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
    auto engine = startEngine(line, *endpoints);
    const auto reader =
        engine ? JournalReader::open(line.journal()) : tl::make_unexpected(engine.error());
    if (!reader) {
        printError(reader.error());
        return ExitError;
    }
    ReplayRun run(**engine, line.rate);
    Importer importer(**engine, **reader, *endpoints, *destination, *redaction, run);
    for (const std::string &file : line.files) {
        if (const auto read = importer.read(QString::fromStdString(file)); !read) {
            printError(read.error());
            return ExitError;
        }
    }
    if (line.isReplayedAtOnce)
        return runToTheEnd(line, run, importer.batches());
    if (line.json)
        printJson({{u"batches"_s, qint64(importer.batches())}, {u"records"_s, importer.records()}});
    else
        printLine(u"%1 batch(es) with %2 record(s) taken on; `failed replay` sends them"_s
                      .arg(importer.batches())
                      .arg(importer.records()));
    return ExitDelivered;
}

} // namespace trace
