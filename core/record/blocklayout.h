// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/bytecolumn.h"
#include "core/record/record.h"

namespace trace {

//! The fixed first bytes of a block; see recordblock.cpp.
struct BlockHeader
{
    static constexpr std::size_t size = 28;
    static constexpr std::size_t checkedFrom = 8; //!< The checksum covers what stands from here on.
    static constexpr std::uint32_t magic = 0x01425254; //!< "TRB", then the version, 1.

    std::uint32_t checksum = 0;
    std::uint32_t count = 0;
    std::uint32_t fieldsRaw = 0;
    std::uint32_t fieldsPacked = 0;
    std::uint32_t textRaw = 0;
    std::uint32_t textPacked = 0;
};

//! No block has more records, no frame is larger before compression, and no text of a record larger
//! than its share of it.
inline constexpr std::size_t maxBlockRecords = 1 << 20;
inline constexpr std::size_t maxFrameBytes = 256 << 20;
inline constexpr std::size_t maxFieldBytes = 16 << 20;
inline constexpr std::size_t maxTextBytes = 64 << 20;

//! The sections of the fields frame, in order.
enum class Section : std::uint8_t
{
    Contexts,   //!< The table of contexts.
    ContextIds, //!< Per record: 0 for none, else place in the table plus 1, as varint.
    Times,      //!< Per record: zigzag varint of the difference to the one before.
    Kinds,      //!< Per record: level, mode · 8.
    Numerics,   //!< Per record: bit n for blockIntegers[n], bit 3 + n for blockNumbers[n].
    Texts,      //!< Per record, 16 bits: bit n when blockTexts[n] is not empty.
    Integers,   //!< And the following two: zigzag varint of the difference to the last one present.
    Numbers = Integers + 3, //!< And the following two: the bits of a double.
    Lengths = Numbers + 3,  //!< And the following nine: varint, of blockTexts[n] where present.
    Bytes = Lengths + 10,   //!< And the following six: bytes of blockTexts[n]; the others are in
                            //!< the text frame.
    Count = Bytes + 7,
};

inline constexpr std::size_t sectionCount = static_cast<std::size_t>(Section::Count);
inline constexpr std::size_t smallTextCount = 7; //!< Of blockTexts: in the fields frame.

inline constexpr std::array<std::string_view RecordView::*, 10> blockTexts{
    &RecordView::filename,     &RecordView::traceId,       &RecordView::spanId,
    &RecordView::parentSpanId, &RecordView::exceptionType, &RecordView::errorCode,
    &RecordView::metadata,     &RecordView::message,       &RecordView::exceptionMessage,
    &RecordView::stackTrace,
};

[[nodiscard]] constexpr std::size_t sectionAt(Section first, std::size_t offset = 0)
{
    return static_cast<std::size_t>(first) + offset;
}

} // namespace trace
