// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/delivery/answertable.h"

namespace trace {

//! The test of a service by a table of its answers; Qt Test runs the slots of a base class too.
class AnswersTest : public QObject
{
    Q_OBJECT
public:
    using Cases = std::vector<AnswerCase> (*)();

    AnswersTest(QString service, Cases cases)
        : m_service(std::move(service))
        , m_cases(cases)
    {}

private Q_SLOTS:
    void initTestCase() { m_table = std::make_unique<AnswerTable>(m_service, m_cases()); }
    void meansToTheOperator_data() { m_table->addRows(); }
    void meansToTheOperator()
    {
        QFETCH(int, row);
        m_table->checkMeaning(row);
    }
    void keptRecordsAreDelivered_data()
    {
        m_table->release();
        m_table->addRows(true);
    }
    void keptRecordsAreDelivered()
    {
        QFETCH(int, row);
        m_table->checkDelivered(row);
    }
    void settledRecordsAreNotSentAgain_data() { m_table->addRows(false); }
    void settledRecordsAreNotSentAgain()
    {
        QFETCH(int, row);
        m_table->checkNothingElse(row);
    }
    void cleanupTestCase() { m_table.reset(); }

private:
    const QString m_service;
    const Cases m_cases;
    std::unique_ptr<AnswerTable> m_table;
};

} // namespace trace
