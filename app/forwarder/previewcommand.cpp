// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/confirm.h"
#include "app/forwarder/output.h"
#include "core/config/endpointstore.h"
#include "core/delivery/endpointprobe.h"
#include "core/delivery/preview.h"
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
};

Expected<void> readInput(const CommandLine &line, Input &input)
{
    if (line.files.empty()) {
        input.sample = testRecord(u"preview"_s);
        input.records = {viewOf(input.sample)};
        return {};
    }
    ReadSummary summary;
    for (const std::string &file : line.files) {
        const auto read = readRecordFile(
            QString::fromStdString(file),
            [&](RecordBlock block) {
                if (auto opened = RecordBlockReader::open(block.data))
                    input.blocks.push_back(std::move(*opened));
            },
            summary);
        if (!read)
            return read;
    }
    for (const RecordBlockReader &block : input.blocks)
        input.records.insert(input.records.end(), block.records().begin(), block.records().end());
    return {};
}

void printPreviews(const Previews &previews)
{
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
}

void printPreviewsAsJson(const Previews &previews)
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
    printJson({{u"requests"_s, requests}, {u"unfit"_s, unfit}});
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
        return ExitError;
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
        printPreviewsAsJson(*previews);
    else
        printPreviews(*previews);
    return ExitDelivered;
}

} // namespace trace
