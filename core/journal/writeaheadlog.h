// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <cstdint>
#include <vector>

class QFile;

namespace trace {

//! SQLite's write-ahead log as it lies on the disk, to be read before SQLite recovers from it: that
//! takes the frames in front of the first damaged one and forgets those behind it without a word.
//! Format: https://www.sqlite.org/fileformat2.html#walformat
//!
//! A frame's checksum goes on from the stored one of the frame before, so that each frame can be
//! checked alone. One flipped bit of it shows as such, and mostly where it is; the highest bits of
//! each number weigh the same in many places.
class WriteAheadLog final
{
public:
    //! Reads the log \a path; one that is not there, or empty, is sound.
    [[nodiscard]] static Expected<WriteAheadLog> read(const QString &path);

    //! As it was written; what a power cut left unfinished at its end, and what stands there of
    //! former use, does no harm.
    [[nodiscard]] bool isSound() const { return m_mended == 0 && m_damaged == 0; }
    //! Flipped bits that were found out.
    [[nodiscard]] int mended() const { return m_mended; }
    //! Frames that cannot be mended, and are or stand in front of a commit.
    [[nodiscard]] int damaged() const { return m_damaged; }
    //! There is something to be kept.
    [[nodiscard]] bool hasCommits() const { return !m_frames.empty(); }
    //! Commits from the first of those on.
    [[nodiscard]] int commitsBehind() const { return m_commitsBehind; }

    enum class Damaged
    {
        Drop,
        Keep
    };
    //! Writes a log with checksums that hold; \a path may be the log itself. Frames of which one
    //! bit is wrong are always kept.
    [[nodiscard]] Expected<void> writeMended(const QString &path, Damaged damaged) const;

private:
    struct Checksum
    {
        std::uint32_t first = 0;
        std::uint32_t second = 0;
        friend bool operator==(const Checksum &, const Checksum &) = default;
    };
    struct Frame
    {
        bool isOfThisLog = false; // its salts are the header's
        bool isGood = false;
        bool isFlipped = false; // in one bit of several, so that it was written as a whole
        bool isCommit = false;
        int flippedBit = -1; // of the frame, to be flipped back
    };

    explicit WriteAheadLog(QString path)
        : m_path(std::move(path))
    {}

    void readHeader(QFile &file);
    [[nodiscard]] QByteArray saltsFrom(QFile &file) const;
    void readFrames(QFile &file);
    void judge();
    [[nodiscard]] bool isHeaderGood(const QByteArray &header) const;
    [[nodiscard]] Frame check(const QByteArray &frame, Checksum before, Checksum &after,
                              QFile &file) const;
    [[nodiscard]] bool hasSalts(const QByteArray &frame) const;
    [[nodiscard]] Checksum sumOf(const char *data, qint64 bytes, Checksum from) const;
    [[nodiscard]] static Checksum storedSum(const QByteArray &bytes, qsizetype at);
    [[nodiscard]] Checksum sumOfFrame(const QByteArray &frame, Checksum from) const;
    [[nodiscard]] std::vector<int> flippedBitsOf(const QByteArray &frame, Checksum computed) const;
    [[nodiscard]] std::uint32_t word(const QByteArray &bytes, qsizetype at) const;
    [[nodiscard]] qint64 frameBytes() const;

    QString m_path;
    QByteArray m_header{}; // as it should be
    bool m_isBigEndian = false;
    std::vector<Frame> m_frames{}; // up to the last commit
    bool m_isHeaderLost = false;
    int m_mended = 0;
    int m_damaged = 0;
    int m_commitsBehind = 0;
};

} // namespace trace
