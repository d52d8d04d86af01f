// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <QJsonArray>

//! What CloudWatch Logs answers to its clients.
namespace trace::cloudwatch {

//! `{"__type":…,"message":…}`. \a text may begin with a type, as refuse() writes it; else the type
//! follows from the status. The status is 400 for nearly everything, as with AWS, throttling too.
[[nodiscard]] ServiceAnswer errorAnswer(int status, const QString &text);

//! 200 with \a body; AWS sends none at all for an operation that has nothing to tell.
[[nodiscard]] ServiceAnswer plainAnswer(const QJsonObject &body = {});

//! To PutLogEvents; \a rejected is `rejectedLogEventsInfo` where events were not stored.
[[nodiscard]] ServiceAnswer putAnswer(const QJsonObject &rejected = {});

//! One entry of the answer to DescribeLogGroups or DescribeLogStreams.
[[nodiscard]] QJsonObject groupEntry(const QString &group, int retentionDays = 0);
[[nodiscard]] QJsonObject streamEntry(const QString &group, const QString &stream);

//! The answer of a service that has every group and stream: what a client looks for is there.
[[nodiscard]] ServiceAnswer answerWithoutMemory(const HttpRequest &request);

//! x-amzn-RequestId, without which some clients take an answer for a failure. Differs between
//! requests.
[[nodiscard]] HttpHeaders requestIdHeader(const HttpRequest &request);

} // namespace trace::cloudwatch
