// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/writeaheadlog.h"

#include <QFile>
#include <QSaveFile>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <bit>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 headerBytes = 32;
constexpr qint64 headerSumAt = 24;
constexpr qint64 frameHeaderBytes = 24;
constexpr qint64 saltsAt = 8; // of a frame; of the header twice as far
constexpr qint64 saltBytes = 8;
constexpr qint64 frameSumAt = 16;
constexpr std::uint32_t littleEndianMagic = 0x377f0682;
constexpr std::uint32_t formatVersion = 3007000;
constexpr std::uint32_t mostUses = 1000;      // of a log whose parts are in the file
constexpr std::uint32_t ownPageBytes = 16384; // what every journal is made with

std::uint32_t number(const QByteArray &bytes, qsizetype at)
{
    return qFromBigEndian<std::uint32_t>(bytes.constData() + at);
}

void setNumber(QByteArray &bytes, qsizetype at, std::uint32_t value)
{
    qToBigEndian(value, bytes.data() + at);
}

void flip(QByteArray &bytes, qsizetype bit)
{
    bytes[bit / 8] = char(bytes[bit / 8] ^ (1 << (bit % 8)));
}

Error fileError(const QFileDevice &file)
{
    return {u"%1: %2"_s.arg(file.fileName(), file.errorString()),
            u"Check the folder's owner and rights, and the disk."_s};
}

} // namespace

Expected<WriteAheadLog> WriteAheadLog::read(const QString &path)
{
    WriteAheadLog log(path);
    QFile file(path);
    if (!file.exists() || file.size() <= headerBytes)
        return log;
    if (!file.open(QIODevice::ReadOnly))
        return tl::make_unexpected(fileError(file));
    log.readHeader(file);
    log.readFrames(file);
    if (file.error() != QFile::NoError)
        return tl::make_unexpected(fileError(file));
    log.judge();
    return log;
}

qint64 WriteAheadLog::frameBytes() const
{
    return frameHeaderBytes + number(m_header, 8);
}

//! The numbers that checksums are made of stand in the byte order of the machine that wrote them.
std::uint32_t WriteAheadLog::word(const QByteArray &bytes, qsizetype at) const
{
    return m_isBigEndian ? number(bytes, at)
                         : qFromLittleEndian<std::uint32_t>(bytes.constData() + at);
}

WriteAheadLog::Checksum WriteAheadLog::sumOf(const char *data, qint64 bytes, Checksum from) const
{
    const auto add = [&](auto numberAt) {
        for (qint64 at = 0; at < bytes; at += 8) {
            from.first += numberAt(data + at) + from.second;
            from.second += numberAt(data + at + 4) + from.first;
        }
        return from;
    };
    return m_isBigEndian ? add([](const char *at) { return qFromBigEndian<std::uint32_t>(at); })
                         : add([](const char *at) { return qFromLittleEndian<std::uint32_t>(at); });
}

WriteAheadLog::Checksum WriteAheadLog::storedSum(const QByteArray &bytes, qsizetype at)
{
    return {number(bytes, at), number(bytes, at + 4)};
}

WriteAheadLog::Checksum WriteAheadLog::sumOfFrame(const QByteArray &frame, Checksum from) const
{
    from = sumOf(frame.constData(), saltsAt, from);
    return sumOf(frame.constData() + frameHeaderBytes, frame.size() - frameHeaderBytes, from);
}

bool WriteAheadLog::isHeaderGood(const QByteArray &header) const
{
    return (number(header, 0) | 1U) == (littleEndianMagic | 1U) &&
           number(header, 4) == formatVersion &&
           sumOf(header.constData(), headerSumAt, {}) == storedSum(header, headerSumAt);
}

void WriteAheadLog::readHeader(QFile &file)
{
    m_header = file.read(headerBytes);
    const auto isGood = [this] {
        m_isBigEndian = (number(m_header, 0) & 1U) != 0;
        return isHeaderGood(m_header);
    };
    if (isGood())
        return;
    for (qsizetype bit = 0; bit < headerBytes * 8; ++bit) {
        flip(m_header, bit);
        if (isGood()) {
            ++m_mended;
            return;
        }
        flip(m_header, bit);
    }
    m_isHeaderLost = true; // it was synced before any frame, so no power cut did this
    m_isBigEndian = false;
    setNumber(m_header, 0, littleEndianMagic);
    setNumber(m_header, 4, formatVersion);
    setNumber(m_header, 8, ownPageBytes);
    m_header.replace(2 * saltsAt, saltBytes, saltsFrom(file));
    file.seek(headerBytes);
}

//! The frames tell the salts as well: one that goes on from the one before it has not been hit.
QByteArray WriteAheadLog::saltsFrom(QFile &file) const
{
    QByteArray before = file.read(frameBytes()).leftJustified(frameBytes(), '\0');
    const QByteArray first = before.mid(saltsAt, saltBytes);
    while (true) {
        const QByteArray frame = file.read(frameBytes());
        if (frame.size() < frameBytes())
            return first;
        const bool isFrame = number(frame, 0) != 0;
        if (isFrame &&
            sumOfFrame(frame, storedSum(before, frameSumAt)) == storedSum(frame, frameSumAt)) {
            // The first salt counts how often the log began anew: this one may be of former use.
            const QByteArray salts = frame.mid(saltsAt, saltBytes);
            return number(first, 0) - number(salts, 0) < mostUses ? first : salts;
        }
        before = frame;
    }
}

bool WriteAheadLog::hasSalts(const QByteArray &frame) const
{
    return QByteArrayView(frame).sliced(saltsAt, saltBytes) ==
           QByteArrayView(m_header).sliced(2 * saltsAt, saltBytes);
}

//! The bits of which each, flipped alone, makes the stored checksum right.
std::vector<int> WriteAheadLog::flippedBitsOf(const QByteArray &frame, Checksum computed) const
{
    const std::uint32_t wanted1 = number(frame, frameSumAt) - computed.first;
    const std::uint32_t wanted2 = number(frame, frameSumAt + 4) - computed.second;
    // What 1 more in the first or in the second number of a step makes of the checksum at the end:
    // each step behind it turns a change of (a, b) into (a + b, a + 2b).
    std::array<Checksum, 2> weights{Checksum{1, 1}, Checksum{0, 1}};
    std::vector<int> bits;
    for (qsizetype at = frame.size() - 8; at >= 0; at = at == frameHeaderBytes ? 0 : at - 8) {
        for (qsizetype half = 0; half < 2; ++half) {
            const Checksum weight = weights[std::size_t(half)];
            const std::uint32_t value = word(frame, at + 4 * half);
            for (int bit = 0; bit < 32; ++bit) {
                const std::uint32_t mask = 1U << bit;
                const std::uint32_t change = (value & mask) != 0 ? 0U - mask : mask;
                if (change * weight.first == wanted1 && change * weight.second == wanted2) {
                    const int byte = m_isBigEndian ? 3 - bit / 8 : bit / 8;
                    bits.push_back(int(at + 4 * half + byte) * 8 + bit % 8);
                }
            }
        }
        if (at == 0)
            break;
        for (Checksum &weight : weights)
            weight = {weight.first + weight.second, weight.first + 2 * weight.second};
    }
    return bits;
}

//! \a after: what the next frame's checksum goes on from.
WriteAheadLog::Frame WriteAheadLog::check(const QByteArray &frame, Checksum before, Checksum &after,
                                          QFile &file) const
{
    const Checksum computed = sumOfFrame(frame, before);
    const Checksum stored = storedSum(frame, frameSumAt);
    after = stored;
    Frame result{.isOfThisLog = hasSalts(frame), .isCommit = number(frame, 4) != 0};
    result.isGood = result.isOfThisLog && computed == stored;
    if (result.isGood)
        return result;
    if (!result.isOfThisLog) { // as most frames of a log that is used again
        if (computed != stored)
            return result;
        for (int bit = int(saltsAt) * 8; bit < int(saltsAt + saltBytes) * 8; ++bit) {
            QByteArray mended = frame;
            flip(mended, bit);
            if (hasSalts(mended))
                return {.isOfThisLog = true,
                        .isGood = true,
                        .isCommit = result.isCommit,
                        .flippedBit = bit};
        }
        return result;
    }
    std::vector<int> bits = flippedBitsOf(frame, computed);
    const std::uint32_t one = computed.first ^ stored.first;
    const std::uint32_t two = computed.second ^ stored.second;
    if (std::popcount(one) + std::popcount(two) == 1) { // or it is one of the checksum's
        const QByteArray next = file.peek(frameBytes());
        const auto isFollowed = [&](Checksum from) { // as the frame behind knows
            return next.size() == frameBytes() && hasSalts(next) &&
                   sumOfFrame(next, from) == storedSum(next, frameSumAt);
        };
        const int place = one != 0 ? std::countl_zero(one) : 32 + std::countl_zero(two);
        const int ofSum = (int(frameSumAt) + place / 8) * 8 + 7 - place % 8;
        if (isFollowed(computed)) {
            bits = {ofSum};
            after = computed;
        } else if (!isFollowed(stored)) {
            bits.push_back(ofSum);
        }
    }
    result.isFlipped = bits.size() > 1;
    if (bits.size() != 1)
        return result;
    QByteArray mended = frame;
    flip(mended, bits.front());
    return {.isOfThisLog = true,
            .isGood = true,
            .isCommit = number(mended, 4) != 0,
            .flippedBit = bits.front()};
}

void WriteAheadLog::readFrames(QFile &file)
{
    Checksum sum = storedSum(m_header, headerSumAt);
    while (true) {
        const QByteArray frame = file.read(frameBytes());
        if (frame.size() < frameBytes())
            return;
        const Checksum before = sum;
        m_frames.push_back(check(frame, before, sum, file));
    }
}

void WriteAheadLog::judge()
{
    const auto isGoodCommit = [](const Frame &frame) {
        return (frame.isGood || frame.isFlipped) && frame.isCommit;
    };
    const auto last = std::find_if(m_frames.rbegin(), m_frames.rend(), isGoodCommit);
    m_frames.erase(last.base(), m_frames.end());
    if (m_frames.empty()) { // nothing was committed, or all of it is lost
        m_mended = 0;
        m_damaged = m_isHeaderLost ? 1 : 0;
        return;
    }
    // Of a transaction that a power cut stopped, frames may have come to the disk in any order.
    const auto end = std::prev(m_frames.end());
    auto lastBegin = end;
    while (lastBegin != m_frames.begin() && !isGoodCommit(*std::prev(lastBegin)))
        --lastBegin;
    bool isUnfinished = false;
    bool isRotten = false;
    for (auto frame = lastBegin; frame != end; ++frame) {
        // Nothing can be said of one that is behind such a place.
        const bool isBehindGap = frame != m_frames.begin() && !std::prev(frame)->isOfThisLog;
        isUnfinished = isUnfinished || !frame->isOfThisLog;
        isRotten = isRotten || (!frame->isGood && frame->isOfThisLog && !isBehindGap);
    }
    if (isUnfinished && !isRotten)
        m_frames.erase(lastBegin, m_frames.end());

    bool isBehind = m_isHeaderLost;
    m_damaged += isBehind ? 1 : 0;
    for (const Frame &frame : m_frames) {
        m_mended += frame.isGood && frame.flippedBit >= 0 ? 1 : 0;
        m_damaged += frame.isGood ? 0 : 1;
        isBehind = isBehind || !frame.isGood;
        m_commitsBehind += isBehind && isGoodCommit(frame) ? 1 : 0;
    }
}

Expected<void> WriteAheadLog::writeMended(const QString &path, Damaged damaged) const
{
    QFile source(m_path);
    QSaveFile target(path);
    if (!source.open(QIODevice::ReadOnly) || !source.seek(headerBytes))
        return tl::make_unexpected(fileError(source));
    if (!target.open(QIODevice::WriteOnly))
        return tl::make_unexpected(fileError(target));
    target.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    QByteArray header = m_header;
    Checksum sum = sumOf(header.constData(), headerSumAt, {});
    setNumber(header, headerSumAt, sum.first);
    setNumber(header, headerSumAt + 4, sum.second);
    bool isWritten = target.write(header) == headerBytes;
    for (const Frame &frame : m_frames) {
        QByteArray bytes = source.read(frameBytes());
        if (bytes.size() < frameBytes())
            return tl::make_unexpected(fileError(source));
        if (!frame.isGood && !frame.isFlipped && damaged == Damaged::Drop)
            continue;
        if (frame.flippedBit >= 0)
            flip(bytes, frame.flippedBit);
        bytes.replace(saltsAt, saltBytes, header.mid(2 * saltsAt, saltBytes));
        sum = sumOfFrame(bytes, sum);
        setNumber(bytes, frameSumAt, sum.first);
        setNumber(bytes, frameSumAt + 4, sum.second);
        isWritten = isWritten && target.write(bytes) == bytes.size();
    }
    if (!isWritten || !target.commit())
        return tl::make_unexpected(fileError(target));
    return {};
}

} // namespace trace
