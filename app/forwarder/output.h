// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "core/journal/journalrows.h"
#include "core/platform/error.h"

#include <QJsonObject>

#include <cstdio>

namespace trace {

//! From now on advice names the commands so that they work on these folders: \a program is what
//! commandWith() gives.
void setAdvisedProgram(const QString &program);
void printLine(const QString &text); //!< To standard output, control characters as pictures.
void printError(const Error &error); //!< To standard error, with what to do.
//! The exit code \a code, or that of an error when not all of standard output could be written,
//! which is said then.
[[nodiscard]] int withOutputChecked(int code);
//! Whether what goes there may be coloured: to a terminal that can, and where NO_COLOR does not say
//! otherwise (no-color.org).
[[nodiscard]] bool takesColour(std::FILE *stream);
//! What is said of an endpoint with tls.verify off; in red on a terminal.
void printUnverified();
//! What can be done about its problem here, where nobody presses "Retry now".
[[nodiscard]] QString adviceOf(const EndpointStatus &status);
//! Why nothing is delivered and what to do; nothing where there is no problem.
void printTrouble(const EndpointStatus &status);
void printJson(const QJsonObject &document);
//! JSON without characters that a terminal would obey, where it goes to one.
[[nodiscard]] QByteArray fitForOutput(QByteArray json);
//! One line on the terminal that the next one replaces, and whatever else is printed; an empty text
//! takes it away. Nothing where standard error is no terminal.
void printProgress(const QString &text);

[[nodiscard]] QJsonObject toJson(const Ledger &ledger);
[[nodiscard]] QJsonObject toJson(const EndpointStatus &status);
[[nodiscard]] QJsonObject toJson(const FailedBatchRow &row);
//! "accepted 9 = delivered 9 + waiting 0 + in flight 0 + failed 0 + discarded 0".
[[nodiscard]] QString toText(const Ledger &ledger);

} // namespace trace
