// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/output.h"
#include "core/filter/filter.h"
#include "core/journal/journalreader.h"
#include "core/platform/terminal.h"
#include "core/record/jsonwriter.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

//! Records as lines of JSON on standard output: all, or with a limit only the newest.
class RecordLines
{
public:
    explicit RecordLines(qint64 limit)
        : m_limit(std::size_t(std::max<qint64>(limit, 0)))
    {}

    void add(const RecordView &record)
    {
        appendJson(m_out, record);
        m_out += '\n';
        if (m_limit == 0)
            return;
        m_newest.push_back(std::move(m_out));
        m_out.clear();
        if (m_newest.size() > m_limit)
            m_newest.pop_front();
    }
    //! False when nobody takes it; the end of the program says so.
    bool printSoFar() { return write(std::exchange(m_out, {})); }
    void printRest()
    {
        for (std::string &record : m_newest)
            write(std::move(record));
    }

private:
    bool write(std::string lines) const
    {
        if (m_isForTerminal)
            lines = fitForOutput(QByteArray::fromStdString(lines)).toStdString();
        return std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size();
    }

    const bool m_isForTerminal = isTerminal(stdout);
    std::size_t m_limit;
    std::string m_out;
    std::deque<std::string> m_newest;
};

} // namespace

int recordsCommand(const CommandLine &line)
{
    constexpr qint64 bytesAtOnce = 4 * 1024 * 1024;
    const auto filter = Filter::parse(QString::fromStdString(line.filter));
    if (!filter) {
        printError({u"--filter: "_s + filter.error().text, filter.error().action});
        return ExitUsage;
    }
    const auto reader = JournalReader::open(line.journal());
    const auto range = reader ? (*reader)->range() : tl::make_unexpected(reader.error());
    if (!range) {
        printError(range.error());
        return ExitError;
    }
    std::uint64_t next = range->first;
    const bool isAll = line.run.empty() && filter->isEmpty();
    RecordLines lines(isAll ? 0 : line.limit);
    if (line.limit > 0 && isAll && range->last >= std::uint64_t(line.limit))
        next = std::max(next, range->last - std::uint64_t(line.limit) + 1);
    int code = ExitDelivered;
    while (next != 0 && next <= range->last) {
        const auto blocks = (*reader)->blocks({next, range->last}, bytesAtOnce);
        if (!blocks) {
            printError(blocks.error());
            return ExitError;
        }
        if (blocks->empty())
            break;
        for (const StoredBlock &stored : *blocks) {
            const auto block = RecordBlockReader::open(stored.data, stored.first);
            if (!block) {
                printError({u"records %1 to %2: %3"_s.arg(stored.first).arg(stored.last()).arg(
                                block.error().text),
                            block.error().action});
                code = ExitError; // the rest is readable
                continue;
            }
            for (const RecordView &record : block->records()) {
                const bool isOfRun = line.run.empty() || contextOf(record).runId == line.run;
                if (record.sequence >= next && isOfRun && filter->matches(record))
                    lines.add(record);
            }
        }
        if (!lines.printSoFar())
            return ExitError;
        next = blocks->back().last() + 1;
    }
    lines.printRest();
    return code;
}

} // namespace trace
