// SPDX-License-Identifier: GPL-3.0-or-later
// Requests as the receivers and the practice endpoint get them, for every service and format.
#include "core/receiver/servicepaths.h"
#include "tests/fuzz/fuzzing.h"

#include <array>

using namespace trace;

namespace {

struct Form
{
    const char *service;
    const char *path;
    const char *type;
    const char *encoding = "";
};

// New ones at the end: the corpus counts on the order.
constexpr std::array forms{
    Form{"generic", "/logs", "application/json"},
    Form{"generic", "/logs", "application/x-ndjson"},
    Form{"generic", "/logs", "text/plain"},
    Form{"generic", "/logs", "application/x-www-form-urlencoded"},
    Form{"grafana", "/loki/api/v1/push", "application/json"},
    Form{"grafana", "/loki/api/v1/push", "application/x-protobuf"},
    Form{"datadog", "/api/v2/logs", "application/json"},
    Form{"datadog", "/v1/input", "text/plain"},
    Form{"cloudwatch", "/", "application/x-amz-json-1.1"},
    Form{"otlp", "/v1/logs", "application/json"},
    Form{"otlp", "/v1/logs", "application/x-protobuf"},
    Form{"generic", "/logs", "application/json", "gzip"},
    Form{"datadog", "/api/v2/logs", "application/json", "zstd"},
    Form{"grafana", "/loki/api/v1/push", "application/json", "deflate"},
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    std::string_view input = textOf(data, size);
    const Form &form = forms[choose(input, forms.size())];
    HttpRequest request;
    request.url = QUrl(QString::fromLatin1(form.path));
    request.headers = {{"Content-Type", form.type}};
    if (*form.encoding)
        setHeader(request.headers, "Content-Encoding", form.encoding);
    if (form.service == std::string_view("cloudwatch"))
        setHeader(request.headers, "X-Amz-Target", "Logs_20140328.PutLogEvents");
    request.body = QByteArray(input.data(), qsizetype(input.size()));

    const auto service = servedService(QString::fromLatin1(form.service));
    std::vector<Record> records;
    const auto decoded = service->decode(request, [&](const RecordView &record) {
        if (records.size() < RecordBlockBuilder::maxRecords)
            records.push_back(toRecord(record));
    });
    if (!decoded) {
        check(decoded.error().status >= 400 && decoded.error().status < 500, "it is the client's");
        check(!decoded.error().text.isEmpty(), "the client is told what is wrong");
    }
    checkRecords(records);
    std::ignore = service->readable(request);

    // What was read can be sent on to the same service.
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    const Plan plan = service->plan(views);
    std::size_t planned = plan.unfit.size();
    for (const Share &share : plan.shares)
        planned += share.indices.size();
    check(planned == views.size(), "each record is planned once");
    return 0;
}
