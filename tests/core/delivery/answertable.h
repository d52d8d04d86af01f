// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/timestamp.h"
#include "tests/core/delivery/answercases.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>

namespace trace {

//! Plays all rows of a table at once: each is an endpoint of the same engine with a service of its
//! own, and all of them get the same four records.
class AnswerTable final
{
public:
    AnswerTable(const QString &service, std::vector<AnswerCase> cases)
        : m_cases(std::move(cases))
    {
        QList<Endpoint> endpoints;
        for (std::size_t i = 0; i < m_cases.size(); ++i) {
            const AnswerCase &row = m_cases[i];
            m_servers.push_back(std::make_unique<AnswerServer>(service, row.rule, row.isThere));
            Endpoint endpoint = m_servers.back()->endpoint(4, QString::number(i));
            if (row.adapt)
                row.adapt(endpoint);
            endpoints.append(endpoint);
        }
        m_folder = m_temp.filePath(QStringLiteral("journal"));
        m_engine = startEngine(m_folder, endpoints);
        std::vector<Record> records;
        for (int i = 1; i <= 4; ++i) {
            Record record;
            record.timestamp = nowNs() + i;
            record.message = "message " + std::to_string(i);
            record.context.runId = "run-1";
            records.push_back(record);
        }
        m_engine->append(blockOf(records));
    }

    //! A row of test data per answer; only those whose records wait, or do not, where that is
    //! given.
    void addRows(std::optional<bool> isWaiting = {}) const
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < m_cases.size(); ++i) {
            if (isWaiting.value_or(m_cases[i].meaning.isWaiting()) ==
                m_cases[i].meaning.isWaiting())
                QTest::newRow(m_cases[i].name) << int(i);
        }
    }

    //! That the operator sees what the answer means, and the service no request too many.
    void checkMeaning(int row)
    {
        const Meaning &meaning = m_cases[std::size_t(row)].meaning;
        const QString id = QString::number(row);
        const qint64 parked = qint64(meaning.parked.size());
        const auto isThere = [&] {
            const EndpointStatus status = statusOf(*m_engine, id);
            const Ledger &ledger = status.ledger;
            return status.state == meaning.state && ledger.accepted == 4 &&
                   ledger.failed == parked && ledger.inFlight == 0 &&
                   ledger.delivered == (meaning.isWaiting() ? 0 : 4 - parked) &&
                   (meaning.isWaiting() ? !status.problem.isEmpty() : status.problem.isEmpty());
        };
        QTRY_VERIFY2_WITH_TIMEOUT(isThere(), qPrintable(description(id)), patience);
        const EndpointStatus status = statusOf(*m_engine, id);
        QVERIFY(status.ledger.isBalanced());
        QVERIFY2(status.action.contains(QString::fromUtf8(meaning.action)),
                 qPrintable(status.action));
        if (meaning.isWaiting())
            QVERIFY2(status.problem.contains(QString::fromUtf8(meaning.words)),
                     qPrintable(status.problem));
        if (meaning.wait.count() > 0) {
            const QDateTime now = QDateTime::currentDateTimeUtc();
            QVERIFY(status.nextAttempt >= m_start.addSecs(meaning.wait.count()));
            QVERIFY(status.nextAttempt <= now.addSecs(meaning.wait.count()));
        }
        checkRequests(row);
        checkParked(row, status.journalId);
        checkRepetitions(row);
    }

    //! Every service takes everything from now on.
    void release()
    {
        for (std::size_t i = 0; i < m_servers.size(); ++i) {
            m_servers[i]->release();
            m_engine->retryNow(QString::number(i));
        }
    }
    //! That the waiting records arrive then, each once, and nothing else was lost.
    void checkDelivered(int row)
    {
        const QString id = QString::number(row);
        const auto isDelivered = [&] {
            m_engine->retryNow(id); // Again: while a request is under way this does nothing.
            return ledgerOf(*m_engine, id).delivered == 4;
        };
        QTRY_VERIFY2_WITH_TIMEOUT(isDelivered(), qPrintable(description(id)), patience);
        QTRY_COMPARE(statusOf(*m_engine, id).state, SenderState::Idle);
        QVERIFY(ledgerOf(*m_engine, id).isBalanced());
        AnswerServer &server = *m_servers[std::size_t(row)];
        server.stored.sort();
        QCOMPARE(server.stored, messages({}));
        checkBodies(row);
    }
    //! That nothing came after what settled the records, once the waiting ones of the other rows
    //! have arrived.
    void checkNothingElse(int row)
    {
        const Meaning &meaning = m_cases[std::size_t(row)].meaning;
        QVERIFY(meaning.requests > 0);
        checkRequests(row);
        const Ledger ledger = ledgerOf(*m_engine, QString::number(row));
        QCOMPARE(ledger.failed, qint64(meaning.parked.size()));
        QCOMPARE(ledger.delivered, 4 - qint64(meaning.parked.size()));
    }

private:
    //! That what waits is sent again by itself, unless the service said when, or it is held.
    void checkRepetitions(int row)
    {
        const AnswerCase &answer = m_cases[std::size_t(row)];
        const Meaning &meaning = answer.meaning;
        const AnswerServer &server = *m_servers[std::size_t(row)];
        if (meaning.wait.count() > 0) {
            QCOMPARE(server.pushes.size(), 1);
            return;
        }
        if (!answer.isThere ||
            (meaning.state != SenderState::Suspended && meaning.state != SenderState::BackingOff))
            return;
        QTRY_VERIFY(server.pushes.size() >= 2);
        checkBodies(row);
    }
    //! That a service can tell a repetition.
    void checkBodies(int row)
    {
        if (m_cases[std::size_t(row)].meaning.state != SenderState::Suspended)
            return;
        const AnswerServer &server = *m_servers[std::size_t(row)];
        for (const SeenRequest &push : server.pushes)
            QCOMPARE(push.request.body, server.pushes.front().request.body);
    }
    void checkRequests(int row)
    {
        const Meaning &meaning = m_cases[std::size_t(row)].meaning;
        AnswerServer &server = *m_servers[std::size_t(row)];
        // A record that is tried alone first may make it fewer, or up to two more.
        if (meaning.requests > 1 && meaning.status >= 400 && meaning.status != 413)
            QVERIFY(server.pushes.size() >= 3 && server.pushes.size() <= meaning.requests + 2);
        else if (meaning.requests > 0)
            QCOMPARE(server.pushes.size(), meaning.requests);
        for (const HttpRequest &other : server.others) // Nothing but Loki's question.
            QVERIFY2(other.url.path().endsWith(QLatin1StringView("/buildinfo")),
                     qPrintable(other.url.path()));
        if (server.stored.isEmpty())
            return;
        server.stored.sort();
        QCOMPARE(server.stored, messages(meaning.parked));
    }
    void checkParked(int row, qint64 journalId)
    {
        const Meaning &meaning = m_cases[std::size_t(row)].meaning;
        const auto reader = JournalReader::open(m_folder).value();
        QStringList parked;
        const auto batches = reader->failedBatches().value();
        for (const FailedBatchRow &batch : batches) {
            if (batch.endpoint != journalId)
                continue;
            QVERIFY2(batch.reason.contains(QString::fromUtf8(meaning.words)),
                     qPrintable(batch.reason));
            QCOMPARE(batch.status, meaning.status);
            QCOMPARE(batch.mayHaveArrived, meaning.mayHaveArrived);
            const auto records = reader->failedRecords(batch.id).value();
            for (const Record &record : records)
                parked.append(QString::fromStdString(record.message));
        }
        QStringList expected;
        for (const int number : meaning.parked)
            expected.append(QStringLiteral("message %1").arg(number));
        parked.sort();
        QCOMPARE(parked, expected);
    }
    //! All messages but those.
    [[nodiscard]] static QStringList messages(const std::vector<int> &without)
    {
        QStringList messages;
        for (int i = 1; i <= 4; ++i) {
            if (std::find(without.begin(), without.end(), i) == without.end())
                messages.append(QStringLiteral("message %1").arg(i));
        }
        return messages;
    }
    [[nodiscard]] QString description(const QString &id) const
    {
        const EndpointStatus status = statusOf(*m_engine, id);
        return QStringLiteral("%1, %2, %3: %4 delivered, %5 waiting, %6 failed")
            .arg(stateName(status.state), status.problem, status.action)
            .arg(status.ledger.delivered)
            .arg(status.ledger.waiting)
            .arg(status.ledger.failed);
    }

    const QDateTime m_start = QDateTime::currentDateTimeUtc();
    std::vector<AnswerCase> m_cases;
    std::vector<std::unique_ptr<AnswerServer>> m_servers;
    QTemporaryDir m_temp;
    QString m_folder;
    std::unique_ptr<Engine> m_engine;
};

} // namespace trace
