// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/recordtext.h"

#include "app/forwarder/confirm.h"

#include <QDateTime>

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::string_view indent = "    ";
// A longer name pushes its own message to the right, not those of all that follow.
constexpr qsizetype widestOrigin = 40;
constexpr std::size_t widestLevel = 8; // CRITICAL

std::string_view colourOf(Level level)
{
    switch (level) {
    case Level::Debug:
        return "\033[2m";
    case Level::Info:
        return {};
    case Level::Warning:
        return "\033[33m";
    case Level::Error:
        return "\033[31m";
    case Level::Critical:
        return "\033[1;31m";
    }
    return {};
}

QString textOf(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

std::string bytesOf(const QString &text)
{
    return text.toUtf8().toStdString();
}

std::string_view withoutLineEnds(std::string_view text)
{
    const std::size_t last = text.find_last_not_of("\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

//! The next line of \a text, which loses it.
std::string_view takeLine(std::string_view &text)
{
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

void appendVisible(std::string &out, std::string_view line)
{
    const bool isPlain = std::all_of(line.begin(), line.end(), [](char c) {
        return c >= 0x20 && c < 0x7f; // false for all but ASCII
    });
    if (isPlain)
        out.append(line);
    else
        out.append(bytesOf(visibleText(textOf(line))));
}

void appendBelow(std::string &out, std::string_view text)
{
    text = withoutLineEnds(text);
    while (!text.empty()) {
        out.append(indent);
        appendVisible(out, takeLine(text));
        out += '\n';
    }
}

std::string exceptionOf(const RecordView &record)
{
    std::string text(record.exceptionType);
    if (!text.empty() && !record.exceptionMessage.empty())
        text += ": ";
    return text.append(record.exceptionMessage);
}

} // namespace

void RecordText::append(std::string &out, const RecordView &record)
{
    appendTime(out, record.timestamp);
    appendLevel(out, record.level);
    appendOrigin(out, contextOf(record));
    std::string_view message = withoutLineEnds(record.message);
    appendVisible(out, takeLine(message));
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
    appendBelow(out, message);
    appendBelow(out, exceptionOf(record));
    appendBelow(out, record.stackTrace);
}

void RecordText::appendTime(std::string &out, std::int64_t ns)
{
    constexpr std::int64_t nsPerMs = 1'000'000;
    const std::int64_t ms = ns / nsPerMs - (ns % nsPerMs < 0 ? 1 : 0);
    const std::int64_t second = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
    if (second != m_second || m_secondText.empty()) {
        const QDateTime time = QDateTime::fromSecsSinceEpoch(second);
        const QString text =
            time.toOffsetFromUtc(time.offsetFromUtc()).toString(u"yyyy-MM-ddTHH:mm:ss"_s);
        const int minutes = std::abs(time.offsetFromUtc()) / 60;
        m_second = second;
        m_secondText = bytesOf(text);
        m_offsetText = bytesOf(u"%1%2:%3 "_s.arg(time.offsetFromUtc() < 0 ? u"-"_s : u"+"_s)
                                   .arg(minutes / 60, 2, 10, QChar(u'0'))
                                   .arg(minutes % 60, 2, 10, QChar(u'0')));
    }
    const auto rest = unsigned(ms - second * 1000);
    const std::array<char, 4> fraction{'.', char('0' + rest / 100), char('0' + rest / 10 % 10),
                                       char('0' + rest % 10)};
    out.append(m_secondText).append(fraction.data(), fraction.size()).append(m_offsetText);
}

void RecordText::appendLevel(std::string &out, Level level) const
{
    const std::string_view name = levelName(level);
    const std::string_view colour = m_isColoured ? colourOf(level) : std::string_view();
    out.append(colour);
    for (const char c : name)
        out += char(c - 'a' + 'A');
    if (!colour.empty())
        out.append("\033[0m");
    out.append(widestLevel + 1 - name.size(), ' ');
}

void RecordText::appendOrigin(std::string &out, const RunContext &context)
{
    const std::string run = context.runId.empty() ? "-" : context.runId;
    const std::string origin = context.jobName.empty() ? run : run + '/' + context.jobName;
    const QString text = oneLine(textOf(origin));
    const qsizetype width = text.size();
    m_originWidth = std::max(m_originWidth, std::min(width, widestOrigin));
    const auto padding = std::size_t(std::max<qsizetype>(m_originWidth - width, 0) + 1);
    out.append(bytesOf(text)).append(padding, ' ');
}

} // namespace trace
