// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/recordfile.h"

#include "core/record/recordlines.h"

namespace trace {

namespace {

//! Packs the records of a text.
class RecordPacker
{
public:
    RecordPacker(const BlockSink &sink, ReadSummary &summary, RecordMasker &masker)
        : m_sink(sink)
        , m_summary(summary)
        , m_masker(masker)
        , m_lines([this](const RecordView &record) { pack(record); })
    {}

    void take(std::string_view bytes) { m_lines.take(bytes); }
    //! Nothing more comes for the moment.
    void pause()
    {
        m_lines.pause();
        flush();
    }
    void finish()
    {
        m_lines.finish();
        flush();
        m_summary.problems.add(m_lines.problems());
    }

private:
    void pack(const RecordView &record)
    {
        m_builder.append(m_masker.apply(record));
        ++m_summary.records;
        if (m_builder.isFull())
            flush();
    }
    void flush()
    {
        if (!m_builder.isEmpty())
            m_sink(m_builder.finish());
    }

    const BlockSink &m_sink;
    ReadSummary &m_summary;
    RecordMasker &m_masker;
    RecordBlockBuilder m_builder;
    RecordLines m_lines;
};

} // namespace

Expected<void> readRecordFile(const QString &path, const BlockSink &sink, ReadSummary &summary)
{
    RecordMasker masker;
    return readRecordFile(path, sink, summary, masker);
}

Expected<void> readRecordFile(const QString &path, const BlockSink &sink, ReadSummary &summary,
                              RecordMasker &masker, FileKind kind)
{
    auto input = TextInput::open(path, kind);
    if (!input)
        return tl::make_unexpected(input.error());
    RecordPacker packer(sink, summary, masker);
    std::optional<Error> problem;
    while (true) {
        const auto chunk = (*input)->read();
        if (!chunk) {
            problem = chunk.error();
            break;
        }
        if (chunk->isEnd)
            break;
        packer.take(chunk->text);
        if (chunk->isAll)
            packer.pause();
    }
    packer.finish();
    if (problem)
        return tl::make_unexpected(*problem);
    return {};
}

} // namespace trace
