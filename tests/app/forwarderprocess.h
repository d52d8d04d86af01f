// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/patience.h"
#include "tests/support/rawhttp.h"
#include "tests/support/unusedport.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

namespace trace {

//! How a command of trace-forwarder ended.
struct CommandResult
{
    int code = -1; //!< Its exit code; -1: it crashed, or did not end in time.
    QByteArray output;
    QByteArray errors;

    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(output).object(); }
    //! The ledger of the first endpoint of a document of --json.
    [[nodiscard]] QJsonObject ledger() const
    {
        const QJsonArray endpoints = json()[QLatin1String("endpoints")].toArray();
        return endpoints.at(0)[QLatin1String("ledger")].toObject();
    }
    [[nodiscard]] qint64 inLedger(const char *member) const
    {
        return ledger()[QLatin1String(member)].toInteger(-1);
    }
    [[nodiscard]] bool isBalanced() const { return ledger()[QLatin1String("balanced")].toBool(); }
};

inline const QString forwarderProgram = QStringLiteral(TRACE_FORWARDER);

//! Runs the program to its end.
inline CommandResult runForwarder(const QStringList &arguments)
{
    QProcess process;
    process.start(forwarderProgram, arguments);
    CommandResult result;
    if (process.waitForFinished(patience) && process.exitStatus() == QProcess::NormalExit)
        result.code = process.exitCode();
    result.output = process.readAllStandardOutput();
    result.errors = process.readAllStandardError();
    if (result.errors.contains("Sanitizer"))
        qWarning("%s", result.errors.constData());
    return result;
}

//! `trace-forwarder practice` in a process of its own.
class PracticeProcess final
{
public:
    explicit PracticeProcess(const QString &faults = {}, quint16 port = unusedPort(),
                             const QStringList &more = {})
    {
        m_process.start(forwarderProgram,
                        QStringList{QStringLiteral("practice"), QStringLiteral("--port"),
                                    QString::number(port), QStringLiteral("--fail"), faults} +
                            more);
        while (!m_process.canReadLine() && m_process.waitForReadyRead(patience)) {
        }
        const QByteArray line = m_process.readLine().trimmed(); // "… at http://127.0.0.1:PORT"
        m_port = line.mid(line.lastIndexOf(':') + 1).toUShort();
    }
    ~PracticeProcess() { stop(); }
    Q_DISABLE_COPY_MOVE(PracticeProcess)

    void stop()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    //! 0 when it could not start.
    [[nodiscard]] quint16 port() const { return m_port; }

    //! How often the records' ids arrived.
    [[nodiscard]] QJsonObject ids() const { return ask("/practice/ids?key=id"); }
    [[nodiscard]] QJsonObject summary() const { return ask("/practice/summary"); }
    //! Whether the ids 0 to \a count - 1 arrived, each once.
    [[nodiscard]] bool hasEachOnce(qint64 count) const
    {
        const QJsonObject expected{{QStringLiteral("distinct"), count},
                                   {QStringLiteral("minimum"), 0},
                                   {QStringLiteral("maximum"), count - 1},
                                   {QStringLiteral("missing"), 0},
                                   {QStringLiteral("duplicates"), 0}};
        const QJsonObject arrived = ids();
        if (arrived != expected)
            qWarning() << "arrived" << arrived;
        return arrived == expected;
    }

private:
    [[nodiscard]] QJsonObject ask(const QByteArray &path) const
    {
        RawHttp client(m_port);
        return QJsonDocument::fromJson(client.ask(RawHttp::get(path)).body).object();
    }

    QProcess m_process;
    quint16 m_port = 0;
};

//! A folder with a journal, input files and the commands that work on them.
class ForwarderFolder final
{
public:
    [[nodiscard]] QString path(const QString &name) const { return m_folder.filePath(name); }
    [[nodiscard]] QString journal() const { return path(QStringLiteral("journal")); }

    //! Writes a file with so many records of four runs, `metadata.id` counting from \a firstId.
    QString writeRecords(const QString &name, qint64 count, qint64 firstId = 0) const
    {
        const QByteArray time =
            QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs).toUtf8();
        QByteArray text;
        for (qint64 id = firstId; id < firstId + count; ++id) {
            const QByteArray number = QByteArray::number(id);
            text += R"({"timestamp":")" + time + R"(","level":"info","message":"record )" + number +
                    R"(","run_id":"run-)" + QByteArray::number(id % 4) +
                    R"(","workflow_name":"nightly","metadata":{"id":)" + number + "}}\n";
        }
        return write(name, text);
    }
    //! The path of the file; empty when it could not be written.
    QString write(const QString &name, const QByteArray &bytes) const
    {
        QFile file(path(name));
        const bool isWritten = file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
        return isWritten ? file.fileName() : QString();
    }

    //! The arguments of a command with --json on this journal and without configured endpoints.
    [[nodiscard]] QStringList arguments(const QStringList &command) const
    {
        return QStringList{QStringLiteral("--json"), QStringLiteral("--config"),
                           path(QStringLiteral("config")), QStringLiteral("--journal"), journal()} +
               command;
    }
    [[nodiscard]] CommandResult run(const QStringList &command) const
    {
        return runForwarder(arguments(command));
    }
    //! The batches of `failed list`.
    [[nodiscard]] QJsonArray failedBatches() const
    {
        const CommandResult list = run({QStringLiteral("failed"), QStringLiteral("list")});
        return list.json()[QLatin1String("failed")].toArray();
    }

    //! `--service … --url …` for the endpoint at \a port.
    [[nodiscard]] static QStringList to(quint16 port,
                                        const QString &service = QStringLiteral("generic"))
    {
        const QString path = service == QLatin1String("grafana")
                                 ? QStringLiteral("/loki/api/v1/push")
                             : service == QLatin1String("datadog") ? QStringLiteral("/api/v2/logs")
                                                                   : QStringLiteral("/logs");
        return {QStringLiteral("--service"), service, QStringLiteral("--url"),
                QStringLiteral("http://127.0.0.1:%1").arg(port) + path};
    }

private:
    QTemporaryDir m_folder;
};

} // namespace trace
