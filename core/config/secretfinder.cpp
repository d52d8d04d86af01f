// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/secretfinder.h"

#include "core/config/escapes.h"

#include <QString>

#include <algorithm>
#include <limits>

namespace trace {

namespace {

constexpr std::size_t shortest = 6;     // what is shorter stands in any text
constexpr std::size_t shortestWord = 4; // but may be looked for as a word
constexpr std::size_t shortestPiece = 8;
constexpr std::size_t mostWindow = 24;
constexpr std::size_t block = 3; // characters that tell how far to skip
constexpr std::size_t mostForms = std::numeric_limits<std::uint16_t>::max();
constexpr int mostLayers = 3; // of escapes

bool isWord(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isBase64(char c)
{
    return isWord(c) || c == '+' || c == '/' || c == '-' || c == '_';
}

// Both cases are one, both alphabets of base64, and a blank and how a form is sent with it.
constexpr std::array<char, 256> folding = [] {
    std::array<char, 256> table{};
    for (int i = 0; i < 256; ++i)
        table[std::size_t(i)] = i >= 'A' && i <= 'Z' ? char(i - 'A' + 'a') : char(i);
    table[' '] = '+';
    table['-'] = '+';
    table['_'] = '/';
    return table;
}();

char folded(char c)
{
    return folding[static_cast<unsigned char>(c)];
}

std::size_t hashOf(char a, char b, char c)
{
    const auto byte = [](char one) { return std::size_t(static_cast<unsigned char>(one)); };
    return (byte(a) * 961 + byte(b) * 31 + byte(c)) % 4096;
}

//! The part of base64 text that tells of \a secret alone, when so many bytes stand before it.
std::string base64Of(const QByteArray &secret, int bytesBefore)
{
    const QByteArray whole = QByteArray(bytesBefore, '\0') + secret;
    const QByteArray text = whole.toBase64(QByteArray::OmitTrailingEquals);
    const qsizetype before = bytesBefore == 0 ? 0 : bytesBefore + 1;
    const qsizetype behind = whole.size() % 3 == 0 ? 0 : 1;
    return text.mid(before, text.size() - before - behind).toStdString();
}

} // namespace

SecretFinder::SecretFinder(const QList<Secret> &secrets, Mode mode)
    : m_mode(mode)
{
    for (const Secret &secret : secrets)
        addForms(secret);
    makeTable();
}

void SecretFinder::addForms(const Secret &secret)
{
    const QByteArray &value = secret.value;
    const auto size = std::size_t(value.size());
    const bool isShort = size < shortest;
    if (size < (m_mode == Mode::Pieces ? shortestWord : shortest))
        return;
    const auto addBoth = [&](Form::Kind kind, std::string text, std::size_t pieces,
                             std::size_t before = 0) {
        std::transform(text.begin(), text.end(), text.begin(), folded);
        const bool hasPieces = m_mode == Mode::Pieces && secret.inPieces && text.size() > pieces;
        add({.kind = kind,
             .text = text,
             .least = hasPieces ? pieces : text.size(),
             .isWordOnly = isShort,
             .isCutBefore = before > 0,
             .isCutBehind = (before + size) % 3 > 0});
        if (!hasPieces)
            return;
        const std::size_t other = text.size() - pieces;
        add({.kind = kind,
             .text = text.substr(other),
             .least = pieces,
             .isEnd = true,
             .beforeEnd = text.substr(0, other),
             .isCutBefore = before > 0,
             .isCutBehind = (before + size) % 3 > 0});
    };
    addBoth(Form::Kind::Plain, value.toStdString(), shortestPiece);
    if (isShort)
        return;
    addBoth(Form::Kind::Hex, value.toHex().toStdString(), shortestPiece * 2);
    for (const int before : {0, 1, 2})
        addBoth(Form::Kind::Base64, base64Of(value, before), shortestPiece * 3 / 2,
                std::size_t(before));
}

void SecretFinder::add(const Form &form)
{
    const auto isSame = [&](const Form &other) {
        return other.text == form.text && other.kind == form.kind && other.isEnd == form.isEnd &&
               other.beforeEnd == form.beforeEnd;
    };
    if (m_forms.size() < mostForms && std::none_of(m_forms.begin(), m_forms.end(), isSame))
        m_forms.push_back(form);
}

// Wu and Manber's search for many words: mostly a few characters of each window are looked at.
void SecretFinder::makeTable()
{
    m_window = mostWindow;
    for (const Form &form : m_forms)
        m_window = std::min(m_window, form.least);
    m_shifts.fill(std::uint8_t(m_window - block + 1));
    m_next.resize(m_forms.size() + 1);
    for (std::size_t i = 0; i < m_forms.size(); ++i) {
        const std::string &text = m_forms[i].text;
        for (std::size_t end = block; end <= m_window; ++end) {
            const std::size_t hash = hashOf(text[end - 3], text[end - 2], text[end - 1]);
            m_shifts[hash] = std::min(m_shifts[hash], std::uint8_t(m_window - end));
            if (end == m_window)
                m_next[i + 1] = std::exchange(m_first[hash], std::uint16_t(i + 1));
        }
    }
}

void SecretFinder::scan(std::string_view text, Spans &spans) const
{
    for (std::size_t end = m_window; end <= text.size();) {
        const std::size_t hash =
            hashOf(folded(text[end - 3]), folded(text[end - 2]), folded(text[end - 1]));
        if (m_shifts[hash] > 0) {
            end += m_shifts[hash];
            continue;
        }
        for (std::uint16_t form = m_first[hash]; form != 0; form = m_next[form])
            match(m_forms[form - 1U], text, end - m_window, spans);
        ++end;
    }
}

//! Whether the form, or enough of it, stands at \a place.
void SecretFinder::match(const Form &form, std::string_view text, std::size_t place,
                         Spans &spans) const
{
    const std::string &wanted = form.text;
    const std::size_t most = std::min(wanted.size(), text.size() - place);
    std::size_t length = 0;
    while (length < most && folded(text[place + length]) == wanted[length])
        ++length;
    if (length < form.least)
        return;
    Span span{place, place + length};
    if (form.isEnd) {
        std::size_t left = form.beforeEnd.size();
        for (;
             left > 0 && span.begin > 0 && folded(text[span.begin - 1]) == form.beforeEnd[left - 1];
             --left)
            --span.begin;
    }
    const bool startsWord = span.begin == 0 || !isWord(text[span.begin - 1]);
    const bool endsWord = span.end == text.size() || !isWord(text[span.end]);
    const bool isPiece = form.isEnd || length < wanted.size();
    if (form.isWordOnly && !(startsWord && endsWord))
        return;
    if (isPiece && form.kind == Form::Kind::Plain && !(form.isEnd ? endsWord : startsWord))
        return;
    if (form.kind == Form::Kind::Base64) { // the characters that it shares with what is beside it
        if (form.isCutBefore && span.begin > 0 && isBase64(text[span.begin - 1]))
            --span.begin;
        if (form.isCutBehind && span.end < text.size() && isBase64(text[span.end]))
            ++span.end;
        while (span.end < text.size() && text[span.end] == '=')
            ++span.end;
    }
    spans.push_back(span);
}

SecretFinder::Spans SecretFinder::find(std::string_view text) const
{
    Spans spans;
    if (m_forms.empty() || text.size() < m_window) // no form is shorter than what it stands for
        return spans;
    scan(text, spans);
    Unescaped layer;
    for (int i = 0; i < mostLayers && layer.take(text); ++i) {
        Spans inside;
        scan(layer.text(), inside);
        for (const Span &span : inside)
            spans.push_back({layer.begin(span.begin), layer.end(span.end)});
    }
    std::sort(spans.begin(), spans.end(),
              [](const Span &a, const Span &b) { return a.begin < b.begin; });
    return spans;
}

bool SecretFinder::mask(std::string_view text, std::string &out) const
{
    const Spans spans = find(text);
    if (spans.empty())
        return false;
    std::string masked;
    std::size_t done = 0;
    for (const Span &span : spans) {
        if (span.end <= done)
            continue;
        if (span.begin > done || done == 0) {
            masked += text.substr(done, span.begin - done);
            masked += "***";
        }
        done = span.end;
    }
    masked += text.substr(done);
    out = std::move(masked);
    return true;
}

QByteArray SecretFinder::masked(const QByteArray &text) const
{
    std::string out;
    return mask({text.constData(), std::size_t(text.size())}, out) ? QByteArray::fromStdString(out)
                                                                   : text;
}

QString SecretFinder::masked(const QString &text) const
{
    const QByteArray utf8 = text.toUtf8();
    std::string out;
    return mask({utf8.constData(), std::size_t(utf8.size())}, out) ? QString::fromStdString(out)
                                                                   : text;
}

} // namespace trace
