// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <QMetaType>
#include <QString>

#include <memory>
#include <vector>

namespace trace {

//! A record with the words that a table shows of it.
struct RecordRow
{
    Record record; //!< Its sequence is 0 when the journal has no record there.
    QString time;
    QString run;
    QString place; //!< "workflow › stage › job"
    QString message;
};

//! \a record made ready to be shown.
[[nodiscard]] RecordRow makeRecordRow(Record record);

//! Neighbouring records of the journal, by sequence number. Page n starts at n * size + 1.
struct RecordPage
{
    static constexpr quint64 size = 256;

    quint64 number = 0;
    quint64 loadedTo = 0;        //!< The newest sequence number that was asked for.
    std::vector<RecordRow> rows; //!< Up to loadedTo; row 0 is first().

    [[nodiscard]] quint64 first() const { return number * size + 1; }
    [[nodiscard]] static quint64 numberOf(quint64 sequence) { return (sequence - 1) / size; }
};

using RecordPagePointer = std::shared_ptr<const RecordPage>;

} // namespace trace

Q_DECLARE_METATYPE(trace::RecordPagePointer)
