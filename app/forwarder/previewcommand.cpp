// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/output.h"
#include "core/config/endpointstore.h"
#include "core/config/redactionfile.h"
#include "core/delivery/endpointprobe.h"
#include "core/delivery/preview.h"
#include "core/journal/sequenceset.h"
#include "core/receiver/recordfile.h"

#include <QFile>
#include <QJsonArray>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Records with what they point into.
struct Input
{
    std::vector<RecordBlockReader> blocks;
    std::vector<RecordView> records;
    Record sample;
    std::uint64_t masked = 0; //!< Records in which something was hidden.
};

Expected<void> readInput(const CommandLine &line, Input &input)
{
    if (line.files.empty()) {
        input.sample = testRecord(u"preview"_s);
        input.records = {viewOf(input.sample)};
        return {};
    }
    const auto redaction = loadRedaction(line.config());
    if (!redaction)
        return tl::make_unexpected(redaction.error());
    RecordMasker masker(*redaction); // as they are before they are kept and sent
    ReadSummary summary;
    for (const std::string &file : line.files) {
        const auto read = readRecordFile(
            QString::fromStdString(file),
            [&](RecordBlock block) {
                if (auto opened = RecordBlockReader::open(block.data))
                    input.blocks.push_back(std::move(*opened));
            },
            summary, masker, line.fileKind);
        if (!read)
            return read;
    }
    input.masked = masker.maskedRecords();
    for (const RecordBlockReader &block : input.blocks)
        input.records.insert(input.records.end(), block.records().begin(), block.records().end());
    return {};
}

//! "2, 5-9": places as a person counts them.
QString numbersOf(const std::vector<std::size_t> &places)
{
    const std::vector<std::uint64_t> sequences(places.begin(), places.end());
    QStringList numbers;
    for (const SequenceRange &range : toRanges(sequences)) {
        const QString first = QString::number(range.first + 1);
        numbers.append(range.count() == 1 ? first : u"%1-%2"_s.arg(first).arg(range.last + 1));
    }
    return numbers.join(u", "_s);
}

void printPreviews(const Previews &previews, std::uint64_t masked)
{
    for (const QString &note : previews.notes)
        printLine(u"# "_s + note);
    if (masked > 0)
        printLine(u"# something was hidden in %1 record(s)"_s.arg(masked));
    qsizetype number = 0;
    for (const Preview &preview : previews.requests) {
        printLine(u"# request %1 of %2, %3 record(s)"_s.arg(++number)
                      .arg(previews.requests.size())
                      .arg(preview.indices.size()));
        printLine(u"%1 %2"_s.arg(QString::fromUtf8(preview.method),
                                 preview.url.toString(QUrl::FullyEncoded)));
        for (const auto &[name, value] : preview.headers)
            printLine(u"%1: %2"_s.arg(QString::fromUtf8(name), QString::fromUtf8(value)));
        printLine(u"\n# body: %1 bytes, compression %2; readable:"_s.arg(preview.body.size())
                      .arg(preview.compression()));
        printLine(visibleText(preview.text) + u'\n');
    }
    for (const Unfit &unfit : previews.unfit)
        printLine(u"# record %1 would not be sent: %2"_s.arg(unfit.index + 1).arg(unfit.reason));
    if (!previews.filtered.empty())
        printLine(
            u"# the endpoint's filter leaves out %1 record(s): %2"_s.arg(previews.filtered.size())
                .arg(numbersOf(previews.filtered)));
}

void printPreviewsAsJson(const Previews &previews, std::uint64_t masked)
{
    QJsonArray requests;
    for (const Preview &preview : previews.requests) {
        QJsonObject headers;
        for (const auto &[name, value] : preview.headers)
            headers.insert(QString::fromUtf8(name), QString::fromUtf8(value));
        requests.append(QJsonObject{{u"method"_s, QString::fromUtf8(preview.method)},
                                    {u"url"_s, preview.url.toString(QUrl::FullyEncoded)},
                                    {u"headers"_s, headers},
                                    {u"records"_s, qint64(preview.indices.size())},
                                    {u"body_bytes"_s, qint64(preview.body.size())},
                                    {u"compression"_s, preview.compression()},
                                    {u"text"_s, preview.text}});
    }
    QJsonArray unfit;
    for (const Unfit &record : previews.unfit)
        unfit.append(
            QJsonObject{{u"record"_s, qint64(record.index + 1)}, {u"reason"_s, record.reason}});
    QJsonArray filtered;
    for (const std::size_t place : previews.filtered)
        filtered.append(qint64(place + 1));
    printJson({{u"requests"_s, requests},
               {u"unfit"_s, unfit},
               {u"filtered"_s, filtered},
               {u"masked"_s, qint64(masked)},
               {u"notes"_s, QJsonArray::fromStringList(previews.notes)}});
}

int writeBody(const QString &path, const Previews &previews)
{
    if (previews.requests.empty()) {
        printError({u"there is no request whose body could be written"_s, {}});
        return ExitError;
    }
    const QByteArray &body = previews.requests.front().body;
    QFile file(path);
    const bool isOpen =
        path == "-"_L1 ? file.open(stdout, QIODevice::WriteOnly) : file.open(QIODevice::WriteOnly);
    if (!isOpen || file.write(body) != body.size() || !file.flush()) {
        printError({u"%1: %2"_s.arg(path, file.errorString()), {}});
        return ExitError;
    }
    return ExitDelivered;
}

} // namespace

int endpointPreviewCommand(const CommandLine &line)
{
    const auto endpoints = EndpointStore(line.config()).load();
    if (!endpoints) {
        printError(endpoints.error());
        return ExitUsage;
    }
    const QString name = QString::fromStdString(line.edit.name);
    const auto endpoint = std::find_if(endpoints->begin(), endpoints->end(),
                                       [&](const Endpoint &e) { return e.name == name; });
    if (endpoint == endpoints->end()) {
        printError({u"there is no endpoint \"%1\""_s.arg(name),
                    u"List them with: trace-forwarder endpoint list"_s});
        return ExitUsage;
    }
    Input input;
    if (const auto read = readInput(line, input); !read) {
        printError(read.error());
        return ExitError;
    }
    const auto previews = formatForService(*endpoint, input.records);
    if (!previews) {
        printError(previews.error());
        return ExitError;
    }
    if (!line.edit.rawFile.empty()) {
        const QString path = QString::fromStdString(line.edit.rawFile);
        const int code = writeBody(path, *previews);
        if (code != ExitDelivered || path == "-"_L1)
            return code;
    }
    if (line.json)
        printPreviewsAsJson(*previews, input.masked);
    else
        printPreviews(*previews, input.masked);
    return ExitDelivered;
}

} // namespace trace
