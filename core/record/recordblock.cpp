// SPDX-License-Identifier: LGPL-3.0-or-later
//
// A block, all numbers with the low byte first:
//
//     4  "TRB" and the version, 1
//     4  CRC-32 of everything behind it
//     4  number of records
//     16 sizes of the fields frame before and after compression, then of the text frame
//     the fields frame, then the text frame: zstd, or nothing for a frame of no bytes
//
// The fields frame begins with the length of each Section (blocklayout.h) as a varint and goes on
// with the sections. The table of contexts is their number and for each the texts of contextFields,
// the number of tags and the tags, each text as its length and bytes. The text frame holds all
// messages, then all exception messages, then all stack traces; their lengths are in the fields
// frame, so that a filter on fields opens that one alone.
#include "core/record/recordblock.h"

#include "core/record/blockframe.h"
#include "core/record/blocklayout.h"
#include "core/record/contexttable.h"

#include <algorithm>
#include <bit>

namespace trace {

namespace {

constexpr std::size_t largeTextCount = blockTexts.size() - smallTextCount;

// What a record takes beside its texts, about.
constexpr std::size_t fixedBytes = 24;

constexpr std::string_view cutMark = " [cut: too long for one record]";

std::uint64_t difference(std::int64_t value, std::int64_t before)
{
    return zigzag(static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(before));
}

std::size_t textBytes(const RecordView &record)
{
    std::size_t sum = 0;
    for (const auto member : blockTexts)
        sum += (record.*member).size();
    return sum;
}

std::size_t contextBytes(const RunContext &context)
{
    std::size_t sum = 0;
    for (const auto &field : contextFields)
        sum += (context.*field.member).size() + 1;
    for (const std::string &tag : context.tags)
        sum += tag.size() + 1;
    return sum;
}

std::string cutText(std::string_view text, std::size_t limit)
{
    std::size_t end = limit - cutMark.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return std::string(text.substr(0, end)).append(cutMark);
}

// Texts so large that no block could hold them lose their end, visibly.
Record cutRecord(const RecordView &record)
{
    RecordView view = record;
    std::array<std::string, blockTexts.size()> texts;
    for (std::size_t i = 0; i < blockTexts.size(); ++i) {
        const std::string_view text = record.*blockTexts[i];
        const std::size_t limit = i < smallTextCount ? maxFieldBytes : maxTextBytes;
        if (text.size() <= limit)
            continue;
        texts[i] = blockTexts[i] == &RecordView::metadata
                       ? "{\"cut_bytes\":" + std::to_string(text.size()) + "}"
                       : cutText(text, limit);
        view.*blockTexts[i] = texts[i];
    }
    return toRecord(view);
}

void writeContexts(ByteColumn &out, const std::deque<RunContext> &contexts)
{
    out.varint(contexts.size());
    for (const RunContext &context : contexts) {
        for (const auto &field : contextFields)
            out.text(context.*field.member);
        out.varint(context.tags.size());
        for (const std::string &tag : context.tags)
            out.text(tag);
    }
}

} // namespace

struct RecordBlockBuilder::Columns
{
    std::array<ByteColumn, sectionCount> sections;
    std::array<ByteColumn, largeTextCount> texts;
    ContextTable contexts;
    RecordBlock block;
    std::size_t bytes = 0;
    std::int64_t lastTime = 0;
    std::array<std::int64_t, 3> lastIntegers{};

    FramePacker packer;
    std::vector<char> fieldsPacked;
    std::vector<char> textPacked;

    ByteColumn &at(Section section, std::size_t offset = 0)
    {
        return sections[sectionAt(section, offset)];
    }

    void append(const RecordView &record);
    void appendNumerics(const RecordView &record);
    void appendTexts(const RecordView &record);
    void summarise(const RecordView &record);
    [[nodiscard]] std::shared_ptr<const BlockFrames> frames();
    void pack();
    void clear();
};

void RecordBlockBuilder::Columns::append(const RecordView &record)
{
    const std::size_t known = contexts.contexts().size();
    const std::uint32_t id = contexts.idOf(record.context);
    if (contexts.contexts().size() > known)
        bytes += contextBytes(contexts.contexts().back());
    contexts.count(id, block.count, record);
    at(Section::ContextIds).varint(id);
    at(Section::Times).varint(difference(record.timestamp, lastTime));
    lastTime = record.timestamp;
    at(Section::Kinds)
        .byte(static_cast<std::uint8_t>(static_cast<unsigned>(record.level) |
                                        static_cast<unsigned>(record.mode) << 3));
    appendNumerics(record);
    appendTexts(record);
    summarise(record);
}

void RecordBlockBuilder::Columns::appendNumerics(const RecordView &record)
{
    unsigned present = 0;
    for (std::size_t i = 0; i < integerFields<RecordView>.size(); ++i) {
        const auto &value = record.*integerFields<RecordView>[i].member;
        if (!value)
            continue;
        present |= 1U << i;
        at(Section::Integers, i).varint(difference(*value, lastIntegers[i]));
        lastIntegers[i] = *value;
    }
    for (std::size_t i = 0; i < numberFields<RecordView>.size(); ++i) {
        const auto &value = record.*numberFields<RecordView>[i].member;
        if (!value)
            continue;
        present |= 8U << i;
        at(Section::Numbers, i).fixed(std::bit_cast<std::uint64_t>(*value));
    }
    at(Section::Numerics).byte(static_cast<std::uint8_t>(present));
}

void RecordBlockBuilder::Columns::appendTexts(const RecordView &record)
{
    unsigned present = 0;
    for (std::size_t i = 0; i < blockTexts.size(); ++i) {
        const std::string_view text = record.*blockTexts[i];
        if (text.empty())
            continue;
        present |= 1U << i;
        at(Section::Lengths, i).varint(text.size());
        (i < smallTextCount ? at(Section::Bytes, i) : texts[i - smallTextCount]).bytes(text);
        bytes += text.size();
    }
    at(Section::Texts).fixed(static_cast<std::uint16_t>(present));
    bytes += fixedBytes;
}

void RecordBlockBuilder::Columns::summarise(const RecordView &record)
{
    const bool isFirst = block.count++ == 0;
    block.minTime = isFirst ? record.timestamp : std::min(block.minTime, record.timestamp);
    block.maxTime = isFirst ? record.timestamp : std::max(block.maxTime, record.timestamp);
    block.levelMask |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(record.level));
}

std::shared_ptr<const BlockFrames> RecordBlockBuilder::Columns::frames()
{
    writeContexts(at(Section::Contexts), contexts.contexts());
    const auto sizeOf = [](const auto &columns) {
        std::size_t size = 0;
        for (const ByteColumn &column : columns)
            size += column.view().size();
        return size;
    };
    constexpr std::size_t lengthBytes = 5;
    ByteColumn fields;
    fields.reserve(sizeOf(sections) + lengthBytes * sections.size());
    for (const ByteColumn &section : sections)
        fields.varint(section.view().size());
    for (const ByteColumn &section : sections)
        fields.bytes(section.view());
    ByteColumn text;
    text.reserve(sizeOf(texts));
    for (const ByteColumn &column : texts)
        text.bytes(column.view());
    return std::make_shared<BlockFrames>(BlockFrames{fields.take(), text.take()});
}

void RecordBlockBuilder::Columns::pack()
{
    block.frames = frames();
    const auto viewOf = [](const std::vector<char> &frame) {
        return std::string_view(frame.data(), frame.size());
    };
    const std::string_view fields = packer.pack(viewOf(block.frames->fields), fieldsPacked);
    const std::string_view text = packer.pack(viewOf(block.frames->text), textPacked);

    ByteColumn header;
    header.fixed(BlockHeader::magic);
    header.fixed(std::uint32_t{0});
    header.fixed(block.count);
    for (const std::size_t size :
         {block.frames->fields.size(), fields.size(), block.frames->text.size(), text.size()})
        header.fixed(static_cast<std::uint32_t>(size));
    QByteArray &data = block.data;
    data.reserve(static_cast<qsizetype>(BlockHeader::size + fields.size() + text.size()));
    for (const std::string_view part : {header.view(), fields, text})
        data.append(part.data(), static_cast<qsizetype>(part.size()));
    ByteColumn checksum;
    checksum.fixed(
        checksumOf(std::string_view(data.constData(), static_cast<std::size_t>(data.size()))
                       .substr(BlockHeader::checkedFrom)));
    std::copy(checksum.view().begin(), checksum.view().end(), data.begin() + 4);
    block.rawBytes = static_cast<std::int64_t>(block.frames->size());
    block.runs = contexts.takeRuns();
}

void RecordBlockBuilder::Columns::clear()
{
    for (ByteColumn &section : sections)
        section.clear();
    for (ByteColumn &text : texts)
        text.clear();
    block = {};
    bytes = 0;
    lastTime = 0;
    lastIntegers = {};
}

RecordBlockBuilder::RecordBlockBuilder()
    : m_columns(std::make_unique<Columns>())
{}

RecordBlockBuilder::~RecordBlockBuilder() = default;

void RecordBlockBuilder::append(const RecordView &record)
{
    if (textBytes(record) > maxFieldBytes) [[unlikely]] {
        const Record cut = cutRecord(record);
        m_columns->append(viewOf(cut));
        return;
    }
    m_columns->append(record);
}

bool RecordBlockBuilder::isFull() const
{
    return m_columns->block.count >= maxRecords || m_columns->bytes >= maxBytes;
}

std::uint32_t RecordBlockBuilder::count() const
{
    return m_columns->block.count;
}

RecordBlock RecordBlockBuilder::finish()
{
    m_columns->pack();
    RecordBlock block = std::move(m_columns->block);
    const bool large = m_columns->bytes > 16 * maxBytes;
    m_columns->clear();
    // After an unusually large record: gives its memory back.
    if (large)
        m_columns = std::make_unique<Columns>();
    return block;
}

} // namespace trace
