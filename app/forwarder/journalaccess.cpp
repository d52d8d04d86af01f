// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/journalaccess.h"

#include "app/forwarder/output.h"
#include "core/config/settings.h"

namespace trace {

Expected<std::unique_ptr<Engine>>
startEngine(const CommandLine &line, const QList<Endpoint> &endpoints, const QString &folder)
{
    return loadSettings(line.config()).and_then([&](const Settings &settings) {
        return Engine::start(folder.isEmpty() ? line.journal() : folder, endpoints, printError,
                             settings.journal);
    });
}

Expected<std::unique_ptr<Journal>> openJournal(const CommandLine &line)
{
    return loadSettings(line.config()).and_then([&](const Settings &settings) {
        auto journal = Journal::open(line.journal(), settings.journal);
        for (const Error &finding : journal ? (*journal)->findings() : QList<Error>())
            printError(finding);
        return journal;
    });
}

} // namespace trace
