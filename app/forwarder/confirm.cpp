// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/confirm.h"

#include <QFile>

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

Answer confirm(const QString &question)
{
    if (isatty(STDIN_FILENO) == 0)
        return Answer::NobodyThere;
    const QByteArray text = visibleText(question).toUtf8() + " [y/N] ";
    std::fwrite(text.constData(), 1, std::size_t(text.size()), stderr);
    QFile input;
    if (!input.open(stdin, QIODevice::ReadOnly))
        return Answer::No;
    const QByteArray answer = input.readLine().trimmed().toLower();
    return answer == "y" || answer == "yes" ? Answer::Yes : Answer::No;
}

QString visibleText(QString text)
{
    for (QChar &c : text) {
        const char16_t code = c.unicode();
        if (code == u'\n' || code == u'\t')
            continue;
        if (code < 0x20)
            c = QChar(char16_t(0x2400 + code));
        else if (code >= 0x7f && code < 0xa0)
            c = u'\u2421';
        else if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
            c = QChar::ReplacementCharacter; // turns the direction of what follows, to look else
    }
    return text;
}

QString oneLine(QString text)
{
    text.replace(u'\n', u'\u240a');
    text.replace(u'\t', u'\u2409');
    return visibleText(std::move(text));
}

} // namespace trace
