// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <QString>

namespace trace {

//! Shows records as people read them: "time LEVEL run/job message", one line each, with what has
//! lines of its own (the rest of a message, exception, stack trace) indented below. Characters that
//! a terminal would obey are shown as their pictures.
class RecordText final
{
public:
    explicit RecordText(bool isColoured)
        : m_isColoured(isColoured)
    {}

    void append(std::string &out, const RecordView &record);

private:
    void appendTime(std::string &out, std::int64_t ns);
    void appendLevel(std::string &out, Level level) const;
    void appendOrigin(std::string &out, const RunContext &context);

    const bool m_isColoured;
    // Many records are of the same second; to look one up in the time zone takes longer than the
    // rest of a line.
    std::int64_t m_second = 0;
    std::string m_secondText{};
    std::string m_offsetText{};
    qsizetype m_originWidth = 0; // of the widest so far
};

} // namespace trace
