// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/look/text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

constexpr qint64 nsPerMs = 1'000'000;
constexpr int lineLimit = 1000; // a table cell never shows more

QString translated(const char *text)
{
    return QCoreApplication::translate("trace::Text", text);
}

bool isDirectionControl(char16_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
           c == 0x200f || c == 0x061c;
}

bool isHidden(char16_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || isDirectionControl(c) || c == 0xfeff;
}

} // namespace

QString visibleText(const QString &text)
{
    QString visible;
    visible.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char16_t c = text.at(i).unicode();
        if (c == u'\r' && i + 1 < text.size() && text.at(i + 1) == u'\n')
            continue;
        if (c == u'\n' || c == u'\t' || !isHidden(c))
            visible += QChar(c);
        else if (c < 0x20)
            visible += QChar(char16_t(0x2400 + c)); // the control's own picture
        else if (c == 0x7f)
            visible += QChar(0x2421);
        else
            visible += u"<U+%1>"_s.arg(uint(c), 4, 16, QChar(u'0')).toUpper();
    }
    return visible;
}

QString visibleText(std::string_view utf8)
{
    return visibleText(QString::fromUtf8(utf8.data(), qsizetype(utf8.size())));
}

QString visibleLine(const QString &text)
{
    qsizetype end = text.indexOf(u'\n');
    const bool more = (end >= 0 && end + 1 < text.size()) || text.size() > lineLimit;
    if (end < 0 || end > lineLimit)
        end = qMin(text.size(), qsizetype(lineLimit));
    QString line = visibleText(text.left(end));
    if (line.endsWith(u'\u240d'))
        line.chop(1);
    line.replace(u'\t', u' ');
    return more ? line + u" \u2026"_s : line;
}

QString visibleLine(std::string_view utf8)
{
    return visibleLine(QString::fromUtf8(utf8.data(), qsizetype(utf8.size())));
}

QString toolTipText(const QString &text)
{
    return u"<qt>"_s + text.toHtmlEscaped() + u"</qt>"_s;
}

QString clockText(qint64 ns)
{
    return QDateTime::fromMSecsSinceEpoch(ns / nsPerMs).toString(u"HH:mm:ss.zzz"_s);
}

QString dateTimeText(qint64 ns)
{
    const auto time = QDateTime::fromMSecsSinceEpoch(ns / nsPerMs);
    return time.toOffsetFromUtc(time.offsetFromUtc()).toString(Qt::ISODateWithMs);
}

QString durationText(qint64 ns)
{
    const qint64 ms = ns / nsPerMs;
    const qint64 seconds = ms / 1000;
    if (ms < 1000)
        return translated(QT_TRANSLATE_NOOP("trace::Text", "%1 ms")).arg(ms);
    if (seconds < 60)
        return translated(QT_TRANSLATE_NOOP("trace::Text", "%1 s"))
            .arg(decimalText(double(ms) / 1000));
    if (seconds < 3600)
        return translated(QT_TRANSLATE_NOOP("trace::Text", "%1 min %2 s"))
            .arg(seconds / 60)
            .arg(seconds % 60, 2, 10, QChar(u'0'));
    return translated(QT_TRANSLATE_NOOP("trace::Text", "%1 h %2 min"))
        .arg(seconds / 3600)
        .arg(seconds / 60 % 60, 2, 10, QChar(u'0'));
}

QString countText(qint64 number)
{
    return QLocale().toString(number);
}

QString decimalText(double number)
{
    return QLocale().toString(number, 'f', 1);
}

} // namespace trace
