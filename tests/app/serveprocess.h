// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/app/forwarderprocess.h"

namespace trace {

//! `serve` in a process of its own.
class ServeProcess final
{
public:
    explicit ServeProcess(const ForwarderFolder &folder, const QStringList &options = {})
    {
        const QStringList serve{QStringLiteral("serve"), QStringLiteral("--port"),
                                QStringLiteral("0")};
        start(forwarderProgram, folder.arguments(serve + options));
    }
    //! Likewise by another command line.
    ServeProcess(const QString &program, const QStringList &arguments)
    {
        start(program, arguments);
    }
    ~ServeProcess()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(ServeProcess)

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] qint64 processId() const { return m_process.processId(); }
    //! What it has said up to now beside its results.
    [[nodiscard]] QByteArray errors()
    {
        m_errors += m_process.readAllStandardError();
        return m_errors;
    }
    void signal() { m_process.terminate(); }
    [[nodiscard]] int post(const QByteArray &body, const QByteArray &headers = {}) const
    {
        return ask(body, headers).status;
    }
    [[nodiscard]] RawAnswer ask(const QByteArray &body, const QByteArray &headers = {}) const
    {
        RawHttp client(m_port);
        return client.ask(
            RawHttp::post("/logs", body, "Content-Type: application/x-ndjson\r\n" + headers));
    }
    //! Waits until it said this, behind what was waited for before.
    bool hasSaid(const QByteArray &text)
    {
        const auto isThere = [&] {
            const qsizetype place = errors().indexOf(text, m_heardTo);
            if (place >= 0)
                m_heardTo = place + text.size();
            return place >= 0;
        };
        while (!isThere()) {
            if (!m_process.waitForReadyRead(patience))
                return false;
        }
        return true;
    }
    CommandResult terminate()
    {
        signal();
        return end();
    }
    CommandResult end()
    {
        CommandResult result;
        if (m_process.waitForFinished(patience) && m_process.exitStatus() == QProcess::NormalExit)
            result.code = m_process.exitCode();
        result.output = m_process.readAllStandardOutput();
        result.errors = errors();
        return result;
    }

private:
    void start(const QString &program, const QStringList &arguments)
    {
        m_process.start(program, arguments);
        m_process.setReadChannel(QProcess::StandardError);
        // "receiving at http://127.0.0.1:PORT, …"; it may have to tell of an endpoint before.
        QByteArray line;
        while (!line.startsWith("receiving at")) {
            m_errors += line;
            line.clear();
            if (m_process.canReadLine())
                line = m_process.readLine();
            else if (!m_process.waitForReadyRead(patience))
                break;
        }
        const qsizetype end = line.indexOf(',');
        m_port = line.first(std::max<qsizetype>(end, 0)).split(':').last().toUShort();
    }

    QProcess m_process;
    QByteArray m_errors;
    qsizetype m_heardTo = 0;
    quint16 m_port = 0;
};

//! NDJSON with so many records, `metadata.id` counting from \a first.
inline QByteArray recordsFrom(int first, int count)
{
    QByteArray body;
    for (int id = first; id < first + count; ++id) {
        const QByteArray number = QByteArray::number(id);
        body += R"({"message":"record )" + number + R"(","metadata":{"id":)" + number + "}}\n";
    }
    return body;
}

} // namespace trace
