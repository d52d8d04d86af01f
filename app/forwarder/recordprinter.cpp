// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/recordprinter.h"

#include "app/forwarder/output.h"
#include "app/forwarder/recordcsv.h"
#include "core/platform/terminal.h"
#include "core/record/jsonwriter.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace trace {

RecordPrinter::RecordPrinter(RecordOutput output, qint64 limit)
    : m_isForTerminal(isTerminal(stdout))
    , m_output(output)
    , m_text(takesColour(stdout))
    , m_limit(std::size_t(std::max<qint64>(limit, 0)))
{
    if (output == RecordOutput::Csv)
        appendCsvHeader(m_header);
}

void RecordPrinter::add(const RecordView &record)
{
    append(record);
    if (m_limit == 0)
        return;
    m_newest.push_back(std::exchange(m_out, {}));
    if (m_newest.size() > m_limit)
        m_newest.pop_front();
}

void RecordPrinter::append(const RecordView &record)
{
    switch (m_output) {
    case RecordOutput::Text:
        m_text.append(m_out, record);
        break;
    case RecordOutput::Csv:
        appendCsv(m_out, record, m_isForTerminal);
        break;
    case RecordOutput::Json:
        std::string json;
        appendJson(json, record);
        m_out += m_isForTerminal ? fitForOutput(QByteArray::fromStdString(json)).toStdString()
                                 : json;
        m_out += '\n';
    }
}

bool RecordPrinter::print()
{
    const std::string lines = std::exchange(m_header, {}) + std::exchange(m_out, {});
    return std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size();
}

bool RecordPrinter::printNewest()
{
    m_limit = 0;
    for (const std::string &record : std::exchange(m_newest, {}))
        m_out += record;
    return print();
}

bool RecordPrinter::isClosed()
{
    pollfd output{fileno(stdout), 0, 0};
    return ::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

} // namespace trace
