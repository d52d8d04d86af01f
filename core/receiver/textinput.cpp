// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/textinput.h"

#include <QFile>
#include <QStringDecoder>

#include <archive.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t chunkBytes = 256 * 1024;

struct Magic
{
    std::string_view bytes;
    const char *name;
    bool isPacked = false; // and taken
    std::size_t at = 0;
};

using namespace std::string_view_literals;

constexpr Magic magics[] = {
    {"\x1f\x8b"sv, "gzip", true},
    {"\x28\xb5\x2f\xfd"sv, "zstd", true},
    {"\xfd"
     "7zXZ\0"sv,
     "xz", true},
    {"BZh"sv, "bzip2", true},
    {"\x04\x22\x4d\x18"sv, "lz4", true},
    {"PK\x03\x04"sv, "a ZIP archive"},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7z archive"},
    {"Rar!\x1a"sv, "a RAR archive"},
    {"ustar"sv, "a tar archive", false, 257},
    {"\x89PNG"sv, "a picture (PNG)"},
    {"\xff\xd8\xff"sv, "a picture (JPEG)"},
    {"GIF8"sv, "a picture (GIF)"},
    {"%PDF-"sv, "a PDF document"},
    {"\x7f"
     "ELF"sv,
     "a program (ELF)"},
    {"SQLite format 3\0"sv, "an SQLite database"},
    {"PAR1"sv, "a Parquet file"},
    {"Obj\x01"sv, "an Avro file"},
    {"LPKSHHRH"sv, "a binary journal of systemd: journalctl -o json --file=… prints it"},
};

const Magic *magicOf(std::string_view start)
{
    const auto *found = std::find_if(std::begin(magics), std::end(magics), [&](const Magic &magic) {
        return start.size() >= magic.at && start.substr(magic.at).starts_with(magic.bytes);
    });
    return found == std::end(magics) ? nullptr : found;
}

//! Whether more bytes may make a magic number of them.
bool mayBecomeMagic(std::string_view start)
{
    return std::any_of(std::begin(magics), std::end(magics), [&](const Magic &magic) {
        return magic.at == 0 && start.size() < magic.bytes.size() &&
               magic.bytes.starts_with(start);
    });
}

//! The encoding that a mark tells, but for UTF-8. UTF-32's little end begins like UTF-16's.
std::optional<QStringConverter::Encoding> encodingOf(std::string_view start)
{
    if (start.starts_with("\xff\xfe\0\0"sv))
        return QStringConverter::Utf32LE;
    if (start.starts_with("\0\0\xfe\xff"sv))
        return QStringConverter::Utf32BE;
    if (start.starts_with("\xff\xfe"))
        return QStringConverter::Utf16LE;
    if (start.starts_with("\xfe\xff"))
        return QStringConverter::Utf16BE;
    return std::nullopt;
}

//! Whether control characters that no text has are too many among the first bytes. NULs stand where
//! a log was cut, and at the end of lines.
bool looksBinary(std::string_view start)
{
    start.remove_prefix(std::min(start.find_first_not_of('\0'), start.size()));
    start = start.substr(0, 4096);
    const auto isControl = [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code > 0 && code < 0x20 && std::string_view("\t\n\r\f\v\b\a\x1b\x1e").find(c) == std::string_view::npos;
    };
    const auto nuls = std::size_t(std::count(start.begin(), start.end(), '\0'));
    const auto controls = std::size_t(std::count_if(start.begin(), start.end(), isControl));
    constexpr std::size_t share = 20;      // random bytes have one in ten
    constexpr std::size_t shareOfNuls = 4; // UTF-16 has one in two
    return (controls > 1 && controls * share > start.size()) || nuls * shareOfNuls > start.size();
}

struct ArchiveFree
{
    void operator()(archive *reader) const { archive_read_free(reader); }
};

} // namespace

struct TextInput::State
{
    QString path;
    QFile file;
    std::string buffer = std::string(chunkBytes, '\0');
    std::string start;     // of the text
    bool hasStart = true;  // that was not given yet
    bool isAtEnd = false;
    std::unique_ptr<archive, ArchiveFree> unpacker;
    std::string packed;          // for the unpacker
    bool isPackedTaken = false;  // what was read before it was known that it is packed
    std::optional<QStringDecoder> decoder;
    QByteArray decoded;
    std::optional<Error> failed; // while unpacking

    [[nodiscard]] Expected<std::string_view> readBytes(std::string &into);
    [[nodiscard]] Expected<void> lookAtStart(FileKind kind);
    [[nodiscard]] Expected<void> startUnpacking();
    [[nodiscard]] Expected<std::string_view> next();
    static la_ssize_t feed(archive *, void *self, const void **bytes);
};

//! read(2) itself: it returns what a pipe has, where QFile would wait for a full buffer. Nothing at
//! the end.
Expected<std::string_view> TextInput::State::readBytes(std::string &into)
{
    while (true) {
        const ssize_t got = ::read(file.handle(), into.data(), into.size());
        if (got >= 0)
            return std::string_view(into).substr(0, std::size_t(got));
        if (errno != EINTR) {
            return fail(u"%1: %2"_s.arg(path, QString::fromLocal8Bit(std::strerror(errno))),
                        u"What came before it is kept."_s);
        }
    }
}

Expected<void> TextInput::State::lookAtStart(FileKind kind)
{
    do {
        const auto bytes = readBytes(buffer);
        if (!bytes)
            return tl::make_unexpected(bytes.error());
        start.append(*bytes);
        isAtEnd = bytes->empty();
    } while (!isAtEnd && mayBecomeMagic(start));
    const Magic *magic = magicOf(start);
    if (magic && magic->isPacked) {
        packed = std::exchange(start, {});
        if (auto started = startUnpacking(); !started)
            return started;
        auto unpacked = isAtEnd ? Expected<std::string_view>() : next();
        if (!unpacked)
            return tl::make_unexpected(unpacked.error());
        start = *unpacked;
        isAtEnd = start.empty();
        magic = magicOf(start);
    }
    if (const auto encoding = encodingOf(start)) {
        decoder.emplace(*encoding);
        return {};
    }
    if (kind == FileKind::Text || (!magic && !looksBinary(start)))
        return {};
    return fail(magic ? u"%1 is no text: it looks like %2"_s.arg(path, QLatin1StringView(magic->name))
                      : u"%1 is no text: it looks like binary data"_s.arg(path),
                u"Nothing of it was sent. If its lines are text nevertheless, add --as text."_s);
}

la_ssize_t TextInput::State::feed(archive *reader, void *self, const void **bytes)
{
    auto &state = *static_cast<State *>(self);
    *bytes = state.packed.data();
    if (!std::exchange(state.isPackedTaken, true))
        return la_ssize_t(state.packed.size());
    state.packed.resize(chunkBytes);
    const auto got = state.readBytes(state.packed);
    if (!got) {
        state.failed = got.error();
        archive_set_error(reader, EIO, "%s", "");
        return -1;
    }
    *bytes = got->data();
    return la_ssize_t(got->size());
}

Expected<void> TextInput::State::startUnpacking()
{
    unpacker.reset(archive_read_new());
    // Those that are libraries, as others start programs.
    archive_read_support_filter_gzip(unpacker.get());
    archive_read_support_filter_zstd(unpacker.get());
    archive_read_support_filter_xz(unpacker.get());
    archive_read_support_filter_bzip2(unpacker.get());
    archive_read_support_filter_lz4(unpacker.get());
    archive_read_support_format_raw(unpacker.get());
    archive_read_support_format_empty(unpacker.get());
    archive_entry *entry = nullptr;
    int state = archive_read_open(unpacker.get(), this, nullptr, &State::feed, nullptr);
    if (state == ARCHIVE_OK)
        state = archive_read_next_header(unpacker.get(), &entry);
    isAtEnd = state == ARCHIVE_EOF; // of nothing
    if (state != ARCHIVE_OK && !isAtEnd) {
        return failed ? tl::make_unexpected(*failed)
                      : Expected<void>(fail(u"%1 cannot be unpacked: %2"_s.arg(
                                                path, QString::fromUtf8(archive_error_string(
                                                          unpacker.get()))),
                                            u"Nothing of it was sent."_s));
    }
    return {};
}

//! Bytes as they are in the file once it is unpacked; nothing at its end.
Expected<std::string_view> TextInput::State::next()
{
    if (!unpacker)
        return readBytes(buffer);
    const la_ssize_t got = archive_read_data(unpacker.get(), buffer.data(), buffer.size());
    if (got >= 0)
        return std::string_view(buffer).substr(0, std::size_t(got));
    if (failed)
        return tl::make_unexpected(*failed);
    return fail(u"%1 is damaged or cut: %2"_s.arg(
                    path, QString::fromUtf8(archive_error_string(unpacker.get()))),
                u"What came before it is kept."_s);
}

TextInput::TextInput(std::unique_ptr<State> state)
    : m_state(std::move(state))
{}

TextInput::~TextInput() = default;

Expected<std::unique_ptr<TextInput>> TextInput::open(const QString &path, FileKind kind)
{
    auto state = std::make_unique<State>();
    state->path = path;
    state->file.setFileName(path);
    const auto mode = QIODevice::ReadOnly | QIODevice::Unbuffered;
    const bool isOpen = path == "-"_L1 ? state->file.open(STDIN_FILENO, mode)
                                       : state->file.open(mode);
    if (!isOpen) {
        return fail(u"%1: %2"_s.arg(path, state->file.errorString()),
                    u"Check the name and that you may read it."_s);
    }
    if (path == "-"_L1)
        state->path = u"standard input"_s;
    if (const auto seen = state->lookAtStart(kind); !seen)
        return tl::make_unexpected(seen.error());
    return std::unique_ptr<TextInput>(new TextInput(std::move(state)));
}

Expected<TextInput::Chunk> TextInput::read()
{
    State &state = *m_state;
    std::string_view bytes;
    if (std::exchange(state.hasStart, false)) {
        bytes = state.start;
    } else if (!state.isAtEnd) {
        const auto next = state.next();
        if (!next)
            return tl::make_unexpected(next.error());
        bytes = *next;
    }
    if (bytes.empty())
        return Chunk{.isEnd = true};
    const bool isAll = !state.unpacker && bytes.size() < chunkBytes;
    if (!state.decoder)
        return Chunk{.text = bytes, .isAll = isAll};
    const QString text = state.decoder->decode(
        QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())));
    state.decoded = text.toUtf8();
    return Chunk{.text = {state.decoded.constData(), std::size_t(state.decoded.size())},
                 .isAll = isAll};
}

} // namespace trace
