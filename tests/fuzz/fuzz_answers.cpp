// SPDX-License-Identifier: GPL-3.0-or-later
// Answers of services, with any status and body: each means one thing, and what is parked of a
// request was in it.
#include "core/receiver/servicepaths.h"
#include "tests/fuzz/fuzzing.h"

#include <array>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

constexpr std::array<int, 18> statuses{200, 202, 204, 260, 301, 400, 401, 403, 404,
                                       408, 413, 422, 425, 429, 500, 501, 503, 504};

std::vector<Record> threeRecords()
{
    std::vector<Record> records(3);
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].timestamp = 1'700'000'000'000'000'000 + std::int64_t(i) * 1'000'000;
        records[i].context.runId = "run";
        records[i].message = "message " + std::to_string(i);
    }
    return records;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    std::string_view input = textOf(data, size);
    const QStringList services = serviceNames();
    const QString name = services[qsizetype(choose(input, std::size_t(services.size())))];
    HttpReply reply;
    reply.status = statuses[choose(input, statuses.size())];
    const bool isJson = choose(input, 2) == 0;
    reply.headers = {{"Content-Type", isJson ? "application/json" : "application/x-protobuf"}};
    // Up to the first line end: a header that says how long to wait.
    const std::size_t line = std::min(input.find('\n'), input.size());
    const QByteArray hint(input.data(), qsizetype(line));
    reply.headers.append({"Retry-After", hint});
    setHeader(reply.headers, "Date", "Tue, 14 Nov 2023 22:13:20 GMT");
    input.remove_prefix(std::min(line + 1, input.size()));
    reply.body = QByteArray(input.data(), qsizetype(input.size()));

    const auto service = servedService(name);
    const std::vector<Record> records = threeRecords();
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    for (const Share &share : service->plan(views).shares) {
        const Outcome outcome = service->interpret(share, reply);
        for (const std::size_t place : outcome.rejected)
            check(place < share.indices.size(), "what is rejected was sent");
        check(outcome.unknownCount <= share.indices.size(), "no more are rejected than were sent");
        check(!outcome.hint || (outcome.hint->count() > 0 && outcome.hint->count() <= 900'000),
              "a wait is bounded");
        const bool isGood = reply.status >= 200 && reply.status < 300;
        check(isGood || outcome.kind != Outcome::Kind::Delivered || name == u"cloudwatch"_s,
              "only a success delivers");
        check(outcome.kind == Outcome::Kind::Delivered || !outcome.reason.isEmpty(),
              "the operator is told why");
        for (const HttpRequest &request : service->create(share))
            std::ignore = service->interpretCreated(request, reply);
    }
    std::ignore = service->informed(reply);
    return 0;
}
