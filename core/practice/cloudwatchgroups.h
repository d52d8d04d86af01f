// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace trace {

//! The log groups and streams of a practice endpoint: what its clients created, and what AWS says
//! to those who put events elsewhere or with times that it does not take.
class CloudWatchGroups final
{
public:
    struct Verdict
    {
        ServiceAnswer answer;
        bool stores = false; //!< Whether the request has events, and they are stored.
    };

    //! Carries out what \a request asks, a POST to CloudWatch Logs; nothing for one that the
    //! service's decode() refuses. Takes the events that AWS does not store out of it. \a now is
    //! in ms since the epoch.
    [[nodiscard]] std::optional<Verdict> take(HttpRequest &request, qint64 now);

private:
    struct Group
    {
        int retentionDays = 0; //!< 0: for ever.
        std::set<std::string> streams;
    };

    [[nodiscard]] ServiceAnswer control(const QByteArray &operation, const QJsonObject &parameters);
    [[nodiscard]] ServiceAnswer createGroup(const std::string &name);
    [[nodiscard]] ServiceAnswer createStream(Group &group, const std::string &name);
    [[nodiscard]] ServiceAnswer groupsBeginningWith(const std::string &prefix) const;
    [[nodiscard]] static ServiceAnswer streamsBeginningWith(const QString &name, const Group &group,
                                                            const std::string &prefix);
    [[nodiscard]] std::optional<Verdict> put(HttpRequest &request, qint64 now);

    std::map<std::string, Group> m_groups;
    std::size_t m_names = 0; //!< Of groups and streams: they are bounded.
};

} // namespace trace
