// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/recordfile.h"

#include "core/record/timestamp.h"

#include <QFile>

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 chunkBytes = 256 * 1024;
// A line longer than this is cut into several records rather than held in memory without end.
constexpr std::size_t maxLineBytes = 16 * 1024 * 1024;

//! Cuts what is read into lines and packs them.
class LinePacker
{
public:
    LinePacker(const BlockSink &sink, ReadSummary &summary, RecordMasker &masker)
        : m_sink(sink)
        , m_summary(summary)
        , m_masker(masker)
    {}

    void take(std::string_view bytes)
    {
        // One look at the clock for all that came at once; they keep their order by time.
        m_now = nowNs();
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            if (end == std::string_view::npos) {
                m_rest.append(bytes);
                if (m_rest.size() > maxLineBytes)
                    packRest();
                return;
            }
            if (m_rest.empty()) {
                pack(bytes.substr(0, end));
            } else {
                m_rest.append(bytes.substr(0, end));
                packRest();
            }
            bytes.remove_prefix(end + 1);
        }
    }
    void packRest()
    {
        pack(m_rest);
        m_rest.clear();
    }
    void flush()
    {
        if (!m_builder.isEmpty())
            m_sink(m_builder.finish());
    }
    void finish()
    {
        if (!m_rest.empty())
            packRest();
        flush();
        const InputProblems &problems = m_reader.problems();
        m_summary.problems.notJson += problems.notJson;
        m_summary.problems.replacedUtf8 += problems.replacedUtf8;
        m_summary.problems.wrongType += problems.wrongType;
    }

private:
    void pack(std::string_view line)
    {
        if (line.empty() || line == "\r")
            return;
        m_builder.append(m_masker.apply(m_reader.readLine(line, m_now)));
        m_now = nextNs(m_now);
        ++m_summary.records;
        if (m_builder.isFull())
            flush();
    }

    const BlockSink &m_sink;
    ReadSummary &m_summary;
    RecordMasker &m_masker;
    JsonRecordReader m_reader;
    RecordBlockBuilder m_builder;
    std::string m_rest;
    std::int64_t m_now = 0;
};

} // namespace

Expected<void> readRecordFile(const QString &path, const BlockSink &sink, ReadSummary &summary)
{
    RecordMasker masker;
    return readRecordFile(path, sink, summary, masker);
}

Expected<void> readRecordFile(const QString &path, const BlockSink &sink, ReadSummary &summary,
                              RecordMasker &masker)
{
    QFile file(path);
    const bool opened = path == "-"_L1
                            ? file.open(STDIN_FILENO, QIODevice::ReadOnly | QIODevice::Unbuffered)
                            : file.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    if (!opened) {
        return fail(u"%1: %2"_s.arg(path, file.errorString()),
                    u"Check the name and that you may read it."_s);
    }
    LinePacker packer(sink, summary, masker);
    std::string buffer(std::size_t(chunkBytes), '\0');
    std::optional<Error> problem;
    while (true) {
        // read(2) itself: it returns what a pipe has, where QFile would wait for a full buffer.
        const ssize_t got = ::read(file.handle(), buffer.data(), buffer.size());
        if (got == 0)
            break;
        if (got < 0) {
            if (errno == EINTR)
                continue;
            problem = Error{u"%1: %2"_s.arg(path, QString::fromLocal8Bit(std::strerror(errno))),
                            u"What came before it is kept."_s};
            break;
        }
        packer.take(std::string_view(buffer).substr(0, std::size_t(got)));
        if (got < chunkBytes)
            packer.flush();
    }
    packer.finish();
    if (problem)
        return tl::make_unexpected(*problem);
    return {};
}

} // namespace trace
