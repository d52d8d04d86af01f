// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/forwarder/commandline.h"
#include "app/forwarder/drain.h"
#include "core/delivery/status.h"
#include "core/journal/journalreader.h"

#include <QJsonArray>
#include <QStringList>

//! What stays in a journal, and what the user is told of it.
namespace trace {

//! The endpoints of the configuration of \a line; a list that is missing is an error of the kind
//! ListMissing.
[[nodiscard]] Expected<QList<Endpoint>> configuredFor(const CommandLine &line);

//! Of \a row's endpoint: without a problem when it is configured and enabled, or known by service
//! and URL; else with the reason why nothing is sent to it and what to do. What last kept it from
//! delivering is as whoever held the journal left it. A configuration that cannot be read speaks
//! against no endpoint; one that is missing leaves those that it may have named as they are.
[[nodiscard]] EndpointStatus statusOf(JournalReader &reader, const EndpointRow &row,
                                      const Ledger &ledger,
                                      const Expected<QList<Endpoint>> &configured);

//! Endpoints but \a served for which records wait in the journal of the command line; of the named
//! one only where --endpoint names one.
[[nodiscard]] Expected<QList<EndpointStatus>> strandedIn(const CommandLine &line,
                                                         const QStringList &served);

//! Prints ledger, TLS and problem of each, unless --json; gives them for the document.
QJsonArray tell(const CommandLine &line, const QList<EndpointStatus> &endpoints);

//! The program with the options that name the configuration of \a line and the journal in \a
//! folder, where they are not the usual ones.
[[nodiscard]] QString commandWith(const CommandLine &line, const QString &folder);

//! Says on standard error that records wait in \a folder, why, and how to deliver them.
void tellThatRecordsWait(const CommandLine &line, const QString &folder, const Remainder &left);

//! The exit code of two deliveries together.
[[nodiscard]] int worse(int one, int other);

} // namespace trace
