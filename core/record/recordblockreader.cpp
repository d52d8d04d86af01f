// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/blockframe.h"
#include "core/record/blocklayout.h"
#include "core/record/recordblock.h"

#include <algorithm>
#include <bit>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t leastContextBytes = contextFields.size() + 1;
constexpr std::size_t leastRecordBytes = 6;

tl::unexpected<Error> damaged(const QString &what)
{
    return fail(u"Damaged block of records: "_s + what);
}

Expected<BlockHeader> readHeader(std::string_view block)
{
    ByteCursor cursor(block);
    const auto magic = cursor.fixed<std::uint32_t>();
    BlockHeader header;
    header.checksum = cursor.fixed<std::uint32_t>();
    header.count = cursor.fixed<std::uint32_t>();
    header.fieldsRaw = cursor.fixed<std::uint32_t>();
    header.fieldsPacked = cursor.fixed<std::uint32_t>();
    header.textRaw = cursor.fixed<std::uint32_t>();
    header.textPacked = cursor.fixed<std::uint32_t>();
    if (!cursor.isOk())
        return damaged(u"it is cut short."_s);
    constexpr std::uint32_t nameBits = 0x00FF'FFFF;
    if ((magic & nameBits) != (BlockHeader::magic & nameBits))
        return damaged(u"these bytes are something else."_s);
    if (magic != BlockHeader::magic)
        return fail(u"A block of records has the unknown format %1."_s.arg(magic >> 24),
                    u"Use the version of this program that wrote it, or a newer one."_s);
    const std::uint64_t size =
        std::uint64_t{BlockHeader::size} + header.fieldsPacked + header.textPacked;
    if (size != block.size())
        return damaged(u"it has %1 bytes instead of %2."_s.arg(block.size()).arg(size));
    if (checksumOf(block.substr(BlockHeader::checkedFrom)) != header.checksum)
        return damaged(u"its checksum does not match."_s);
    if (header.fieldsRaw > maxFrameBytes || header.textRaw > maxFrameBytes ||
        header.count > maxBlockRecords || header.count > header.fieldsRaw / leastRecordBytes)
        return damaged(u"its sizes are not possible."_s);
    return header;
}

bool readContexts(ByteCursor cursor, std::size_t size, std::vector<RunContext> &contexts)
{
    const std::uint64_t count = cursor.varint();
    if (count > size / leastContextBytes)
        return false;
    contexts.resize(count);
    for (RunContext &context : contexts) {
        for (const auto &field : contextFields)
            context.*field.member = cursor.text();
        const std::uint64_t tags = cursor.varint();
        if (tags > size)
            return false;
        for (std::uint64_t i = 0; i < tags && cursor.isOk(); ++i)
            context.tags.emplace_back(cursor.text());
        if (!cursor.isOk())
            return false;
    }
    return cursor.isOk() && cursor.atEnd();
}

// Reads record after record; each column has its own cursor.
class BlockDecoder
{
public:
    BlockDecoder(std::string_view fields, std::string_view text, bool withText)
        : m_withText(withText)
        , m_text(text)
    {
        ByteCursor cursor(fields);
        std::array<std::uint64_t, sectionCount> lengths{};
        for (std::uint64_t &length : lengths)
            length = cursor.varint();
        for (std::size_t i = 0; i < sectionCount; ++i)
            m_sections[i] = cursor.bytes(lengths[i]);
        m_ok = cursor.isOk() && cursor.atEnd();
        for (std::size_t i = 0; i < sectionCount; ++i)
            m_cursors[i] = ByteCursor(m_sections[i]);
    }

    bool read(std::uint32_t count, std::uint64_t firstSequence, std::vector<RunContext> &contexts,
              std::vector<RecordView> &records)
    {
        const std::string_view table = m_sections[sectionAt(Section::Contexts)];
        if (!m_ok || !readContexts(ByteCursor(table), table.size(), contexts) ||
            (m_withText && !splitText(count)))
            return false;
        records.resize(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            RecordView &record = records[i];
            record.sequence = firstSequence > 0 ? firstSequence + i : 0;
            const std::uint64_t id = at(Section::ContextIds).varint();
            if (id > contexts.size())
                return false;
            record.context = id > 0 ? &contexts[id - 1] : nullptr;
            if (!readKind(record))
                return false;
            readNumerics(record);
            readTexts(record);
        }
        return isDone();
    }

private:
    ByteCursor &at(Section section, std::size_t offset = 0)
    {
        return m_cursors[sectionAt(section, offset)];
    }

    // Where the columns of the text frame begin: the sum of the lengths of those before.
    bool splitText(std::uint32_t count)
    {
        ByteCursor rest(m_text);
        for (std::size_t i = smallTextCount; i < blockTexts.size(); ++i) {
            ByteCursor lengths = at(Section::Lengths, i);
            std::uint64_t sum = 0;
            for (std::uint32_t n = 0; n < count && !lengths.atEnd(); ++n) {
                const std::uint64_t length = lengths.varint();
                if (length > m_text.size())
                    return false;
                sum += length;
            }
            m_texts[i - smallTextCount] = ByteCursor(rest.bytes(sum));
        }
        return rest.isOk() && rest.atEnd();
    }

    bool readKind(RecordView &record)
    {
        m_time += unzigzag(at(Section::Times).varint());
        record.timestamp = static_cast<std::int64_t>(m_time);
        const unsigned kind = at(Section::Kinds).byte();
        if ((kind & 7U) >= allLevels.size() || kind >> 3 > static_cast<unsigned>(Mode::Stderr))
            return false;
        record.level = static_cast<Level>(kind & 7U);
        record.mode = static_cast<Mode>(kind >> 3);
        return true;
    }

    void readNumerics(RecordView &record)
    {
        const unsigned present = at(Section::Numerics).byte();
        for (std::size_t i = 0; i < integerFields<RecordView>.size(); ++i) {
            if (present & (1U << i)) {
                m_integers[i] += unzigzag(at(Section::Integers, i).varint());
                record.*integerFields<RecordView>[i].member =
                    static_cast<std::int64_t>(m_integers[i]);
            }
        }
        for (std::size_t i = 0; i < numberFields<RecordView>.size(); ++i) {
            if (present & (8U << i))
                record.*numberFields<RecordView>[i].member =
                    std::bit_cast<double>(at(Section::Numbers, i).fixed<std::uint64_t>());
        }
    }

    void readTexts(RecordView &record)
    {
        const unsigned present = at(Section::Texts).fixed<std::uint16_t>();
        if (present == 0)
            return;
        for (std::size_t i = 0; i < blockTexts.size(); ++i) {
            if (!(present & (1U << i)))
                continue;
            const std::uint64_t length = at(Section::Lengths, i).varint();
            if (i < smallTextCount)
                record.*blockTexts[i] = at(Section::Bytes, i).bytes(length);
            else if (m_withText)
                record.*blockTexts[i] = m_texts[i - smallTextCount].bytes(length);
        }
    }

    // Every column came to its end and not beyond.
    [[nodiscard]] bool isDone() const
    {
        const auto done = [](const ByteCursor &cursor) { return cursor.isOk() && cursor.atEnd(); };
        return std::all_of(m_cursors.begin() + sectionAt(Section::ContextIds), m_cursors.end(),
                           done) &&
               std::all_of(m_texts.begin(), m_texts.end(), done);
    }

    std::array<std::string_view, sectionCount> m_sections;
    std::array<ByteCursor, sectionCount> m_cursors;
    std::array<ByteCursor, blockTexts.size() - smallTextCount> m_texts;
    std::uint64_t m_time = 0;
    std::array<std::uint64_t, 3> m_integers{};
    bool m_withText;
    std::string_view m_text;
    bool m_ok = false;
};

} // namespace

Expected<RecordBlockReader> RecordBlockReader::open(QByteArrayView data,
                                                    std::uint64_t firstSequence, Parts parts)
{
    const std::string_view block(data.data(), static_cast<std::size_t>(data.size()));
    const auto header = readHeader(block);
    if (!header)
        return tl::make_unexpected(header.error());
    const bool withText = parts == Parts::FieldsAndText;
    const auto frames = std::make_shared<BlockFrames>();
    const std::string_view fields = block.substr(BlockHeader::size, header->fieldsPacked);
    const std::string_view text = block.substr(BlockHeader::size + header->fieldsPacked);
    if (!unpackFrame(fields, header->fieldsRaw, frames->fields) ||
        (withText && !unpackFrame(text, header->textRaw, frames->text)))
        return damaged(u"it cannot be unpacked."_s);
    return decode(frames, header->count, firstSequence, parts);
}

Expected<RecordBlockReader> RecordBlockReader::open(std::shared_ptr<const BlockFrames> frames,
                                                    std::uint32_t count,
                                                    std::uint64_t firstSequence)
{
    return decode(std::move(frames), count, firstSequence, Parts::FieldsAndText);
}

Expected<RecordBlockReader> RecordBlockReader::decode(std::shared_ptr<const BlockFrames> frames,
                                                      std::uint32_t count,
                                                      std::uint64_t firstSequence, Parts parts)
{
    RecordBlockReader reader;
    BlockDecoder decoder({frames->fields.data(), frames->fields.size()},
                         {frames->text.data(), frames->text.size()}, parts == Parts::FieldsAndText);
    if (!decoder.read(count, firstSequence, reader.m_contexts, reader.m_records))
        return damaged(u"its columns do not fit together."_s);
    reader.m_frames = std::move(frames);
    return reader;
}

} // namespace trace
