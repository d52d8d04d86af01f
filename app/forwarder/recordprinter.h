// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/recordtext.h"

#include <deque>

namespace trace {

enum class RecordOutput
{
    Text,
    Json,
    Csv
};

//! Records on standard output, a line each or more: all, or with a limit at first the newest only.
class RecordPrinter final
{
public:
    RecordPrinter(RecordOutput output, qint64 limit);

    void add(const RecordView &record);
    //! False when nobody takes it; the end of the program says so.
    [[nodiscard]] bool print();
    //! The newest ones of a limit; from now on there is none.
    [[nodiscard]] bool printNewest();
    //! Whether nobody reads any more, as is known of a pipe also while there is nothing to write.
    [[nodiscard]] static bool isClosed();

private:
    void append(const RecordView &record);

    const bool m_isForTerminal;
    const RecordOutput m_output;
    RecordText m_text;
    std::size_t m_limit; // 0: none
    std::string m_header; // until it is printed
    std::string m_out;
    std::deque<std::string> m_newest;
};

} // namespace trace
