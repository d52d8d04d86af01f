// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/receiver/inputwords.h"

#include <QStringList>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString bentWords(Bent bent)
{
    QStringList parts;
    if (has(bent, Bent::NotANumber))
        parts += u"NaN or Infinity"_s;
    if (has(bent, Bent::Control))
        parts += u"control characters"_s;
    if (has(bent, Bent::Comma))
        parts += u"a comma at the end"_s;
    if (has(bent, Bent::Nul))
        parts += u"NULs"_s;
    return parts.join(u", "_s);
}

} // namespace

QString inputWords(const InputProblems &problems)
{
    QStringList parts;
    if (problems.notJson > 0)
        parts += u"%1 lines were no JSON and became messages"_s.arg(problems.notJson);
    if (problems.almostJson > 0) {
        parts += u"%1 records had what JSON has not (%2) and were read all the same"_s
                     .arg(problems.almostJson)
                     .arg(bentWords(problems.bent));
    }
    if (problems.replacedUtf8 > 0)
        parts += u"%1 had bytes that are no UTF-8"_s.arg(problems.replacedUtf8);
    if (problems.wrongType > 0)
        parts += u"%1 values of a wrong type went to metadata"_s.arg(problems.wrongType);
    if (problems.empty > 0)
        parts += u"%1 objects said nothing and were left out"_s.arg(problems.empty);
    if (problems.overwritten > 0) {
        parts += u"%1 states of lines that were written over were left out"_s.arg(
            problems.overwritten);
    }
    return parts.join(u", "_s);
}

} // namespace trace
