// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/timestamp.h"
#include "core/service/compression.h"
#include "tests/core/delivery/answerserver.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTestEventLoop>

namespace trace {

inline constexpr std::int64_t secondNs = 1'000'000'000;
inline constexpr std::int64_t hourNs = 3600 * secondNs;

inline Record recordOf(const std::string &message, std::int64_t time = nowNs())
{
    Record record;
    record.timestamp = time;
    record.message = message;
    record.context.runId = "run-1";
    record.context.workflowName = "import";
    return record;
}

//! The body as it was before compression.
inline QByteArray plainBody(const HttpRequest &request)
{
    return decodeBody(request.body, headerValue(request.headers, "Content-Encoding"))
        .value_or(QByteArray());
}

inline QJsonDocument jsonOf(const HttpRequest &request)
{
    return QJsonDocument::fromJson(plainBody(request));
}

//! Records on their way through an engine to a service on this computer, which keeps the requests
//! as they came.
class Delivery final
{
public:
    explicit Delivery(const QString &service, const QJsonObject &own = {},
                      const QString &compression = {}, AnswerRule rule = {}, int maxInFlight = 1)
        : server(service, std::move(rule))
    {
        Endpoint endpoint = server.endpoint(100'000);
        endpoint.options.own = own;
        endpoint.options.compression = compression;
        endpoint.maxInFlight = maxInFlight;
        m_folder = m_temp.filePath(QStringLiteral("journal"));
        m_engine = startEngine(m_folder, {endpoint});
    }

    //! Sends them as one batch, as far as the service's limits allow that, and waits until each is
    //! delivered or failed. False when that does not happen.
    [[nodiscard]] bool send(const std::vector<Record> &records)
    {
        m_accepted += qint64(records.size());
        m_engine->append(blockOf(records));
        // The server answers on this thread, which qWaitFor() would have sleep between two looks.
        QTestEventLoop loop;
        QObject::connect(m_engine.get(), &Engine::statusChanged, &loop, &QTestEventLoop::exitLoop);
        const auto isDone = [this] {
            const Ledger ledger = this->ledger();
            return ledger.accepted == m_accepted && ledger.delivered + ledger.failed == m_accepted;
        };
        while (!isDone()) {
            loop.enterLoopMSecs(patience);
            if (loop.timeout())
                return isDone();
        }
        return true;
    }

    [[nodiscard]] Ledger ledger() const { return ledgerOf(*m_engine); }
    [[nodiscard]] Engine &engine() { return *m_engine; }
    //! Why the record with that message was not delivered.
    [[nodiscard]] QString reasonOf(const std::string &message) const
    {
        const auto reader = JournalReader::open(m_folder).value();
        const auto batches = reader->failedBatches().value();
        for (const FailedBatchRow &batch : batches) {
            const auto records = reader->failedRecords(batch.id).value();
            for (const Record &record : records) {
                if (record.message == message)
                    return batch.reason;
            }
        }
        return {};
    }
    //! Of what was not delivered for a reason with those words.
    [[nodiscard]] QStringList failedMessages(const QString &words) const
    {
        QStringList messages;
        const auto reader = JournalReader::open(m_folder).value();
        const auto batches = reader->failedBatches().value();
        for (const FailedBatchRow &batch : batches) {
            if (!batch.reason.contains(words))
                continue;
            const auto records = reader->failedRecords(batch.id).value();
            for (const Record &record : records)
                messages.append(QString::fromStdString(record.message));
        }
        return messages;
    }
    //! The only request with records.
    [[nodiscard]] HttpRequest request() const
    {
        return server.pushes.size() == 1 ? server.pushes.front().request : HttpRequest();
    }

    AnswerServer server;

private:
    QTemporaryDir m_temp;
    QString m_folder;
    std::unique_ptr<Engine> m_engine;
    qint64 m_accepted = 0;
};

} // namespace trace
