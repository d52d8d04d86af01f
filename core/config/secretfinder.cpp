// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/secretfinder.h"

#include "core/config/escapes.h"
#include "core/record/jsonwriter.h"

#include <QString>

#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_set>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t shortest = 6;     // what is shorter stands in any text
constexpr std::size_t shortestWord = 4; // but may be looked for as a word
constexpr std::size_t shortestPiece = 8;
constexpr std::size_t shortestInWord = 12; // other words have so much of a secret by no chance
constexpr std::size_t mostWindow = 24;
constexpr std::size_t gramSize = 4; // characters that are looked up; no form has fewer
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

//! Of the first characters, folded.
std::size_t beginHash(std::string_view text)
{
    const auto byte = [text](std::size_t i) {
        return std::size_t(static_cast<unsigned char>(folded(text[i])));
    };
    return (byte(0) * 961 + byte(1) * 31 + byte(2)) % 4096;
}

//! Of gramSize characters, the same for both cases of a letter.
std::uint32_t gramHash(const char *text)
{
    static_assert(gramSize == sizeof(std::uint32_t));
    std::uint32_t gram = 0;
    std::memcpy(&gram, text, sizeof gram);
    return (gram | 0x20202020U) * 2'654'435'769U >> 17U;
}

//! Calls \a sink with each text that folds to \a folded, in lower case.
template <typename Sink>
void forEachWriting(std::string_view folded, const Sink &sink)
{
    std::vector<std::string> texts{{}};
    for (const char c : folded) {
        const std::string_view alike = c == '+' ? "+ -" : c == '/' ? "/_" : std::string_view(&c, 1);
        std::vector<std::string> longer;
        for (const std::string &text : texts) {
            for (const char other : alike)
                longer.push_back(text + other);
        }
        texts = std::move(longer);
    }
    std::for_each(texts.begin(), texts.end(), sink);
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

//! Ways of writing \a value that are encoded once more: as JSON, in a URL, in base64 and in
//! hexadecimal digits.
QByteArrayList encodedOnce(const QByteArray &value)
{
    std::string quoted;
    appendJsonString(quoted, value.toStdString());
    const QByteArray json = QByteArray::fromStdString(quoted.substr(1, quoted.size() - 2));
    QByteArrayList texts{json, QByteArray(json).replace('/', "\\/"), value.toPercentEncoding()};
    texts.removeAll(value);
    for (const int before : {0, 1, 2})
        texts.append(QByteArray::fromStdString(base64Of(value, before)));
    return texts << value.toHex() << value.toHex().toUpper();
}

} // namespace

//! Makes the ways of writing secrets, each once.
class SecretFinder::FormMaker
{
public:
    FormMaker(std::vector<Form> &forms, Mode mode)
        : m_forms(forms)
        , m_mode(mode)
    {}

    void addAll(const Secret &secret)
    {
        const QByteArray &value = secret.value;
        const auto size = std::size_t(value.size());
        if (size < (m_mode == Mode::Pieces ? shortestWord : shortest))
            return;
        m_hasPieces = m_mode == Mode::Pieces && secret.inPieces;
        m_isWordOnly = size < shortest;
        addBoth({.text = value.toStdString()}, shortestPiece);
        if (m_isWordOnly)
            return;
        addResolved(value);
        addEncoded(value);
        // 58 71, 58-71, 58:71 and as of bytes in a program
        for (const char mark : {' ', ':'})
            addHex(value.toHex(mark), 3);
        for (const QByteArray &mark : {" "_ba, ","_ba, ", "_ba})
            addHex("0x" + value.toHex(' ').replace(" ", mark + "0x"), 4 + std::size_t(mark.size()));
        if (m_mode == Mode::Pieces) {
            for (const QByteArray &text : encodedOnce(value))
                addEncoded(text);
        }
    }

private:
    //! A secret that holds what looks like an escape, as it becomes with those around it.
    void addResolved(const QByteArray &value)
    {
        Unescaped layer;
        for (int i = 0; i < mostLayers && layer.take(value.toStdString()); ++i) {
            if (layer.text().size() >= shortest)
                addBoth({.text = std::string(layer.text())}, shortestPiece);
        }
    }
    void addHex(const QByteArray &text, std::size_t perByte)
    {
        addBoth({.kind = Form::Kind::Hex, .text = text.toStdString()}, shortestPiece * perByte);
    }
    void addEncoded(const QByteArray &text)
    {
        addHex(text.toHex(), 2);
        for (const int before : {0, 1, 2})
            addBoth({.kind = Form::Kind::Base64,
                     .text = base64Of(text, before),
                     .isCutBefore = before > 0,
                     .isCutBehind = (before + text.size()) % 3 > 0},
                    shortestPiece * 3 / 2);
    }
    //! The form, and for its end another; \a piece characters of it are enough.
    void addBoth(Form form, std::size_t piece)
    {
        std::string &text = form.text;
        std::transform(text.begin(), text.end(), text.begin(), folded);
        const bool hasPieces = m_hasPieces && text.size() > piece;
        form.least = hasPieces ? piece : text.size();
        form.isWordOnly = m_isWordOnly;
        add(form);
        if (!hasPieces)
            return;
        form.isEnd = true;
        form.beforeEnd = text.substr(0, text.size() - piece);
        text.erase(0, text.size() - piece);
        add(form);
    }
    void add(const Form &form)
    {
        const std::string all =
            form.beforeEnd + form.text + char('0' + int(form.kind)) + (form.isEnd ? '1' : '0');
        if (m_forms.size() < mostForms && m_known.insert(all).second)
            m_forms.push_back(form);
    }

    std::vector<Form> &m_forms;
    std::unordered_set<std::string> m_known;
    const Mode m_mode;
    bool m_hasPieces = false;
    bool m_isWordOnly = false;
};

SecretFinder::SecretFinder(const QList<Secret> &secrets, Mode mode)
{
    FormMaker maker(m_forms, mode);
    for (const Secret &secret : secrets)
        maker.addAll(secret);
    makeTables();
}

// Every few characters, four of the text are looked up among those of all forms: looking at each
// place by what it begins with takes four times as long, and records are many.
void SecretFinder::makeTables()
{
    m_window = mostWindow;
    for (const Form &form : m_forms)
        m_window = std::min(m_window, form.least);
    m_next.resize(m_forms.size() + 1);
    for (std::size_t i = 0; i < m_forms.size(); ++i) {
        const std::string_view text = m_forms[i].text;
        m_next[i + 1] = std::exchange(m_first[beginHash(text)], std::uint16_t(i + 1));
        for (std::size_t at = 0; at + gramSize <= m_window; ++at) {
            forEachWriting(text.substr(at, gramSize), [this](std::string_view gram) {
                const std::uint32_t hash = gramHash(gram.data());
                m_grams[hash / 64] |= std::uint64_t{1} << hash % 64;
            });
        }
    }
}

void SecretFinder::scan(std::string_view text, Spans &spans) const
{
    if (text.size() < m_window)
        return;
    const std::size_t stride = m_window - gramSize + 1; // so one of each form's is looked up
    std::size_t next = 0;                               // the first place that was not looked at
    for (std::size_t at = 0; at + gramSize <= text.size(); at += stride) {
        const std::uint32_t hash = gramHash(text.data() + at);
        if (!(m_grams[hash / 64] >> hash % 64 & 1))
            continue;
        const std::size_t first = std::max(next, at - std::min(at, stride - 1));
        next = std::min(at, text.size() - m_window) + 1;
        for (std::size_t place = first; place < next; ++place) {
            std::uint16_t form = m_first[beginHash(text.substr(place))];
            for (; form != 0; form = m_next[form])
                match(m_forms[form - 1U], text, place, spans);
        }
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
    const bool isOfWord =
        span.end - span.begin < shortestInWord && !(form.isEnd ? endsWord : startsWord);
    if (isPiece && form.kind == Form::Kind::Plain && isOfWord)
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
