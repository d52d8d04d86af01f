// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/record/record.h"

#include <QByteArray>

#include <memory>
#include <utility>
#include <vector>

namespace trace {

//! What a block says about a run: the run table is kept from these.
struct RunSummary
{
    RunContext context;       //!< Of the run's first record in the block.
    std::uint32_t first = 0;  //!< Index of the run's first record in the block.
    std::uint32_t last = 0;   //!< Index of its last one.
    std::int64_t minTime = 0; //!< Earliest time, ns since the epoch.
    std::int64_t maxTime = 0; //!< Latest time, ns since the epoch.
    std::array<std::uint32_t, allLevels.size()> counts{}; //!< Records per level.

    //! Places of neighbouring records, both ends included.
    struct Piece
    {
        std::uint32_t first = 0;
        std::uint32_t last = 0;

        friend bool operator==(const Piece &, const Piece &) = default;
    };
    std::vector<Piece> pieces{}; //!< Where all its records are, in order.
};

//! The columns of a block before compression; the text is missing where it was not asked for.
struct BlockFrames
{
    std::vector<char> fields;
    std::vector<char> text;

    [[nodiscard]] std::size_t size() const { return fields.size() + text.size(); }
};

//! Many records, packed: columns in two compressed frames, fields first, then text (message,
//! exception message, stack trace), so that a filter on fields reads no text and a text search
//! nothing else. Contexts are stored once. The layout is described in recordblock.cpp.
struct RecordBlock
{
    QByteArray data;            //!< The packed bytes, with a checksum over all of them.
    std::uint32_t count = 0;    //!< Records in the block.
    std::int64_t minTime = 0;   //!< Earliest record, ns since the epoch.
    std::int64_t maxTime = 0;   //!< Latest record, ns since the epoch.
    std::uint8_t levelMask = 0; //!< Bit n is set when a record of Level n is inside.
    std::int64_t rawBytes = 0;  //!< Size of the records before compression.
    std::vector<RunSummary> runs;
    std::shared_ptr<const BlockFrames> frames{}; //!< What `data` was packed from.
};

//! Packs records into blocks. One thread at a time.
class RecordBlockBuilder final
{
public:
    //! A block is full at this many records or bytes of text and fields, whichever comes first.
    static constexpr std::uint32_t maxRecords = 2048;
    static constexpr std::size_t maxBytes = 256 * 1024;

    RecordBlockBuilder();
    ~RecordBlockBuilder();
    Q_DISABLE_COPY_MOVE(RecordBlockBuilder)

    void append(const RecordView &record);
    [[nodiscard]] bool isEmpty() const { return count() == 0; }
    [[nodiscard]] bool isFull() const;
    [[nodiscard]] std::uint32_t count() const;

    //! Packs what was appended and starts anew. An empty builder gives a block of no records.
    [[nodiscard]] RecordBlock finish();

private:
    struct Columns;
    std::unique_ptr<Columns> m_columns;
};

//! An opened block. The views it gives point into it.
class RecordBlockReader final
{
public:
    enum class Parts
    {
        Fields,
        FieldsAndText
    };

    //! Checks the checksum, then unpacks. \a firstSequence numbers the records; 0 leaves them
    //! unnumbered. With Parts::Fields the text members of the views stay empty.
    [[nodiscard]] static Expected<RecordBlockReader>
    open(QByteArrayView data, std::uint64_t firstSequence = 0, Parts parts = Parts::FieldsAndText);
    //! Likewise of what a block with \a count records was packed from: nothing is to be unpacked.
    [[nodiscard]] static Expected<RecordBlockReader> open(std::shared_ptr<const BlockFrames> frames,
                                                          std::uint32_t count,
                                                          std::uint64_t firstSequence);

    [[nodiscard]] const std::vector<RecordView> &records() const { return m_records; }
    //! For who keeps the views elsewhere: the block still owns what they point to, and only that.
    [[nodiscard]] std::vector<RecordView> takeRecords() { return std::exchange(m_records, {}); }
    [[nodiscard]] std::size_t rawBytes() const { return m_frames->size(); }

private:
    RecordBlockReader() = default;
    [[nodiscard]] static Expected<RecordBlockReader>
    decode(std::shared_ptr<const BlockFrames> frames, std::uint32_t count,
           std::uint64_t firstSequence, Parts parts);

    std::shared_ptr<const BlockFrames> m_frames; // The views point into it.
    std::vector<RunContext> m_contexts;
    std::vector<RecordView> m_records;
};

} // namespace trace
