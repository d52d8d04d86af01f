// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/failedselection.h"
#include "app/forwarder/output.h"
#include "core/record/jsonwriter.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSaveFile>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Lines of JSON: each batch begins with an object that has the key "failed_batch", its records
//! follow, one a line, as every input of this program. Records may be edited, removed or added.
Expected<void> writeBatch(JournalReader &reader, const FailedBatchRow &row, QIODevice &out)
{
    const auto failed = reader.failedBatchWithData(row.id);
    const auto records = reader.failedRecords(row.id);
    if (!failed || !records)
        return tl::make_unexpected(failed ? records.error() : failed.error());
    QJsonObject head = toJson(row);
    head.remove(u"state"_s);
    head.insert(u"configuration"_s, QJsonDocument::fromJson(failed->configuration).object());
    std::string text = QJsonDocument(QJsonObject{{u"failed_batch"_s, head}})
                           .toJson(QJsonDocument::Compact)
                           .toStdString();
    text += '\n';
    for (const Record &record : *records) {
        appendJson(text, viewOf(record));
        text += '\n';
    }
    if (out.write(text.data(), qint64(text.size())) != qint64(text.size()))
        return fail(u"cannot write: %1"_s.arg(out.errorString()), u"Check the disk's space."_s);
    return {};
}

//! What must be written as it is: QSaveFile would put a file in its place.
bool isDevice(const QString &path)
{
    const QFileInfo info(path);
    return info.exists() && !info.isFile();
}

} // namespace

int failedExportCommand(const CommandLine &line)
{
    const auto reader = JournalReader::open(line.journal());
    const auto batches =
        reader ? selectedBatches(line, **reader) : tl::make_unexpected(reader.error());
    if (!batches) {
        printError(batches.error());
        return reader ? ExitUsage : ExitError;
    }
    const QString path = QString::fromStdString(line.output);
    const bool isReplaced = !path.isEmpty() && !isDevice(path);
    QSaveFile file(path);
    QFile stream(path);
    QFileDevice &out = isReplaced ? static_cast<QFileDevice &>(file) : stream;
    const QString place = path.isEmpty() ? u"standard output"_s : path;
    const bool isOpen =
        path.isEmpty() ? stream.open(stdout, QIODevice::WriteOnly) : out.open(QIODevice::WriteOnly);
    if (!isOpen) {
        printError({u"cannot write %1: %2"_s.arg(place, out.errorString()), {}});
        return ExitError;
    }
    if (isReplaced)
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner); // records may be confidential
    for (const FailedBatchRow &row : *batches) {
        if (const auto written = writeBatch(**reader, row, out); !written) {
            printError(written.error());
            return ExitError;
        }
    }
    if (!out.flush() || (isReplaced && !file.commit())) {
        printError(
            {u"cannot write %1: %2"_s.arg(place, out.errorString()), u"Check the disk's space."_s});
        return ExitError;
    }
    if (line.json && !path.isEmpty())
        printJson({{u"batches"_s, qint64(batches->size())}, {u"path"_s, path}});
    else if (!path.isEmpty())
        printLine(u"%1 batch(es) written to %2"_s.arg(batches->size()).arg(path));
    return ExitDelivered;
}

} // namespace trace
