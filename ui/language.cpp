// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

using namespace Qt::StringLiterals;

namespace trace {

void installLanguage(QCoreApplication &application)
{
    const QString folder = u":/i18n"_s;
    // English too has a file: it holds the plurals. What is installed last is asked first.
    auto *english = new QTranslator(&application);
    if (english->load(u"trace-console_en"_s, folder))
        QCoreApplication::installTranslator(english);
    auto *base = new QTranslator(&application);
    if (base->load(QLocale(), u"qtbase"_s, u"_"_s,
                   QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(base);
    auto *own = new QTranslator(&application);
    if (own->load(QLocale(), u"trace-console"_s, u"_"_s, folder))
        QCoreApplication::installTranslator(own);
}

} // namespace trace
