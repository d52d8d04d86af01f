// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/jsonwriter.h"

#include "core/record/timestamp.h"

#include <QtGlobal>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace trace {

namespace {

// The letter behind the backslash, 'u' for a numbered escape, 0 for what stands as it is.
constexpr std::array<char, 256> escapes = [] {
    std::array<char, 256> table{};
    for (std::size_t i = 0; i < 0x20; ++i)
        table[i] = 'u';
    table['\b'] = 'b';
    table['\t'] = 't';
    table['\n'] = 'n';
    table['\f'] = 'f';
    table['\r'] = 'r';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}();

// For each byte that has to be escaped the highest bit of its place, and perhaps also for bytes
// behind the first of them.
constexpr std::uint64_t specialIn(std::uint64_t bytes)
{
    constexpr std::uint64_t each = 0x0101010101010101;
    const auto isBelow = [=](std::uint64_t value, std::uint64_t limit) {
        return (value - each * limit) & ~value;
    };
    return (isBelow(bytes, 0x20) | isBelow(bytes ^ (each * '"'), 1) |
            isBelow(bytes ^ (each * '\\'), 1)) &
           (each * 0x80);
}

//! Gathers escaped text in a buffer: many short appends to a string are slow.
class EscapedText final
{
public:
    explicit EscapedText(std::string &out)
        : m_out(out)
    {}
    ~EscapedText() { flush(); }
    Q_DISABLE_COPY_MOVE(EscapedText)

    //! For one call of each of the others, and the quotation mark behind the last.
    void makeRoom()
    {
        if (m_size > m_buffer.size() - longestPut)
            flush();
    }
    void put(char c) { m_buffer[m_size++] = c; }
    //! Puts the first bytes of \a text, of \a size, none that has to be escaped; not all perhaps.
    //! Tells how many.
    std::size_t putPlain(const char *text, std::size_t size)
    {
        constexpr std::size_t step = sizeof(std::uint64_t);
        std::size_t plain = 0;
        if (std::endian::native == std::endian::little && size >= step) {
            std::uint64_t bytes = 0;
            std::memcpy(&bytes, text, step);
            std::memcpy(m_buffer.data() + m_size, text, step);
            const std::uint64_t special = specialIn(bytes);
            plain = special ? std::size_t(std::countr_zero(special)) / 8 : step;
        } else if (escapes[static_cast<unsigned char>(*text)] == 0) {
            m_buffer[m_size] = *text;
            plain = 1;
        }
        m_size += plain;
        return plain;
    }
    void putEscaped(unsigned char byte)
    {
        constexpr std::string_view hex = "0123456789abcdef";
        put('\\');
        put(escapes[byte]);
        if (escapes[byte] == 'u') {
            put('0');
            put('0');
            put(hex[byte >> 4]);
            put(hex[byte & 15]);
        }
    }

private:
    static constexpr std::size_t longestPut = 16;

    void flush()
    {
        m_out.append(m_buffer.data(), m_size);
        m_size = 0;
    }

    std::string &m_out;
    std::size_t m_size = 0;
    std::array<char, 512> m_buffer;
};

template <typename Number>
void appendNumber(std::string &out, Number number)
{
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    out.append(buffer.data(), end);
}

// A name that needs no escapes, and the comma before it.
void appendKey(std::string &out, std::string_view name)
{
    out.append(",\"").append(name).append("\":");
}

void appendText(std::string &out, std::string_view name, std::string_view text)
{
    if (text.empty())
        return;
    appendKey(out, name);
    appendJsonString(out, text);
}

void appendContext(std::string &out, const RunContext &context)
{
    for (const auto &field : contextFields)
        appendText(out, field.name, context.*field.member);
    if (context.tags.empty())
        return;
    appendKey(out, "tags");
    char separator = '[';
    for (const std::string &tag : context.tags) {
        out.push_back(separator);
        appendJsonString(out, tag);
        separator = ',';
    }
    out.push_back(']');
}

} // namespace

void appendJsonString(std::string &out, std::string_view text)
{
    EscapedText escaped(out);
    escaped.put('"');
    for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
        escaped.makeRoom();
        at += escaped.putPlain(at, std::size_t(end - at));
        if (at != end && escapes[static_cast<unsigned char>(*at)])
            escaped.putEscaped(static_cast<unsigned char>(*at++));
    }
    escaped.put('"');
}

void appendJsonNumber(std::string &out, double number)
{
    if (!std::isfinite(number))
        out.append("null"); // JSON has no word for it.
    else if (number == 0 && std::signbit(number))
        out.append("-0.0"); // Without the fraction most readers take it for the integer 0.
    else
        appendNumber(out, number);
}

void appendJson(std::string &out, const RecordView &record)
{
    out.append("{\"timestamp\":\"");
    appendTimestamp(out, record.timestamp);
    out.append("\",\"level\":\"").append(levelName(record.level)).append("\",\"message\":");
    appendJsonString(out, record.message);
    appendContext(out, contextOf(record));
    appendText(out, "mode", modeName(record.mode));
    for (const auto &field : textFields<RecordView>)
        appendText(out, field.name, record.*field.member);
    for (const auto &field : integerFields<RecordView>) {
        if (const auto &value = record.*field.member) {
            appendKey(out, field.name);
            appendNumber(out, *value);
        }
    }
    for (const auto &field : numberFields<RecordView>) {
        const auto &value = record.*field.member;
        if (value && std::isfinite(*value)) {
            appendKey(out, field.name);
            appendJsonNumber(out, *value);
        }
    }
    if (!record.metadata.empty()) {
        appendKey(out, "metadata");
        out.append(record.metadata);
    }
    out.push_back('}');
}

} // namespace trace
